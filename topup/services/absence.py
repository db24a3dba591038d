"""A brake: many orders unknown to the provider at once are its fault, not theirs."""

from datetime import datetime, timedelta

from django.db.models import Max
from django.utils import timezone

from topup.models import Sale, Stop
from topup.models.alarm import AlarmKind, StopKind
from topup.services import alarms
from valuetopup import codes

WINDOW = timedelta(minutes=10)
AT_MOST = 5


def may_decline(code: str) -> bool:
    """True if a sale may be declined because the provider kept answering `code`.

    More than five unknown sales in ten minutes stop that, until a person looks.
    What was unknown before he let it run again is not counted any more.
    """
    if alarms.is_stopped(StopKind.ABSENCE):
        return False
    if code in codes.DOUBTFUL:
        return True
    since = timezone.now() - WINDOW
    if (lifted := _last_lifted()) and lifted > since:
        since = lifted
    seen = Sale.objects.filter(denied_at__gt=since).exclude(denial_code="")
    denied = seen.exclude(denial_code__in=codes.DOUBTFUL).count()
    if denied <= AT_MOST:
        return True
    reason = f"{denied} orders unknown to the provider within ten minutes"
    alarms.stop(StopKind.ABSENCE, reason)
    alarms.raise_alarm(AlarmKind.ABSENT, reason)
    return False


def _last_lifted() -> datetime | None:
    stops = Stop.objects.filter(kind=StopKind.ABSENCE)
    at: datetime | None = stops.aggregate(at=Max("cleared_at"))["at"]
    return at
