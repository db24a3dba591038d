"""What the sell page offers for a number or an operator: candidates and groups of SKUs."""

from dataclasses import dataclass, field, replace
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog.lookup import Lookup, find_operator
from catalog.models import Country, Operator, Sku
from catalog.queries import sellable_skus
from portal import weatherwords
from topup.kinds import BY_CATEGORY, KINDS
from topup.kinds.base import Number
from topup.models import Kind, Shop
from topup.services import bundles
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
    """What the page shows below the number.

    `waits_for_number`: some bundles depend on a number that is not there yet.
    `lacks_bundles`: the list of the number could not be had.
    `says_other`: the lookup names another operator than the one that worked last.
    """

    country: Country | None = None
    operator: Operator | None = None
    others: tuple[Operator, ...] = ()
    was_found: bool = False  # the operator comes from the number, not from the agent
    groups: list[Group] = field(default_factory=list)
    waits_for_number: bool = False
    lacks_bundles: bool = False
    says_other: Operator | None = None

    @property
    def takes_number(self) -> bool:
        """True if anything here is sent to a number."""
        skus = (tile.sku for group in self.groups for tile in group.tiles)
        return any(KINDS[BY_CATEGORY[sku.category]].NUMBER == Number.NEEDED for sku in skus)


def offer_for(
    *, shop: Shop, msisdn: str, operator: Operator | None, remembered: int | None = None
) -> Offer:
    """The operator that was chosen or found, its rivals, and what it has on sale.

    `remembered`: the one that worked last for this number; before what the lookup says.
    """
    lookup = find_operator(msisdn) if msisdn else None
    others = lookup.candidates if lookup else ()
    worked = next((one for one in others if one.pk == remembered), None)
    best = lookup.best if lookup else None
    chosen = operator or worked or best
    country = chosen.country if chosen else (lookup.country if lookup else None)
    found = Offer(
        country=country,
        operator=chosen,
        others=tuple(other for other in others if other != chosen),
        was_found=operator is None and worked in (None, best) and _is_certain(lookup),
        says_other=best if operator is None and _disagree(lookup, worked) else None,
    )
    weatherwords.tell([*others, *([chosen] if chosen else [])], shop)
    if chosen is None or _is_closed(chosen):
        return found
    return _with_goods(found, shop, chosen, msisdn)


def _is_closed(operator: Operator) -> bool:
    """Paused, or closed by hand: nothing of it is offered."""
    told = getattr(operator, "told_weather", None)
    return bool(told and told.is_closed)


def _disagree(lookup: Lookup | None, worked: Operator | None) -> bool:
    return bool(lookup and worked and _is_certain(lookup) and worked != lookup.best)


def _is_certain(lookup: Lookup | None) -> bool:
    return bool(lookup and lookup.source == "provider" and lookup.best)


def _with_goods(offer: Offer, shop: Shop, operator: Operator, msisdn: str) -> Offer:
    on = assortment_of(shop, operator=operator)
    skus = [*sellable_skus(operator)]
    listed = bundles.products_of(operator)
    by_number = bundles.bundles_for(products=listed if msisdn else (), msisdn=msisdn)
    apart = by_number.asked if msisdn else frozenset(product.pk for product in listed)
    skus = [s for s in skus if s.product_id not in apart and not bundles.demands(s)]
    skus += by_number.skus
    skus = [s for s in skus if s.category in BY_CATEGORY and on.sells(s)]
    return replace(
        offer,
        groups=_groups(shop, skus),
        waits_for_number=bool(listed) and not msisdn,
        lacks_bundles=bool(by_number.failed),
    )


def _groups(shop: Shop, skus: list[Sku]) -> list[Group]:
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


#: Layouts: amounts side by side; ranges with a field each; a list with words.
_PLACES: tuple[tuple[str, Promise, str], ...] = (
    ("amount", _("Choose an amount"), "amounts"),
    ("range", _("Any amount"), "ranges"),
    ("number", _("Bundles of this number"), "list"),
    ("bundle", _("Bundles"), "list"),
    ("bill", _("Bills"), "list"),
    ("pin", _("PINs"), "amounts"),
    ("gift_card", _("Gift cards"), "amounts"),
    ("gift_card_range", _("Gift cards, any amount"), "ranges"),
    ("esim", _("eSIMs"), "list"),
)
_KINDS = {Kind.PIN: "pin", Kind.BILL: "bill", Kind.ESIM: "esim"}


def _place(sku: Sku) -> str:
    kind = Kind(BY_CATEGORY[sku.category])
    if kind in _KINDS:
        return _KINDS[kind]
    if kind == Kind.GIFT_CARD:
        return "gift_card" if sku.is_fixed else "gift_card_range"
    if bundles.demands(sku) or (sku.product and sku.product.require_fetch_bundle):
        return "number"
    if not sku.is_fixed:
        return "range"
    return "bundle" if sku.description or sku.validity else "amount"
