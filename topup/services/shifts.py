"""A shift from its first count to the seal.

OPEN → COUNTED (blind) → SEALED, or HANDED_OVER while sales are unfinished and SEALED
later. Counting, handing over and sealing lock the shift; sales and cash hold it shared,
so no money comes in between a count and its seal. Everything is safe to repeat.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.db.models import Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ledger.money import unit
from topup import states
from topup.errors import NoShiftError, ShiftError, ShiftOverError
from topup.locks import lock_shift, lock_shops, share_shift
from topup.models import (
    CashKind,
    CashMove,
    Device,
    Owed,
    OwedState,
    Person,
    Sale,
    Shift,
    ShiftState,
    Shop,
    Tender,
)
from topup.models.shift import Moment
from topup.services import counting
from topup.services.counting import Counted

#: A shift that somebody still works with.
CURRENT = (ShiftState.OPEN, ShiftState.COUNTED)
_NAMES = UUID("5a1d3b0e-52c7-4b39-9f0a-6f2b7c1f6d10")  # for keys of moves that we make ourselves


def current_shift(person: Person) -> Shift | None:
    """The open or counted shift of a person at his shop; there is one at most."""
    found = Shift.objects.filter(person=person, shop=person.shop_id, state__in=CURRENT)
    return found.first()


def _check_nowhere_else(person: Person) -> None:
    """Error: `ShiftError` for somebody whose drawer at a shop he has left is not closed."""
    left = Shift.objects.filter(person=person, state__in=CURRENT).exclude(shop=person.shop_id)
    if found := left.select_related("shop").first():
        text = _("This person’s shift at %(shop)s is still open. It must be sealed there first.")
        raise ShiftError(text % {"shop": found.shop.name})


def shifts_for(person: Person) -> QuerySet[Shift]:
    """The shifts a person may see, the newest first; those in charge see the shop’s."""
    if person.shop_id is None:
        return Shift.objects.none()
    shop = Shift.objects.filter(shop_id=person.shop_id).order_by("-number")
    found = shop.select_related("person")
    return found if person.sees_whole_shop else found.filter(person=person)


def shift_for_sale(person: Person, shop: Shop) -> Shift | None:
    """The shift that a sale of this person belongs to; None where the shop asks for none.

    Errors: `NoShiftError`, `ShiftOverError`.
    """
    shift = current_shift(person)
    if shift and shift.state != ShiftState.OPEN:
        raise ShiftOverError
    if shift is None and shop.requires_shift:
        raise NoShiftError
    return shift


@contextmanager
def shift_is_over() -> Iterator[None]:
    """The database's word that a shift takes nothing any more, as `ShiftOverError`."""
    try:
        with transaction.atomic():
            yield
    except DatabaseError as error:
        if getattr(error.__cause__, "sqlstate", "") != "TN002":
            raise
        raise ShiftOverError from None


@transaction.atomic
def open_shift(*, person: Person, counts: Iterable[Counted], device: Device | None = None) -> Shift:
    """Open a shift with the cash that was counted; the open one, if there is one already.

    Error: `ShiftError` while a counted one waits to be sealed or handed over, and for one
    at a shop that the person has left.
    """
    assert person.shop is not None
    lock_shops(person.shop.pk)  # two at once would take one number
    if found := current_shift(person):
        if found.state == ShiftState.OPEN:
            return found
        raise ShiftError(_("Your last shift is counted and not sealed. Seal it or hand it over."))
    _check_nowhere_else(person)
    shift = _new_shift(person, person.shop, device)
    counting.write_count(shift=shift, moment=Moment.OPENING, counts=counts, by=person)
    return shift


def _new_shift(person: Person, shop: Shop, device: Device | None) -> Shift:
    last = Shift.objects.filter(shop=shop).aggregate(last=Max("number"))["last"]
    if device and device.shop_id != shop.pk:
        device = None
    return Shift.objects.create(shop=shop, person=person, device=device, number=(last or 0) + 1)


def check_may_act(shift: Shift, by: Person) -> None:
    """Error: `PermissionDenied` for all but the one whose shift it is and those in charge."""
    is_of_shop = by.shop_id is not None and by.shop_id == shift.shop_id
    if not is_of_shop or not (by.pk == shift.person_id or by.sees_whole_shop):
        raise PermissionDenied


def record_move(
    *, shift: Shift, key: UUID, kind: CashKind, amount: Decimal, currency: str, reason: str,
    by: Person,
) -> CashMove:  # fmt: skip
    """Cash put in or taken out, once for each key; `amount` is more than zero.

    Errors: `ShiftOverError`; `ShiftError` for an amount that no coins make, and for a key
    that was used for something else.
    """
    check_may_act(shift, by)
    if amount <= 0 or amount % unit(currency):
        raise ShiftError(_("Type an amount above zero that coins can make."))
    assert kind in (CashKind.IN, CashKind.OUT)
    signed = amount if kind == CashKind.IN else -amount
    with shift_is_over():
        made, is_new = CashMove.objects.get_or_create(
            key=key,
            defaults={"shift": shift, "kind": kind, "amount": signed, "currency": currency,
                      "reason": reason, "made_by": by},
        )  # fmt: skip
    if not is_new and (made.shift_id, made.amount, made.currency) != (shift.pk, signed, currency):
        raise ShiftError(
            _("This form was used before with other figures. Nothing was recorded now.")
        )
    return made


