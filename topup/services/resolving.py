"""Sales that a person ends by hand, with a reason: those in review, and late deliveries.

Nothing is ever sent again. Above `SECOND_PERSON_ABOVE` nothing happens before a second
person has agreed. What the provider says afterwards is still heard: a sale that was given
back and arrives all the same becomes "done late", with an alarm.
Locks are taken in one order: sale, then the decision.
"""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger import services as ledger
from ledger.models import AccountKind, EntryKind
from topup import schedule
from topup.errors import DecisionError
from topup.evidence import Outcome, Verdict
from topup.locks import lock_resolution, lock_sale
from topup.models import Person, Resolution, ResolutionState, Role, Sale, Way
from topup.models.resolution import OF_LATE, OF_REVIEW
from topup.services import alone, delivery
from topup.services.moves import move, remember
from topup.states import Basis, SaleState

S = SaleState


@transaction.atomic
def send_to_review(*, sale: Sale, by: Person, reason: str) -> Sale:
    """A person takes an open sale up before the 24 hours are over; it is asked about as before.

    Safe to repeat. Error: `DecisionError` for a sale that is not open.
    """
    sale = lock_sale(sale.pk)
    if sale.state == S.IN_REVIEW:
        return sale
    _check_person(by, reason)
    if not move(sale, S.IN_REVIEW, note=reason, by=by):
        text = _("Only a sale that is in progress or being checked is reviewed; it is: %(state)s.")
        raise DecisionError(text % {"state": sale.get_state_display()})
    return sale


@transaction.atomic
def resolve(*, sale: Sale, by: Person, way: Way, reason: str, evidence: str = "") -> Resolution:
    """End a sale in review: completed at the quoted cost, declined, or the money given back.

    At once, or, above `SECOND_PERSON_ABOVE`, when a second person agrees. Errors (nothing
    has changed): `DecisionError` for a sale not in review, while another decision waits,
    without a reason, and while its order may still be on the way.
    """
    sale = lock_sale(sale.pk)
    _check_person(by, reason)
    if way not in OF_REVIEW:  # also nothing, or a word that is no way
        raise DecisionError(_("Choose what happened."))
    if not evidence.strip():
        raise DecisionError(_("Write what proves it: who said it, when, under which reference."))
    _check_review(sale, way)
    return _begin(sale, way, sale.charge, by=by, reason=reason, evidence=evidence)


@transaction.atomic
def settle_late(
    *, sale: Sale, by: Person, way: Way, reason: str, amount: Decimal | None = None
) -> Resolution:
    """Settle a late delivery with the shop: leave it its float, or charge it as agreed.

    `amount` is what the shop pays, in the wallet's currency: the sale's charge unless
    told, never more. A charge above `SECOND_PERSON_ABOVE` takes a second person, also
    when little of it is asked for: the rest is given away. Errors:
    `DecisionError` for another sale, for one that is settled, and for a wrong amount.
    """
    sale = lock_sale(sale.pk)
    _check_person(by, reason)
    if way not in OF_LATE:
        raise DecisionError(_("Choose what to do."))
    _check_late(sale)
    wanted = Decimal(0) if way == Way.LEAVE else sale.charge if amount is None else amount
    if way == Way.CHARGE and not 0 < wanted <= sale.charge:
        raise DecisionError(_("The shop pays more than nothing, and at most the charge."))
    return _begin(sale, way, wanted, by=by, reason=reason, evidence="")


@transaction.atomic
def agree(*, resolution_id: int, by: Person) -> Resolution:
    """The second person's word: it is done now. Safe to repeat.

    When the provider was faster, the decision is dropped and returned so. Error:
    `DecisionError` for whoever asked.
    """
    found = _lock(resolution_id)
    if found.state != ResolutionState.WAITING:
        return found
    _check_person(by, found.reason)
    if found.asked_by_id == by.pk:
        raise DecisionError(_("You have asked for it yourself. A second person must agree."))
    return _carry_out(found, by)


@transaction.atomic
def drop(*, resolution_id: int, by: Person) -> Resolution:
    """It is not done after all. Safe to repeat. Error: `DecisionError` once it is done."""
    found = _lock(resolution_id)
    if found.state == ResolutionState.DROPPED:
        return found
    _check_person(by, found.reason)
    if found.state == ResolutionState.DONE:
        raise DecisionError(_("It is done already."))
    return _end(found, ResolutionState.DROPPED, by)


def waiting_of(sale: Sale) -> Resolution | None:
    """The decision about a sale that waits for a second person."""
    return Resolution.objects.filter(sale=sale, state=ResolutionState.WAITING).first()


def is_settled(sale: Sale) -> bool:
    """True if a late delivery was settled with the shop."""
    done = Resolution.objects.filter(sale=sale, state=ResolutionState.DONE, way__in=OF_LATE)
    return done.exists()


def needs_two(amount: Decimal) -> bool:
    """True if one person's word is not enough for so much."""
    return amount > alone.limit()


