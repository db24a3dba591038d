"""What an outcome does to a sale: under its row lock, in one transaction, once.

The verdict comes from `topup.evidence`; here it becomes a move, a posting and
the time of the next question. Every function is a no-op when repeated.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from ledger import services as ledger
from topup import schedule
from topup.evidence import Denial, Outcome, Verdict, basis_of, denial_is_final
from topup.locks import lock_sale
from topup.models import Sale
from topup.models.alarm import AlarmKind, StopKind
from topup.services import alarms, delivery
from topup.services.absence import may_decline
from topup.services.moves import move, remember
from topup.states import DELIVERED, INVOICED, OPEN, UNFINISHED, Basis, SaleState

S = SaleState
REFUSED_AFTER_DONE = "the provider says refused after it said done: claim it"


@transaction.atomic
def apply_outcome(*, sale_id: int, outcome: Outcome) -> Sale:
    """Let an outcome change a sale, if the table of moves allows it. Safe to repeat.

    Money moves in this transaction or not at all: captured with the completion,
    released with the final refusal.
    """
    sale = lock_sale(sale_id)
    if sale.state in UNFINISHED:  # later words do not change why it ended
        Sale.objects.filter(pk=sale.pk).update(
            response_code=outcome.code or sale.response_code,
            response_message=outcome.message or sale.response_message,
        )
    if sale.state in OPEN and sale.detail_asks:
        _after_done(sale, outcome)
    else:
        _HANDLERS[outcome.verdict](sale, outcome)
    sale.refresh_from_db()
    return sale


def _after_done(sale: Sale, outcome: Outcome) -> None:
    """The provider has said 000, without its details: it is done, whatever it says now."""
    if outcome.verdict is Verdict.DECLINED:
        delivery.complete(sale, outcome)
        _contradiction(sale, outcome, REFUSED_AFTER_DONE)
    else:
        _succeeded(sale, outcome)


def _succeeded(sale: Sale, outcome: Outcome) -> None:
    if sale.state in OPEN:
        if _details_missing(outcome) and sale.detail_asks < schedule.DETAIL_ASKS:
            _ask_for_details(sale, outcome)
        else:
            delivery.complete(sale, outcome)
    elif sale.state in INVOICED:
        delivery.fill_details(sale, outcome)
    elif sale.state in {S.DECLINED, S.REVERSED}:
        delivery.deliver_late(sale, outcome)
    else:
        if sale.state == S.CANCELLED:
            _contradiction(sale, outcome, "the provider delivered a sale that we never sent")
        _rest(sale)


def _details_missing(outcome: Outcome) -> bool:
    return outcome.transaction is None or delivery.invoice_of(outcome) is None


def _ask_for_details(sale: Sale, outcome: Outcome) -> None:
    _acknowledge(sale, outcome, "done, details missing: asking for them")
    Sale.objects.filter(pk=sale.pk).update(
        detail_asks=sale.detail_asks + 1, next_poll_at=timezone.now() + schedule.DETAIL_APART
    )


def _pending(sale: Sale, outcome: Outcome) -> None:
    if sale.state in OPEN:
        _acknowledge(sale, outcome, "the provider is working on it")
        _ask_again(sale)
    elif sale.state in {S.DECLINED, S.REVERSED} and not sale.was_acknowledged:
        Sale.objects.filter(pk=sale.pk).update(was_acknowledged=True)
        _contradiction(
            sale, outcome, "the provider is working on a sale we gave the money back for"
        )
        _reask(sale)
    else:
        _reask(sale)


def _acknowledge(sale: Sale, outcome: Outcome, note: str) -> None:
    """The provider has it: from now on no denial is believed."""
    known: dict[str, Any] = {"was_acknowledged": True, "denial_code": "", "denied_at": None}
    if not move(sale, S.PENDING, note=note, evidence=evidence_of(outcome), **known):
        Sale.objects.filter(pk=sale.pk).update(**known)


def _declined(sale: Sale, outcome: Outcome) -> None:
    if sale.state in OPEN:
        _decline(sale, outcome, Basis.REFUSED)
    elif sale.state in DELIVERED:
        _contradiction(sale, outcome, REFUSED_AFTER_DONE)
        _reask(sale)
    else:
        remember(sale, "the provider confirms that it refused", evidence=evidence_of(outcome))
        _rest(sale)


def _decline(sale: Sale, outcome: Outcome, basis: Basis) -> None:
    now = timezone.now()
    again = None if basis == Basis.REFUSED else schedule.next_reask_at(settled_at=now, now=now)
    moved = move(
        sale, S.DECLINED, note=str(basis.label), evidence=evidence_of(outcome),
        basis=basis, settled_at=now, next_poll_at=again, poll_count=0,
    )  # fmt: skip
    if moved:
        ledger.release_hold(hold_id=sale.hold_id)


def _denied(sale: Sale, outcome: Outcome) -> None:
    """A "no" that must repeat itself; see `evidence.denial_is_final`."""
    if sale.state not in OPEN:
        return _reask(sale)
    asked_at = outcome.asked_at or timezone.now()
    if sale.denied_at and asked_at < sale.denied_at:
        return _ask_again(sale)  # overtaken by a younger question: it was frozen on its way
    if _is_final(sale, outcome, asked_at) and may_decline(outcome.code):
        return _decline(sale, outcome, basis_of(outcome.code))
    if sale.denial_code != outcome.code:
        Sale.objects.filter(pk=sale.pk).update(denial_code=outcome.code, denied_at=asked_at)
        remember(sale, "the provider denies it", evidence=evidence_of(outcome))
    move(sale, S.IN_DOUBT, note="the provider denies it", evidence=evidence_of(outcome))
    return _ask_again(sale)


def _is_final(sale: Sale, outcome: Outcome, asked_at: datetime) -> bool:
    if sale.send_before is None:
        return False
    return denial_is_final(
        Denial(sale.denial_code, sale.denied_at, sale.was_acknowledged, sale.send_before),
        code=outcome.code,
        asked_at=asked_at,
        after=timedelta(seconds=settings.ABSENT_AFTER_SECONDS),
        apart=timedelta(seconds=settings.ABSENT_APART_SECONDS),
    )


def _unknown(sale: Sale, outcome: Outcome) -> None:
    if sale.state == S.SUBMITTED:
        move(sale, S.IN_DOUBT, note="no clear answer", evidence=evidence_of(outcome))
    if sale.state in OPEN:
        _ask_again(sale)
    else:
        _reask(sale)


def _not_sent(sale: Sale, outcome: Outcome) -> None:
    _cancel(sale, outcome, "it never left us")


def _misconfigured(sale: Sale, outcome: Outcome) -> None:
    _cancel(sale, outcome, "the provider does not let us in")
    reason = f"the provider answered an order with HTTP {outcome.http_status}"
    alarms.stop(StopKind.SELLING, reason)
    alarms.raise_alarm(AlarmKind.CONFIGURATION, reason)


def _cancel(sale: Sale, outcome: Outcome, note: str) -> None:
    moved = move(
        sale, S.CANCELLED, note=note, evidence=evidence_of(outcome),
        settled_at=timezone.now(), next_poll_at=None,
    )  # fmt: skip
    if moved:
        ledger.release_hold(hold_id=sale.hold_id)
    else:
        remember(sale, note, evidence=evidence_of(outcome))


def _contradiction(sale: Sale, outcome: Outcome, note: str) -> None:
    remember(sale, note, evidence=evidence_of(outcome))
    Sale.objects.filter(pk=sale.pk).update(flag=note)
    alarms.raise_alarm(AlarmKind.CONTRADICTION, note, sale=sale)


def _ask_again(sale: Sale) -> None:
    """Set the next question of an open sale."""
    now = timezone.now()
    at = schedule.next_poll_at(sent_at=sale.submitted_at or sale.created_at, now=now)
    Sale.objects.filter(pk=sale.pk).update(next_poll_at=at, poll_count=sale.poll_count + 1)


def _reask(sale: Sale) -> None:
    """Set the next question of a sale that is over, if there was one to be."""
    if sale.state in INVOICED:
        return delivery.ask_for_details(sale)
    now = timezone.now()
    at = schedule.next_reask_at(settled_at=sale.settled_at or now, now=now)
    changes = {"next_poll_at": at if sale.next_poll_at else None}
    Sale.objects.filter(pk=sale.pk).update(**changes, poll_count=sale.poll_count + 1)
    return None


def _rest(sale: Sale) -> None:
    """Nothing is left to ask."""
    Sale.objects.filter(pk=sale.pk).update(next_poll_at=None)


def evidence_of(outcome: Outcome) -> dict[str, str]:
    """What may stand in a timeline: code, message, status; never the payload."""
    found = {
        "verdict": str(outcome.verdict),
        "code": outcome.code,
        "message": outcome.message,
        "http_status": str(outcome.http_status or ""),
        "error": outcome.error,
    }
    return {name: value for name, value in found.items() if value}


_HANDLERS: dict[Verdict, Callable[[Sale, Outcome], None]] = {
    Verdict.SUCCEEDED: _succeeded,
    Verdict.PENDING: _pending,
    Verdict.DECLINED: _declined,
    Verdict.DENIED: _denied,
    Verdict.UNKNOWN: _unknown,
    Verdict.NOT_SENT: _not_sent,
    Verdict.MISCONFIGURED: _misconfigured,
}
