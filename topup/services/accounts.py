"""Whose bill an account is, asked of the biller before it is paid.

The answer is kept sealed for some minutes, so the price is made of what the page showed.
A biller that cannot be asked stops no sale: the agent types what stands on the bill. Nor
does a person, or a shop, that asked so often that it may look for other people's bills:
the biller is not asked for some minutes.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from django.core.cache import cache
from django.utils.translation import gettext as _

from catalog.models import Sku
from topup import gateway, pacing, sealing
from topup.errors import ExtraError, QuoteError
from topup.kinds import bill
from topup.kinds.base import Extras
from topup.models import Person, Shop
from topup.services import assortment, pricing
from valuetopup._rows import Row
from valuetopup.errors import RefusedError
from valuetopup.types import AccountDetail

#: What the sale keeps of the answer, beside what was typed; what was due only if not that was paid.
NAME, DUE = "account_name", "amount_due"
KEPT_FOR = 600  # seconds
_UNASKED_FOR = 30
_NOT_KNOWN = {"033", "500", "501", "502"}
MOST_PAIRS = 12
#: Questions to billers in ten minutes, the answers that are kept not counted.
MOST_OF_PERSON, MOST_OF_SHOP = 20, 60
_MINUTES = 600


@dataclass(frozen=True)
class Account:
    """What is known of an account. `was_asked` is False where the biller did not answer.

    `is_held_back`: nobody was asked, since this person or shop has asked too often.
    `due` is in `currency`, which may be another one than the SKU's, or not be told.
    `pairs` are what the biller says besides, by its own names.
    """

    was_asked: bool = False
    is_held_back: bool = False
    name: str = ""
    due: Decimal | None = None
    least: Decimal | None = None
    most: Decimal | None = None
    currency: str = ""
    due_on: str = ""
    pairs: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    def amount_for(self, sku: Sku) -> Decimal | None:
        """The amount due, if it is told in the SKU's own currency and may be paid."""
        if self.due is None or self.currency != sku.face_currency:
            return None
        try:
            pricing.check_face_value(sku, self.due)
        except QuoteError:
            return None
        return self.due

    def near(self, sku: Sku) -> "Near | None":
        """What may be paid instead of an amount due that the biller does not take as it is.

        None where it is taken, where it is not told in the SKU's currency, and where only its
        decimals are finer than money is.
        """
        low, high, due = sku.min_face_value, sku.max_face_value, self.due
        if due is None or low is None or high is None or self.amount_for(sku) is not None:
            return None
        if self.currency != sku.face_currency or due <= 0:
            return None
        if not low <= due <= high:
            return Near(due, less=high if due > high else None, more=low if due < low else None)
        if sku.allow_decimal:
            return None
        less, more = max(due // 1, low), min(due // 1 + 1, high)
        return Near(due, less=Decimal(less), more=Decimal(more), is_whole=True)

    def kept(self, paid: Decimal, currency: str) -> Extras:
        """What the sale keeps, if so much is paid."""
        found = {NAME: self.name} if self.name else {}
        if self.due is not None and self.currency and (self.due, self.currency) != (paid, currency):
            found[DUE] = f"{self.due.normalize():f} {self.currency}"
        return found


@dataclass(frozen=True)
class Near:
    """The payable amounts next to one that is due: below it, above it, or one of them.

    `is_whole`: the biller takes whole amounts; else the due one lies outside of its range.
    """

    due: Decimal
    less: Decimal | None
    more: Decimal | None
    is_whole: bool = False


def due_of(extras: Mapping[str, str]) -> tuple[Decimal, str] | None:
    """What was due, where something else was paid; and its currency."""
    amount, _space, currency = extras.get(DUE, "").partition(" ")
    try:
        return (Decimal(amount), currency) if amount and currency else None
    except InvalidOperation:
        return None


def find_account(*, shop: Shop, by: Person, sku: Sku, number: str) -> Account:
    """The account of a customer at a biller. Calls the provider: never inside a transaction.

    Safe to repeat. Errors: `ExtraError` for an account that the biller does not know,
    `NotSellableError` for a bill that this shop does not sell.
    """
    pricing.check_sellable(sku)
    assortment.check_goods(shop=shop, sku=sku)
    key = _key(sku, number)
    kept = _kept(key)
    if kept is not None:
        return _account(AccountDetail.read(Row(kept)))
    if _kept(_unasked(sku)) is not None:
        return Account()
    if not _may_ask(shop, by):
        return Account(is_held_back=True)
    try:
        told = gateway.fetch_account(sku, number)
    except RefusedError as refusal:
        if refusal.code in _NOT_KNOWN:
            raise ExtraError(
                _("The biller does not know this account. Check the account number."),
                name=bill.ACCOUNT.name,
            ) from None
        told = None
    except ValueError:  # what the client would not send
        raise ExtraError(str(bill.ACCOUNT.problem), name=bill.ACCOUNT.name) from None
    if told is None:
        _keep(_unasked(sku), {}, _UNASKED_FOR)
        return Account()
    _keep(key, told.raw, KEPT_FOR)
    return _account(told)


def _may_ask(shop: Shop, by: Person) -> bool:
    """Counts this question; one that is refused to a person is none of the shop's."""
    return pacing.may(
        "account-by", str(by.pk), most=MOST_OF_PERSON, seconds=_MINUTES
    ) and pacing.may("account-at", str(shop.pk), most=MOST_OF_SHOP, seconds=_MINUTES)


def _account(told: AccountDetail) -> Account:
    pairs = tuple((name[:60], text[:120]) for name, text in told.other_pairs)
    return Account(
        was_asked=True, name=" ".join(told.customer_name.split())[:60], due=told.amount_due,
        least=told.min_amount, most=told.max_amount, currency=told.currency[:3],
        due_on=told.due_date[:40], pairs=pairs[:MOST_PAIRS],
    )  # fmt: skip


def _key(sku: Sku, number: str) -> str:
    """Without the number in clear: a key may be printed by tools of the cache."""
    return f"account:{sku.pk}:{hashlib.sha256(number.encode()).hexdigest()[:32]}"


def _unasked(sku: Sku) -> str:
    return f"account-unasked:{sku.pk}"


def _kept(key: str) -> dict[str, object] | None:
    try:
        sealed = cache.get(key)
        return dict(sealing.unseal(sealed)) if sealed else None
    except Exception:
        return None


def _keep(key: str, row: dict[str, object], seconds: int) -> None:
    try:
        cache.set(key, sealing.seal(json.loads(json.dumps(row, default=str))), seconds)
    except Exception:
        return
