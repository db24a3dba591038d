"""A brake: many orders unknown to the provider at once are its fault, not theirs."""

from datetime import timedelta

from django.utils import timezone

from topup.models import Sale
from topup.models.alarm import AlarmKind, StopKind
from topup.services import alarms
from valuetopup import codes

WINDOW = timedelta(minutes=10)
AT_MOST = 5


def may_decline(code: str) -> bool:
    """True if a sale may be declined because the provider kept answering `code`.

    More than five unknown sales in ten minutes stop that, until a person looks.
    """
    if alarms.is_stopped(StopKind.ABSENCE):
        return False
    if code in codes.DOUBTFUL:
        return True
    since = timezone.now() - WINDOW
    seen = Sale.objects.filter(denied_at__gte=since).exclude(denial_code="")
    denied = seen.exclude(denial_code__in=codes.DOUBTFUL).count()
    if denied <= AT_MOST:
        return True
    reason = f"{denied} orders unknown to the provider within ten minutes"
    alarms.stop(StopKind.ABSENCE, reason)
    alarms.raise_alarm(AlarmKind.ABSENT, reason)
    return False
