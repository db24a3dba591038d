"""Alarms for people, and stops that only a person lifts."""

import structlog
from django.db import transaction
from django.utils import timezone

from topup.models import Alarm, Person, Sale, Stop
from topup.models.alarm import AlarmKind, StopKind

log = structlog.get_logger(__name__)


def raise_alarm(
    kind: AlarmKind, message: str, *, sale: Sale | None = None, about: str = ""
) -> None:
    """Raise an alarm, once until it is cleared. Safe to repeat.

    `sale` and `about`, such as "sku 12", tell two of a kind apart: one never hides the other.
    """
    log.warning(
        "alarm", kind=str(kind), message=message, correlation_id=sale.correlation_id if sale else ""
    )
    Alarm.objects.bulk_create(
        [Alarm(kind=kind, sale=sale, about=about, message=message[:300])], ignore_conflicts=True
    )


def stop(kind: StopKind, reason: str) -> None:
    """Stop something until a person clears it. Safe to repeat."""
    log.error("stopped", kind=str(kind), reason=reason)
    Stop.objects.bulk_create([Stop(kind=kind, reason=reason[:300])], ignore_conflicts=True)


def is_stopped(kind: StopKind) -> bool:
    return Stop.objects.filter(kind=kind, cleared_at=None).exists()


@transaction.atomic
def clear_alarm(*, alarm_id: int, by: Person | None) -> bool:
    """A person has looked at it. Safe to repeat."""
    return bool(
        Alarm.objects.filter(pk=alarm_id, cleared_at=None).update(
            cleared_at=timezone.now(), cleared_by=by
        )
    )


@transaction.atomic
def clear_stop(*, kind: StopKind, by: Person | None) -> bool:
    """Let it run again. Safe to repeat."""
    return bool(
        Stop.objects.filter(kind=kind, cleared_at=None).update(
            cleared_at=timezone.now(), cleared_by=by
        )
    )
