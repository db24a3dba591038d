"""Opening shops and funding them."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import transaction

from ledger import services as ledger
from ledger.models import Entry
from topup.models import Person, Shop


@transaction.atomic
def open_shop(
    *, name: str, currency: str | None = None, credit_limit: Decimal = Decimal(0), **terms: Any
) -> Shop:
    """A new shop with its float account, in the wallet's currency unless told.

    `terms` are columns of `Shop` (markup_percent, commission_share, …).
    """
    shop = Shop(name=name, **{"markup_percent": default_markup(), **terms})
    shop.commission_share = terms.get("commission_share", default_share())
    shop.float_account = ledger.open_float(
        code=f"float:{uuid4().hex[:16]}",  # not the name: names change
        currency=currency or settings.VALUETOPUP_WALLET_CURRENCY,
        credit_limit=credit_limit,
    )
    shop.save()
    return shop


def default_markup() -> Decimal:
    return Decimal(str(settings.DEFAULT_MARKUP_PERCENT))


def default_share() -> Decimal:
    return Decimal(str(settings.DEFAULT_COMMISSION_SHARE))


def add_float(*, shop: Shop, amount: Decimal, by: Person | None, memo: str, key: str) -> Entry:
    """A ledger entry that moves a float (negative corrects). Safe to repeat by its key."""
    return ledger.deposit(
        account=shop.float_account,
        amount=amount,
        key=f"deposit:{key}",
        by_id=by.pk if by else None,
        memo=memo,
    )