def _begin(
    sale: Sale, way: Way, amount: Decimal, *, by: Person, reason: str, evidence: str
) -> Resolution:
    if waiting_of(sale):
        raise DecisionError(_("A decision about this sale waits for a second person already."))
    found = Resolution.objects.create(
        sale=sale, way=way, amount=amount, currency=sale.currency, reason=reason.strip()[:300],
        evidence=evidence.strip()[:500], needs_two=needs_two(sale.charge), asked_by=by,
    )  # fmt: skip
    if found.needs_two:
        remember(sale, f"{way} asked for: {found.reason}", by=by)
        return found
    return _carry_out(found, by)


def _carry_out(found: Resolution, by: Person) -> Resolution:
    done = _DEEDS[Way(found.way)](found.sale, found, by)
    return _end(found, ResolutionState.DONE if done else ResolutionState.DROPPED, by)


def _end(found: Resolution, state: ResolutionState, by: Person) -> Resolution:
    found.state, found.decided_by, found.decided_at = state, by, timezone.now()
    found.save(update_fields=["state", "decided_by", "decided_at"])
    if state == ResolutionState.DROPPED:
        remember(found.sale, f"{found.way} dropped", by=by)
    return found


def _complete(sale: Sale, found: Resolution, by: Person) -> bool:
    """At the quoted cost, flagged; the invoice and a code are asked for as usual."""
    outcome = Outcome(verdict=Verdict.SUCCEEDED)
    return sale.state == S.IN_REVIEW and delivery.complete(
        sale, outcome, by=by, note=_note(found), flag=delivery.BY_HAND
    )


def _decline(sale: Sale, found: Resolution, by: Person) -> bool:
    return _give_back(sale, found, by, S.DECLINED, basis=Basis.BY_HAND)


def _reverse(sale: Sale, found: Resolution, by: Person) -> bool:
    return _give_back(sale, found, by, S.REVERSED)


def _give_back(sale: Sale, found: Resolution, by: Person, state: SaleState, **changes: Any) -> bool:
    now = timezone.now()
    moved = sale.state == S.IN_REVIEW and move(
        sale, state, note=_note(found), by=by, settled_at=now, poll_count=0,
        next_poll_at=schedule.next_reask_at(settled_at=now, now=now), **changes,
    )  # fmt: skip
    if moved:
        ledger.release_hold(hold_id=sale.hold_id)
    return moved


def _leave(sale: Sale, found: Resolution, by: Person) -> bool:
    remember(sale, f"late delivery settled, the shop pays nothing: {found.reason}", by=by)
    Sale.objects.filter(pk=sale.pk).update(flag="")
    return True


def _charge(sale: Sale, found: Resolution, by: Person) -> bool:
    """A correction is never refused, so the float may go below its limit."""
    name = sale.correlation_id
    ledger.post(
        kind=EntryKind.CORRECTION, key=f"late-charge:{name}", reference=name, memo=found.reason,
        by_id=by.pk,
        lines=[
            (sale.shop.float_account, -found.amount),
            (ledger.house(AccountKind.LATE, sale.currency), found.amount),
        ],
    )  # fmt: skip
    remember(sale, f"late delivery settled, the shop pays {found.amount:f}: {found.reason}", by=by)
    Sale.objects.filter(pk=sale.pk).update(flag="")
    return True


_DEEDS: dict[Way, Callable[[Sale, Resolution, Person], bool]] = {
    Way.COMPLETED: _complete, Way.DECLINED: _decline, Way.REVERSED: _reverse,
    Way.LEAVE: _leave, Way.CHARGE: _charge,
}  # fmt: skip


def _note(found: Resolution) -> str:
    return f"by hand: {found.reason} ({found.evidence})"


def _lock(resolution_id: int) -> Resolution:
    sale = lock_sale(Resolution.objects.values_list("sale_id", flat=True).get(pk=resolution_id))
    found = lock_resolution(resolution_id)
    found.sale = sale
    return found


def _check_person(by: Person, reason: str) -> None:
    if by.role != Role.ADMIN:
        raise DecisionError(_("Only the distributor’s people decide about sales."))
    if not reason.strip():
        raise DecisionError(_("Write why."))


def _check_review(sale: Sale, way: Way) -> None:
    if sale.state != S.IN_REVIEW:
        text = _("Only a sale in review is decided by hand; this one is: %(state)s.")
        raise DecisionError(text % {"state": sale.get_state_display()})
    # A worker that was frozen with the order in its hand may still send it until then.
    after = timedelta(seconds=settings.ABSENT_AFTER_SECONDS)
    assert sale.send_before is not None
    if way != Way.COMPLETED and timezone.now() < sale.send_before + after:
        raise DecisionError(_("The order may still be on its way. Wait three minutes."))


def _check_late(sale: Sale) -> None:
    if sale.state != S.DELIVERED_LATE:
        raise DecisionError(_("Only a sale that was delivered late is settled."))
    if is_settled(sale):
        raise DecisionError(_("This late delivery is settled already."))