@transaction.atomic
def count_shift(
    *, shift_id: int, counts: Iterable[Counted], by: Person, attempt: int | None = None
) -> Shift:
    """Write a count at the end, and from now on take no sale. A new count is a new attempt.

    `attempt` is the number of the count that the form was made for: sent again, it
    writes nothing. Errors: `ShiftOverError` when it is handed over or sealed.
    """
    shift = lock_shift(shift_id)
    check_may_act(shift, by)
    if shift.state not in CURRENT:
        raise ShiftOverError(_("This shift is over. It cannot be counted again."))
    last = counting.last_attempt(shift)
    if attempt is not None and attempt <= last:
        return shift
    counting.write_count(shift=shift, moment=Moment.CLOSING, counts=counts, by=by, attempt=last + 1)
    shift.state, shift.counted_at = ShiftState.COUNTED, timezone.now()
    shift.totals = counting.totals(shift)
    shift.save(update_fields=["state", "counted_at", "totals"])
    return shift


def unfinished_of(shift: Shift) -> int:
    """How many of its sales have no final word yet."""
    return Sale.objects.filter(shift=shift, state__in=states.UNFINISHED).count()


@transaction.atomic
def seal_shift(*, shift_id: int, by: Person, note: str = "") -> Shift:
    """Fix the totals for ever. Errors: `ShiftError` before the count or with unfinished
    sales, and, with `field` "note", for a gap that nobody has said a word about.
    """
    shift = lock_shift(shift_id)
    check_may_act(shift, by)
    if shift.state == ShiftState.SEALED:
        return shift
    if shift.state == ShiftState.OPEN:
        raise ShiftError(_("Count the shift first."))
    _check_finished(shift)
    shift.totals = counting.totals(shift)
    shift.gap_note = note.strip()[:300] or shift.gap_note
    if shift.totals["has_gap"] and not shift.gap_note:
        error = ShiftError(_("There is a gap. Write down why, or that you do not know."))
        error.field = "note"
        raise error
    shift.totals |= {"note": shift.gap_note, "sealed_by": counting.name_of(by)}
    shift.digest = digest_of(shift.totals)
    shift.closed_at = shift.closed_at or timezone.now()
    shift.sealed_by, shift.state = by, ShiftState.SEALED
    shift.save(
        update_fields=["totals", "gap_note", "digest", "closed_at", "sealed_by", "state"]
    )  # fmt: skip
    return shift


def _check_finished(shift: Shift) -> None:
    if not (left := unfinished_of(shift)):
        return
    told = ngettext(
        "%(count)d sale has no final word yet. Hand the shift over, and seal it later.",
        "%(count)d sales have no final word yet. Hand the shift over, and seal it later.",
        left,
    )
    raise ShiftError(told % {"count": left})


def digest_of(totals: dict[str, Any]) -> str:
    """SHA-256 of the totals, the same for the same figures."""
    text = json.dumps(totals, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def is_intact(shift: Shift) -> bool:
    """True if the totals of a sealed shift are those that were sealed."""
    return shift.digest == digest_of(shift.totals)


@transaction.atomic
def hand_over(*, shift_id: int, to: Person, by: Person) -> Shift:
    """Give drawer, open sales and debts of a counted shift on; the shift that took over.

    A colleague's open shift takes the cash in; without one a new shift opens with it.
    One's own next shift will do: a shop of one person has no colleague. Errors: `ShiftError`.
    """
    # The shop first: two who hand over to each other at once wait, and do not block each other.
    lock_shops(Shift.objects.values_list("shop_id", flat=True).get(pk=shift_id))
    shift = lock_shift(shift_id)
    check_may_act(shift, by)
    if shift.handed_to_id is not None:
        return Shift.objects.get(pk=shift.handed_to_id)
    if shift.state != ShiftState.COUNTED:
        raise ShiftError(_("Count the shift first."))
    if to.shop_id != shift.shop_id or not to.is_active:
        raise ShiftError(_("Choose a colleague of this shop."))
    shift.state, shift.closed_at = ShiftState.HANDED_OVER, timezone.now()
    shift.totals = counting.totals(shift)
    shift.save(update_fields=["state", "closed_at", "totals"])
    taker = _taker(shift, to, by)
    Shift.objects.filter(pk=shift.pk).update(handed_to=taker)
    Owed.objects.filter(shift=shift, state=OwedState.OWED).update(shift=taker)
    return taker


def _taker(shift: Shift, to: Person, by: Person) -> Shift:
    cash = [
        Counted(row.tender, row.currency, row.amount, row.denominations)
        for row in counting.last_count(shift).filter(tender=Tender.CASH)
    ]
    found = current_shift(to)
    if found is None:
        _check_nowhere_else(to)
        taker = _new_shift(to, shift.shop, shift.device)
        counting.write_count(shift=taker, moment=Moment.OPENING, counts=cash, by=by)
        return taker
    if share_shift(found.pk).state != ShiftState.OPEN:  # and nobody counts it meanwhile
        raise ShiftError(_("That colleague’s own shift is counted and not sealed."))
    reason = _("taken over from shift %(number)s") % {"number": shift.number}
    with shift_is_over():
        for one in cash:
            if one.amount:
                CashMove.objects.create(
                    shift=found, key=uuid5(_NAMES, f"hand-over:{shift.pk}:{one.currency}"),
                    kind=CashKind.IN, amount=one.amount, currency=one.currency, reason=reason,
                    made_by=by,
                )  # fmt: skip
    return found
