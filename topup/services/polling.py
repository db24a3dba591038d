"""Finding due work in the database, and asking the provider about it.

The rows are the queue: messages only hurry. Everything here is safe to repeat
and to run twice at once.
"""

from contextlib import AbstractContextManager
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from structlog.contextvars import bound_contextvars

from topup import gateway, schedule
from topup.locks import alone, lock_due
from topup.models import Sale, Voucher, VoucherState
from topup.models.alarm import AlarmKind
from topup.services import alarms
from topup.services.moves import move
from topup.services.opening import cancel_sale
from topup.services.settling import apply_outcome
from topup.services.submitting import STALE_AFTER
from topup.states import OPEN, POLLED, SaleState

BATCH = 50
#: After `send_before` an order that was sent in time may still take its whole deadline.
ORDER_DEADLINE = timedelta(seconds=35)
RENUDGE_AFTER = timedelta(seconds=3)
_SWEEP_LOCK = 7_340_001


def poll_sale(*, sale_id: int) -> Sale | None:
    """Ask the provider about one sale and apply the answer. Safe to repeat."""
    sale = Sale.objects.get(pk=sale_id)
    if sale.submitted_at is None or sale.state == SaleState.SUBMITTED:
        return None
    with bound_contextvars(correlation_id=sale.correlation_id):
        return apply_outcome(sale_id=sale_id, outcome=gateway.status(sale))


@transaction.atomic
def claim_due(limit: int = BATCH) -> list[int]:
    """Sales due for a question, each leased for `schedule.LEASE` so that nobody asks twice."""
    now = timezone.now()
    due = lock_due(now=now, limit=limit)
    Sale.objects.filter(pk__in=due).update(next_poll_at=now + schedule.LEASE)
    return due


def sweep() -> dict[str, list[int]]:
    """One round over everything that may not wait for a message.

    Returns sale ids: `submit` to nudge again, `poll` to ask about. Two sweeps
    at once: the second does nothing. Every step is a transaction of its own: one
    that held the locks of several sales could lock itself against an answer.
    """
    with _alone() as is_alone:
        if not is_alone:
            return {"submit": [], "poll": []}
        cancel_stale()
        doubt_unanswered()
        review_old()
        raise_slow()
        return {"submit": waiting(), "poll": claim_due()}


def _alone() -> AbstractContextManager[bool]:
    """True for one sweep at a time."""
    return alone(_SWEEP_LOCK)


def waiting() -> list[int]:
    """Sales whose message may have been lost."""
    old = timezone.now() - RENUDGE_AFTER
    created = Sale.objects.filter(state=SaleState.CREATED, created_at__lte=old)
    return list(created.order_by("id").values_list("pk", flat=True)[:BATCH])


def cancel_stale() -> int:
    """Sales that no worker claimed in time are not sent: the money goes back."""
    stale = Sale.objects.filter(
        state=SaleState.CREATED, created_at__lt=timezone.now() - STALE_AFTER
    ).values_list("pk", flat=True)[:BATCH]
    return sum(cancel_sale(sale_id=pk, note="not sent in time") for pk in stale)


def doubt_unanswered() -> int:
    """Sent, and the worker never came back with an answer: ask from now on."""
    now = timezone.now()
    lost = Sale.objects.filter(state=SaleState.SUBMITTED, send_before__lt=now - ORDER_DEADLINE)
    return sum(
        move(sale, SaleState.IN_DOUBT, note="the worker did not come back", next_poll_at=now)
        for sale in lost[:BATCH]
    )


def review_old() -> int:
    """After 24 hours a person looks as well; the questions go on hourly."""
    old = Sale.objects.filter(
        state__in=[SaleState.PENDING, SaleState.IN_DOUBT],
        submitted_at__lt=timezone.now() - schedule.REVIEW_AFTER,
    )
    moved = 0
    for sale in old[:BATCH]:
        if move(sale, SaleState.IN_REVIEW, note="open for 24 hours"):
            moved += 1
            alarms.raise_alarm(AlarmKind.REVIEW, "open for 24 hours", sale=sale)
    return moved


def raise_slow() -> int:
    """Alarms at 15 minutes: a sale without an end, a paid code that has not come."""
    limit = timezone.now() - schedule.ALARM_AFTER
    slow = Sale.objects.filter(state__in=OPEN, submitted_at__lt=limit, alarm_at=None)
    awaited = Sale.objects.filter(
        pk__in=Voucher.objects.filter(state=VoucherState.AWAITED, created_at__lt=limit).values(
            "sale_id"
        ),
        state=SaleState.COMPLETED,
    ).exclude(alarms__kind=AlarmKind.CODE)
    raised = 0
    for sale in [*slow[:BATCH], *awaited[:BATCH]]:
        is_open = sale.state in POLLED or sale.state == SaleState.SUBMITTED
        kind = AlarmKind.SLOW if is_open else AlarmKind.CODE
        alarms.raise_alarm(kind, str(kind.label), sale=sale)
        Sale.objects.filter(pk=sale.pk).update(alarm_at=timezone.now())
        raised += 1
    return raised
