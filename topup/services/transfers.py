"""Float moved from one shop to another: down the tree by its owner, anywhere by the distributor."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from ledger import services as ledger
from ledger.errors import InsufficientFloatError, KeyReusedError
from ledger.models import Entry
from ledger.money import round_down, unit
from topup.errors import MoneyConflictError, MoneyError
from topup.locks import lock_shops
from topup.models import Level, Person, Role, Shop
from topup.services import forecast
from topup.services.shops import is_frozen


@dataclass(frozen=True)
class Moved:
    """The entry of a form's key, and whether this press posted it."""

    entry: Entry
    is_new: bool


@transaction.atomic
def transfer_float(
    *, source: Shop, target: Shop, amount: Decimal, by: Person, memo: str, key: UUID
) -> Moved:
    """Move available float, credit included, between two shops of one currency. Safe to repeat.

    An owner moves from his sub-distributor to a shop at any depth below it; the
    distributor's people between any two. A frozen shop may receive, not send. Errors
    (nothing has moved): `MoneyError`, `MoneyConflictError` for a key that was used for
    something else.
    """
    # Found before every other check: the answer to the first press may have been lost.
    if found := Entry.objects.filter(key=f"transfer:{key}", posted_by=by).first():
        _must_equal(found, source, target, amount)
        return Moved(found, is_new=False)
    locked = lock_shops(source.pk, target.pk)
    source, target = locked[source.pk], locked[target.pk]
    _check_person(source, target, by)
    _check_shops(source, target)
    _check_amount(amount, source.currency)
    try:
        entry = ledger.transfer(
            source=source.float_account, target=target.float_account, amount=amount,
            key=f"transfer:{key}", by_id=by.pk,
            memo=f"{source.name} → {target.name}: {memo}".removesuffix(": "),
        )  # fmt: skip
    except InsufficientFloatError as refusal:
        raise _too_little(refusal) from None
    except KeyReusedError:
        raise MoneyConflictError from None
    moved = [source.pk, target.pk]
    transaction.on_commit(lambda: forecast.watch(moved), robust=True)
    return Moved(entry, is_new=True)


def _must_equal(found: Entry, source: Shop, target: Shop, amount: Decimal) -> None:
    wanted = {(source.float_account_id, -amount), (target.float_account_id, amount)}
    if set(found.lines.values_list("account_id", "amount")) != wanted:
        raise MoneyConflictError


def may_transfer(*, person: Person, shop: Shop) -> bool:
    """True for the owner of a sub-distributor: he moves float down the tree."""
    return (
        person.role == Role.OWNER
        and person.shop_id == shop.pk
        and shop.level == Level.SUB_DISTRIBUTOR
    )


def _check_person(source: Shop, target: Shop, by: Person) -> None:
    if by.role == Role.ADMIN:
        return
    if not may_transfer(person=by, shop=source):
        raise MoneyError(_("Only the owner of a sub-distributor moves float."))
    if source.pk not in target.ancestors:
        raise MoneyError(_("You can move float to shops below yours only."))


def _check_shops(source: Shop, target: Shop) -> None:
    if source.pk == target.pk:
        raise MoneyError(_("Choose two different shops."))
    if source.currency != target.currency:
        raise MoneyError(_("The two floats are in different currencies."))
    if is_frozen(source):
        raise MoneyError(_("The shop that would send is frozen. Nothing was moved."))


def _check_amount(amount: Decimal, currency: str) -> None:
    if amount <= 0:
        raise MoneyError(_("Type the amount to move, more than zero."))
    if amount % unit(currency):
        raise MoneyError(_("This amount has too many decimals."))


def _too_little(refusal: InsufficientFloatError) -> MoneyError:
    left = round_down(max(refusal.available, Decimal(0)), refusal.currency)
    text = _("Not enough float: at most %(left)s %(currency)s can be moved. Nothing was moved.")
    return MoneyError(text % {"left": left, "currency": refusal.currency})
