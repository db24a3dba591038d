"""Deposits: asked for by a shop, looked at by one or two people, put on the float once.

Nothing is on the float before it is approved, and the row's lock decides who comes
first. Whoever asked never approves; above `SECOND_PERSON_ABOVE`, or
where one person has put in so much within a day, two others must.
"""

import hashlib
import secrets
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger import services as ledger
from ledger.money import unit
from topup.errors import DuplicateError, MoneyConflictError, MoneyError
from topup.locks import lock_deposit, lock_person
from topup.models import DepositProof, DepositRequest, DepositState, PaidBy, Person, Role, Shop
from topup.models.deposit import WAITING_STATES
from topup.services import alone, duplicates, forecast
from topup.services.pictures import Picture

#: Letters and digits that nobody takes for another: no 0 O, 1 I L, 2 Z, 5 S, 8 B.
ALPHABET = "34679ACDEFGHJKMNPQRTUVWXY"
MOST_WAITING = 10  # of one shop: the queue is for people to read
MOST = Decimal(10) ** 9  # a figure above is a slip of the finger
_TRIES = 5


@dataclass(frozen=True)
class Asked:
    """The request of a form's key, and whether this press made it."""

    deposit: DepositRequest
    is_new: bool


def ask(*, by: Person, shop: Shop, amount: Decimal, paid_by: PaidBy, key: UUID) -> Asked:
    """A request with its reference, to be written on the payment. Safe to repeat by its key.

    `amount` is in the float's currency. Errors: `MoneyError` for an amount nobody
    pays or too many requests that wait, `MoneyConflictError` for a key that was
    used for another request.
    """
    if found := _asked_before(by, shop, amount, paid_by, key):
        return found
    if by.shop_id != shop.pk or not by.sees_whole_shop:
        raise MoneyError(_("Only those in charge of a shop ask for deposits."))
    _check_amount(amount, shop.currency)
    if shop.deposits.filter(state__in=WAITING_STATES).count() >= MOST_WAITING:
        raise MoneyError(_("Too many of your deposits wait. Take one back, or wait for an answer."))
    for _try in range(_TRIES):
        deposit = DepositRequest(
            reference=new_reference(), key=key, shop=shop, amount=amount, currency=shop.currency,
            paid_by=paid_by, asked_by=by,
        )  # fmt: skip
        deposit.warning = duplicates.warning(deposit)[:200]
        try:
            with transaction.atomic():
                deposit.save()
            return Asked(deposit, is_new=True)
        except IntegrityError:  # two presses at once, or a reference that was given out before
            if found := _asked_before(by, shop, amount, paid_by, key):
                return found
    raise MoneyError


def _asked_before(
    by: Person, shop: Shop, amount: Decimal, paid_by: PaidBy, key: UUID
) -> Asked | None:
    deposit = DepositRequest.objects.filter(key=key).first()
    if deposit is None:
        return None
    same = (deposit.asked_by_id, deposit.shop_id, deposit.amount, deposit.paid_by)
    if same != (by.pk, shop.pk, amount, paid_by):
        raise MoneyConflictError
    return Asked(deposit, is_new=False)


def new_reference() -> str:
    """ "D-7K3M9Q": short enough for a payment slip, one of 244 million."""
    return "D-" + "".join(secrets.choice(ALPHABET) for _letter in range(6))


def _check_amount(amount: Decimal, currency: str) -> None:
    if not 0 < amount < MOST:
        raise MoneyError(_("Type the amount you pay in, more than zero."))
    if amount % unit(currency):
        raise MoneyError(_("This amount has too many decimals. Type what you pay in."))


@transaction.atomic
def add_proof(
    *, deposit_id: int, by: Person, bank_reference: str, picture: Picture | None = None
) -> DepositRequest:
    """What the shop can show for its payment; a new picture takes the place of the old.

    Error: `MoneyError` once somebody has approved: he approved what he saw.
    """
    deposit = lock_deposit(deposit_id)
    _must_be_own(deposit, by)
    if deposit.state == DepositState.APPROVED_ONCE:
        raise MoneyError(_("One person has approved this deposit. It cannot be changed any more."))
    _must_wait(deposit)
    deposit.bank_reference = " ".join(bank_reference.split())[:60]
    deposit.bank_key = duplicates.bank_key(deposit.bank_reference)
    if picture:
        values = {"picture": picture.jpeg, "digest": picture.digest}
        DepositProof.objects.update_or_create(deposit=deposit, defaults=values)
    deposit.warning = duplicates.warning(deposit)[:200]
    deposit.save(update_fields=["bank_reference", "bank_key", "warning"])
    return deposit


