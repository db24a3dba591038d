"""What a kiosk has to choose from: kinds, countries, operators and goods.

The shop's own assortment, without what only a person at the counter can ask for: bills, and
goods that want something secret. Prices here are expected ones; the read-back has the quote.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog import queries
from catalog.lookup import find_operator
from catalog.models import Country, Operator, Sku
from portal import weatherwords
from portal.offers import Group, Offer, offer_for
from portal.visit import Visit
from topup import pacing
from topup.kinds import BY_CATEGORY, KINDS
from topup.models import Kind, Shop
from topup.services.assortment import assortment_of

#: Whose number it is, asked of the provider from the kiosks of a shop; in seconds.
MOST_LOOKUPS, LOOKUPS_IN = 300, 600


@dataclass(frozen=True)
class Deed:
    """One thing that a customer can want: a picture, and words."""

    kind: str
    icon: str
    label: str | Promise
    hint: str | Promise


_DEEDS = (
    Deed(Kind.AIRTIME, "smartphone", _("Top up a phone"), _("Credit, internet and bundles")),
    Deed(Kind.PIN, "ticket", _("Code to type in"), _("A PIN on paper, for calls or credit")),
    Deed(Kind.GIFT_CARD, "gift", _("Gift card"), _("For games, music, shops and more")),
    Deed(Kind.ESIM, "card-sim", _("eSIM for travel"), _("Internet abroad, without a card")),
)


@dataclass(frozen=True)
class Choice:
    """An operator to choose; `is_found`: the number seems to be its."""

    operator: Operator
    is_found: bool = False

    @property
    def trouble(self) -> str:
        """Why nothing of it is sold now; "" if it is sold."""
        told = getattr(self.operator, "told_weather", None)
        return told.short if told and told.is_closed else ""


def deeds(shop: Shop) -> list[Deed]:
    """The kinds that the shop has something of."""
    on_sale = queries.categories_on_sale(
        [KINDS[deed.kind].CATEGORY for deed in _DEEDS], apart=assortment_of(shop).switched_off
    )
    return [deed for deed in _DEEDS if KINDS[deed.kind].CATEGORY in on_sale]


def is_kind(kind: str) -> bool:
    return any(deed.kind == kind for deed in _DEEDS)


def countries(shop: Shop, kind: str) -> list[Country]:
    """The countries with something of a kind."""
    off = assortment_of(shop).switched_off
    return list(queries.countries(category=_categories(kind), apart=off))


def choices(shop: Shop, visit: Visit) -> list[Choice]:
    """The operators to choose from, the one that the number seems to belong to first."""
    if visit.kind == Kind.AIRTIME:
        lookup = find_operator(visit.msisdn, asks=_may_ask(shop))
        candidates, best = list(lookup.candidates), lookup.best
    else:
        country = chosen_country(visit)
        candidates, best = list(queries.operators(country) if country else ()), None
    on_sale = _on_sale(shop, visit.kind, candidates)
    weatherwords.tell(on_sale, shop)
    found = [Choice(one, is_found=one == best) for one in on_sale]
    return sorted(found, key=lambda choice: not choice.is_found)


def _may_ask(shop: Shop) -> bool:
    """Nobody is refused for it: without the provider all operators of the country are there."""
    return pacing.may("kiosk-lookup", str(shop.pk), most=MOST_LOOKUPS, seconds=LOOKUPS_IN)


def _on_sale(shop: Shop, kind: str, candidates: Iterable[Operator]) -> list[Operator]:
    rows = Operator.objects.filter(pk__in=[one.pk for one in candidates])
    off = assortment_of(shop).switched_off
    keys = set(
        queries.with_something_sellable(rows, category=_categories(kind), apart=off).values_list(
            "pk", flat=True
        )
    )
    return [one for one in candidates if one.pk in keys]


def goods(shop: Shop, visit: Visit) -> Offer:
    """What the chosen operator has of the chosen kind, in groups."""
    operators = Operator.objects.select_related("country").defer("raw", "country__raw")
    operator = operators.filter(pk=visit.operator).first()
    if operator is None:
        return Offer()
    offer = offer_for(shop=shop, msisdn=visit.msisdn, operator=operator)
    groups = [_fitting(group, visit.kind) for group in offer.groups]
    return replace(offer, groups=[group for group in groups if group.tiles])


def sku_of(shop: Shop, visit: Visit, pk: int) -> Sku | None:
    """A SKU that is among the goods; None for any other."""
    tiles = (tile for group in goods(shop, visit).groups for tile in group.tiles)
    return next((tile.sku for tile in tiles if tile.sku.pk == pk), None)


def chosen_country(visit: Visit) -> Country | None:
    """The country of the visit, of the number or of goods without one."""
    known = Country.objects.defer("raw")
    return known.filter(pk=visit.country).first() if visit.country else None


def chosen_sku(visit: Visit) -> Sku | None:
    """The SKU of the visit, with what its screens show."""
    skus = Sku.objects.select_related("operator", "country", "product").defer("raw")
    return skus.filter(pk=visit.sku).first()


def takes_amount(sku: Sku) -> bool:
    """True where the customer says how much: a range of a kind whose order names an amount."""
    return not sku.is_fixed and bool(KINDS[BY_CATEGORY[sku.category]].TAKES_AMOUNT)


def _fitting(group: Group, kind: str) -> Group:
    return replace(group, tiles=[tile for tile in group.tiles if is_for_kiosk(tile.sku, kind)])


def is_for_kiosk(sku: Sku, kind: str) -> bool:
    """True for goods of this kind that want nothing secret."""
    if BY_CATEGORY.get(sku.category) != kind or not is_kind(kind):
        return False
    return not any(one.is_secret and one.is_required for one in KINDS[kind].fields(sku))


def _categories(kind: str) -> list[str]:
    return [KINDS[kind].CATEGORY] if is_kind(kind) else []
