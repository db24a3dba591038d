"""Opening shops, placing them in the tree, and funding them."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from ledger import services as ledger
from ledger.models import Entry
from topup.errors import TreeError
from topup.models import Level, Person, Shop

MOST_ABOVE = 4  # sub-distributors between the distributor and a shop


@transaction.atomic
def open_shop(
    *, name: str, currency: str | None = None, credit_limit: Decimal = Decimal(0), **columns: Any
) -> Shop:
    """A new shop with its float account, in the wallet's currency unless told.

    `columns` are others of `Shop` (parent, tier, limits, …).
    """
    shop = Shop(name=name, **columns)
    shop.ancestors = _line_above(shop.parent)
    shop.float_account = ledger.open_float(
        code=f"float:{uuid4().hex[:16]}",  # not the name: names change
        currency=currency or settings.VALUETOPUP_WALLET_CURRENCY,
        credit_limit=credit_limit,
    )
    shop.save()
    return shop


@transaction.atomic
def place(*, shop: Shop, parent: Shop | None) -> None:
    """Put a shop, with all below it, under another. Safe to repeat.

    Error: `TreeError` under itself, under a shop that is no sub-distributor, or too deep.
    """
    above = _line_above(parent)
    if shop.pk in above:
        raise TreeError(_("A shop cannot lie under itself."))
    old = len(shop.ancestors)
    below = list(Shop.objects.select_for_update().filter(ancestors__contains=[shop.pk]))
    if any(len(above) + len(child.ancestors) - old > MOST_ABOVE for child in below):
        raise TreeError(_("The tree would be too deep."))
    shop.parent, shop.ancestors = parent, above
    shop.save(update_fields=["parent", "ancestors"])
    for child in below:
        child.ancestors = [*above, *child.ancestors[old:]]
        child.save(update_fields=["ancestors"])


def _line_above(parent: Shop | None) -> list[int]:
    if parent is None:
        return []
    if parent.level != Level.SUB_DISTRIBUTOR:
        raise TreeError(_("Shops lie under a sub-distributor, not under another shop."))
    above = [*parent.ancestors, parent.pk]
    if len(above) > MOST_ABOVE:
        raise TreeError(_("The tree would be too deep."))
    return above


def is_frozen(shop: Shop) -> bool:
    """True if the shop, or anything above it, is frozen."""
    return shop.is_frozen or (
        bool(shop.ancestors) and Shop.objects.filter(pk__in=shop.ancestors, is_frozen=True).exists()
    )


def add_float(*, shop: Shop, amount: Decimal, by: Person | None, memo: str, key: str) -> Entry:
    """A ledger entry that moves a float (negative corrects). Safe to repeat by its key."""
    return ledger.deposit(
        account=shop.float_account,
        amount=amount,
        key=f"deposit:{key}",
        by_id=by.pk if by else None,
        memo=memo,
    )