@transaction.atomic
def take_back(*, deposit_id: int, by: Person) -> DepositRequest:
    """The shop does not pay after all. Safe to repeat. Error: `MoneyError` once it is decided."""
    deposit = lock_deposit(deposit_id)
    _must_be_own(deposit, by)
    if deposit.state == DepositState.CANCELLED:
        return deposit
    _must_wait(deposit)
    return _decide(deposit, DepositState.CANCELLED, by)


@transaction.atomic
def approve(
    *, deposit_id: int, by: Person, is_checked: bool = False, seen: str = ""
) -> DepositRequest:
    """One person's word; the last one needed puts the money on the float. Safe to repeat.

    `is_checked`: this person has seen that it is no duplicate; `seen`: what `looks_of` told
    him. Errors (nothing has moved): `DuplicateError` without that word, `MoneyError` for
    whoever asked, for a second word of the same person, for what looks otherwise now, and
    for a deposit that was decided otherwise.
    """
    deposit = lock_deposit(deposit_id)
    if deposit.state == DepositState.APPROVED:
        return deposit
    _must_wait(deposit)
    _must_be_another(deposit, by)
    if deposit.first_by_id == by.pk:
        raise MoneyError(_("You have approved it already. A second person must approve it, too."))
    deposit.warning = duplicates.warning(deposit)[:200]
    if seen and seen != looks_of(deposit):
        raise MoneyError(_("It has changed since you looked at it. Look again, then decide."))
    if deposit.warning and not is_checked:
        raise DuplicateError(
            _("It may be a duplicate. Look at the others, and say that you have checked it.")
        )
    lock_person(by.pk)  # two words at once are counted one after another
    if deposit.first_by_id is None and needs_two(deposit, by):
        deposit.state = DepositState.APPROVED_ONCE
        deposit.first_by, deposit.first_at = by, timezone.now()
        deposit.save(update_fields=["state", "first_by", "first_at", "warning"])
        return deposit
    deposit.entry = ledger.deposit(
        account=deposit.shop.float_account, amount=deposit.amount,
        key=f"deposit:{deposit.reference}", by_id=by.pk,
        memo=f"{deposit.reference} {deposit.bank_reference}".strip(),
    )  # fmt: skip
    transaction.on_commit(lambda: forecast.watch([deposit.shop_id]), robust=True)
    return _decide(deposit, DepositState.APPROVED, by)


@transaction.atomic
def refuse(*, deposit_id: int, by: Person, reason: str) -> DepositRequest:
    """No money came; the shop reads the reason. Safe to repeat. Error: `MoneyError`."""
    deposit = lock_deposit(deposit_id)
    if deposit.state == DepositState.REFUSED:
        return deposit
    _must_wait(deposit)
    _must_be_another(deposit, by)
    if not reason.strip():
        raise MoneyError(_("Say why: the shop reads it."))
    deposit.note = reason.strip()[:200]
    return _decide(deposit, DepositState.REFUSED, by)


def looks_of(deposit: DepositRequest) -> str:
    """A fingerprint of all that the shop can still change and of what looks like it."""
    told = (deposit.bank_reference, duplicates.digest_of(deposit), duplicates.warning(deposit))
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def needs_two(deposit: DepositRequest, by: Person) -> bool:
    """True if this person's word is not enough for so much, with what it put in within a day."""
    return deposit.amount > alone.left(account_id=deposit.shop.float_account_id, by=by)


def _decide(deposit: DepositRequest, state: DepositState, by: Person) -> DepositRequest:
    deposit.state, deposit.decided_by, deposit.decided_at = state, by, timezone.now()
    deposit.save(
        update_fields=["state", "decided_by", "decided_at", "entry", "note", "warning"]
    )  # fmt: skip
    return deposit


def _must_wait(deposit: DepositRequest) -> None:
    if not deposit.is_waiting:
        text = _("This deposit was decided already: %(state)s. Nothing was changed.")
        raise MoneyError(text % {"state": deposit.get_state_display()})


def _must_be_own(deposit: DepositRequest, by: Person) -> None:
    if by.shop_id != deposit.shop_id or not by.sees_whole_shop:
        raise MoneyError(_("Only those in charge of a shop change its deposits."))


def _must_be_another(deposit: DepositRequest, by: Person) -> None:
    if by.pk == deposit.asked_by_id:
        raise MoneyError(_("You have asked for it yourself. Another person must decide."))
    if by.role != Role.ADMIN:
        raise MoneyError(_("Only the distributor's people decide about deposits."))
