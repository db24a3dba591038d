"""How much a shop may sell, in one sale, in a day, to one number; and numbers nobody sells to.

A limit that a shop does not set it has from the nearest above it that does. Amounts are
prices, in the float's currency. A day is the shop's own, in its time zone.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import Sku
from ledger.money import round_down, round_up
from topup.errors import BlockedNumberError, LimitError
from topup.models import BlockedNumber, Sale, Shop
from topup.services.assortment import check_goods
from topup.states import GIVEN_BACK

LIMITS = ("sale_limit", "day_limit", "number_limit")


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


def check_sale(*, shop: Shop, sku: Sku, price: Decimal, recipient: str) -> None:
    """Whether the shop may make this sale.

    Called by `open_sale` after the hold: the hold has locked the float, so of two sales
    at once the second sees the first. Elsewhere it is only a look ahead.
    Errors: `NotSellableError`, `BlockedNumberError`, `LimitError`.
    """
    check_goods(shop=shop, sku=sku)
    check_number(shop=shop, recipient=recipient)
    check_limits(shop=shop, price=price, recipient=recipient)


def check_number(*, shop: Shop, recipient: str) -> None:
    """Error: `BlockedNumberError` for a number on a blocklist, of all or of the shop's branch."""
    if not recipient:
        return
    beginnings = [recipient[:length] for length in range(1, len(recipient) + 1)]
    fits = Q(prefix=recipient) | Q(prefix__in=beginnings, is_whole=False)
    here = Q(shop=None) | Q(shop__in=shop.line)
    if BlockedNumber.objects.filter(fits, here).exists():
        raise BlockedNumberError


def check_limits(*, shop: Shop, price: Decimal, recipient: str) -> None:
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
    if limits.day_limit is None and (limits.number_limit is None or not recipient):
        return
    sold, to_number = sold_today(shop, recipient)
    if limits.number_limit is not None and recipient and to_number + price > limits.number_limit:
        raise LimitError(
            _(
                "One number may get at most %(limit)s a day here, %(left)s is left for this "
                "number. Nothing was sold. Sell a smaller amount, or wait until tomorrow."
            )
            % _figures(limits.number_limit, to_number, shop)
        )
    if limits.day_limit is not None and sold + price > limits.day_limit:
        raise LimitError(
            _(
                "This shop may sell at most %(limit)s a day, %(left)s is left today. Nothing was "
                "sold. Sell a smaller amount, or ask your distributor for a higher limit."
            )
            % _figures(limits.day_limit, sold, shop)
        )


def sold_today(shop: Shop, recipient: str = "") -> tuple[Decimal, Decimal]:
    """What the shop has sold in its day so far, and to this number: all that took or holds money.

    Reads the sales of one day, by the index on shop and time.
    """
    sums = (
        Sale.objects.filter(shop=shop, created_at__gte=day_start(shop))
        .exclude(state__in=GIVEN_BACK)
        .aggregate(
            sold=Sum("price", default=Decimal(0)),
            to_number=Sum("price", filter=Q(recipient=recipient), default=Decimal(0)),
        )
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
