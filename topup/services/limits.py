"""How much a shop may sell, in one sale, in a day, to one number; and numbers nobody sells to.

The account of a bill is held to the same: to pay it is to give to whose it is, and the
account of a phone on contract is its number.

A limit that a shop does not set it has from the nearest above it that does. Amounts are
prices, in the float's currency. A day is the shop's own, in its time zone.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from django.db.models import Func, Q, Sum, TextField, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import Sku
from ledger.money import round_down, round_up
from topup.errors import BlockedNumberError, LimitError
from topup.kinds.bill import ACCOUNT
from topup.models import BlockedNumber, Sale, Shop
from topup.services.assortment import check_goods
from topup.states import GIVEN_BACK

LIMITS = ("sale_limit", "day_limit", "number_limit")
_SIGNS = "[^0-9A-Z]"  # of an account, once its letters are large: what people write or leave out
_ACCOUNT = Func(
    Upper(KT(f"extras__{ACCOUNT.name}")), Value(_SIGNS), Value(""), Value("g"),
    function="REGEXP_REPLACE", output_field=TextField(),
)  # fmt: skip


@dataclass(frozen=True)
class Limits:
    """What holds at one shop; None is no limit."""

    sale_limit: Decimal | None = None
    day_limit: Decimal | None = None
    number_limit: Decimal | None = None


def limits_of(shop: Shop) -> Limits:
    """The nearest set value of each limit; at most one query."""
    own = {name: getattr(shop, name) for name in LIMITS}
    if shop.ancestors and None in own.values():
        above = {row["pk"]: row for row in Shop.objects.filter(pk__in=shop.ancestors).values(
            "pk", *LIMITS
        )}  # fmt: skip
        for pk in shop.line[1:]:
            for name in LIMITS:
                if own[name] is None:
                    own[name] = above[pk][name]
    return Limits(**own)


def check_sale(*, shop: Shop, sku: Sku, price: Decimal, recipient: str, account: str = "") -> None:
    """Whether the shop may make this sale.

    Called by `open_sale` after the hold: the hold has locked the float, so of two sales
    at once the second sees the first. Elsewhere it is only a look ahead.
    Errors: `NotSellableError`, `BlockedNumberError`, `LimitError`.
    """
    check_goods(shop=shop, sku=sku)
    check_number(shop=shop, sku=sku, recipient=recipient, account=account)
    check_limits(shop=shop, price=price, recipient=recipient, account=account)


def check_number(*, shop: Shop, sku: Sku, recipient: str, account: str = "") -> None:
    """Error: `BlockedNumberError` for a number on a blocklist, of all or of the shop's branch.

    An account that is digits alone is looked for as it is, without the 00 of calls abroad, and
    with the country's code before it; a beginning that is blocked blocks only an account that
    has the country's code.
    """
    whole, beginnings = [recipient], _beginnings(recipient)
    if (digits := plain_account(account)).isdigit():
        codes = [str(code) for code in sku.dial_codes]
        plain = digits.removeprefix("00")
        whole += [digits, plain, *(code + digits.lstrip("0") for code in codes)]
        beginnings += _beginnings(plain) if plain.startswith(tuple(codes)) else []
    if not any(whole):
        return
    fits = Q(prefix__in=whole) | Q(prefix__in=beginnings, is_whole=False)
    here = Q(shop=None) | Q(shop__in=shop.line)
    if BlockedNumber.objects.filter(fits, here).exists():
        raise BlockedNumberError


def _beginnings(number: str) -> list[str]:
    return [number[:length] for length in range(1, len(number) + 1)]


def plain_account(account: str) -> str:
    """An account without what is written in one way or another: spaces, signs, small letters."""
    return re.sub(_SIGNS, "", account.upper())


def check_limits(*, shop: Shop, price: Decimal, recipient: str, account: str = "") -> None:
    """Error: `LimitError` with the limit, what is left of it and what to do."""
    limits = limits_of(shop)
    if limits.sale_limit is not None and price > limits.sale_limit:
        raise LimitError(
            _(
                "One sale may be at most %(limit)s here, this one is %(price)s. Nothing was sold. "
                "Sell a smaller amount, or ask your distributor for a higher limit."
            )
            % {"limit": _money(limits.sale_limit, shop), "price": _price(price, shop)}
        )
    number_limit = limits.number_limit if recipient or account else None
    if limits.day_limit is None and number_limit is None:
        return
    sold, to_number = sold_today(shop, recipient, account)
    if number_limit is not None and to_number + price > number_limit:
        told = _figures(number_limit, to_number, shop)
        raise LimitError((_of_account() if account else _of_number()) % told)
    if limits.day_limit is not None and sold + price > limits.day_limit:
        raise LimitError(
            _(
                "This shop may sell at most %(limit)s a day, %(left)s is left today. Nothing was "
                "sold. Sell a smaller amount, or ask your distributor for a higher limit."
            )
            % _figures(limits.day_limit, sold, shop)
        )


def _of_number() -> str:
    return _(
        "One number may get at most %(limit)s a day here, %(left)s is left for this "
        "number. Nothing was sold. Sell a smaller amount, or wait until tomorrow."
    )


def _of_account() -> str:
    return _(
        "One account may get at most %(limit)s a day here, %(left)s is left for this "
        "account. Nothing was sold. Sell a smaller amount, or wait until tomorrow."
    )


def sold_today(shop: Shop, recipient: str = "", account: str = "") -> tuple[Decimal, Decimal]:
    """What the shop has sold in its day so far, and to this number or account.

    All that took or holds money counts.

    Reads the sales of one day, by the index on shop and time.
    """
    today = Sale.objects.filter(shop=shop, created_at__gte=day_start(shop))
    same = Q(recipient=recipient)
    if plain := plain_account(account):
        today = today.alias(account=_ACCOUNT)
        same = same | Q(account=plain) if recipient else Q(account=plain)
    sums = today.exclude(state__in=GIVEN_BACK).aggregate(
        sold=Sum("price", default=Decimal(0)),
        to_number=Sum("price", filter=same, default=Decimal(0)),
    )
    return sums["sold"], sums["to_number"]


def day_start(shop: Shop) -> datetime:
    """When the shop's day began: midnight in its own time zone."""
    now = timezone.now().astimezone(shop.zone)
    # In UTC: Python finds a midnight that is skipped there equal to no other moment.
    return now.replace(hour=0, minute=0, second=0, microsecond=0, fold=0).astimezone(UTC)


def _figures(limit: Decimal, used: Decimal, shop: Shop) -> dict[str, str]:
    left = max(limit - used, Decimal(0))
    return {"limit": _money(limit, shop), "left": _money(left, shop)}


def _money(amount: Decimal, shop: Shop) -> str:
    return f"{round_down(amount, shop.currency)} {shop.currency}"


def _price(amount: Decimal, shop: Shop) -> str:
    return f"{round_up(amount, shop.currency)} {shop.currency}"
