"""What the sell page offers for a number or an operator: candidates and groups of SKUs."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog.enums import Category
from catalog.lookup import Lookup, find_operator
from catalog.models import Country, Operator, Sku
from catalog.queries import sellable_skus
from topup.kinds import BY_CATEGORY
from topup.models import Shop
from topup.services.assortment import assortment_of
from topup.services.pricebooks import ShopRules, rules_for
from topup.services.pricing import expected_amounts


@dataclass(frozen=True)
class Tile:
    """One SKU to choose; what the customer will probably pay, and the shop earn."""

    sku: Sku
    price: Decimal | None
    commission: Decimal | None = None


@dataclass(frozen=True)
class Group:
    """SKUs under one heading; `layout` is amounts, ranges or list."""

    heading: str | Promise
    layout: str
    tiles: list[Tile]


@dataclass(frozen=True)
class Offer:
    """What the page shows below the number."""

    country: Country | None
    operator: Operator | None
    others: tuple[Operator, ...]
    was_found: bool  # the operator comes from the number, not from the agent
    groups: list[Group]

    @property
    def takes_number(self) -> bool:
        """True if anything here is sent to a number."""
        skus = (tile.sku for group in self.groups for tile in group.tiles)
        return any(sku.category != Category.PIN for sku in skus)


def offer_for(*, shop: Shop, msisdn: str, operator: Operator | None) -> Offer:
    """The operator that was chosen or found, its rivals, and what it has on sale."""
    lookup = find_operator(msisdn) if msisdn else None
    chosen = operator or (lookup.best if lookup else None)
    country = chosen.country if chosen else (lookup.country if lookup else None)
    others = lookup.candidates if lookup else ()
    return Offer(
        country=country,
        operator=chosen,
        others=tuple(other for other in others if other != chosen),
        was_found=operator is None and _is_certain(lookup),
        groups=_groups(shop, chosen) if chosen else [],
    )


def _is_certain(lookup: Lookup | None) -> bool:
    return bool(lookup and lookup.source == "provider" and lookup.best)


def _groups(shop: Shop, operator: Operator) -> list[Group]:
    on = assortment_of(shop, operator=operator)
    skus = [s for s in sellable_skus(operator) if s.category in BY_CATEGORY and on.sells(s)]
    known = rules_for(shop, skus=skus) if skus else None
    tiles = [_tile(sku, known, shop.currency) for sku in skus if known]
    found = [
        Group(heading, layout, [tile for tile in tiles if _place(tile.sku) == place])
        for place, heading, layout in _PLACES
    ]
    return [group for group in found if group.tiles]


def _tile(sku: Sku, known: ShopRules, currency: str) -> Tile:
    made = expected_amounts(known=known, sku=sku, currency=currency)
    return Tile(sku, made.price, made.commission) if made else Tile(sku, None)


_PLACES: tuple[tuple[str, Promise, str], ...] = (
    ("amount", _("Choose an amount"), "amounts"),
    ("range", _("Any amount"), "ranges"),
    ("bundle", _("Bundles"), "list"),
    ("pin", _("PINs"), "amounts"),
)


def _place(sku: Sku) -> str:
    if sku.category == Category.PIN:
        return "pin"
    if not sku.is_fixed:
        return "range"
    return "bundle" if sku.description or sku.validity else "amount"
