"""What is sold again and again: a person's last goods, and those starred at the shop."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q

from catalog.models import Sku
from catalog.queries import sellable
from topup.models import Favourite, Person, Sale, Shop
from topup.services.assortment import assortment_of

LOOKED_AT = 40  # a person's latest sales
MOST = 6
Goods = tuple[int, Decimal]  # a SKU and its face value


@dataclass(frozen=True)
class Often:
    """Goods that are a press away. `is_starred`: by the person who looks."""

    sku: Sku
    face_value: Decimal
    is_starred: bool
    is_of_shop: bool  # it stands among the favourites


def set_star(*, person: Person, shop: Shop, sku: Sku, face_value: Decimal, is_on: bool) -> None:
    """Star goods, or take the star away. Safe to repeat."""
    goods: dict[str, Any] = {"shop": shop, "person": person, "sku": sku, "face_value": face_value}
    if is_on:
        Favourite.objects.get_or_create(**goods)
    else:
        Favourite.objects.filter(**goods).delete()


def often_sold(*, person: Person, shop: Shop) -> list[Often]:
    """The shop's favourites, most stars first, then what the person sold last; still on sale.

    Four queries, however much was sold.
    """
    starred = _starred(person, shop)
    recent = [goods for goods in _recent(person) if goods not in starred][:MOST]
    skus = _on_sale(shop, {sku_id for sku_id, _face in [*starred, *recent]})
    made = [(goods, starred.get(goods, False), goods in starred) for goods in [*starred, *recent]]
    return [
        Often(skus[sku_id], face, is_own, is_of_shop)
        for (sku_id, face), is_own, is_of_shop in made if sku_id in skus
    ]  # fmt: skip


def _starred(person: Person, shop: Shop) -> dict[Goods, bool]:
    """The goods with most stars; True where one is this person's."""
    rows = Favourite.objects.filter(shop=shop).values("sku", "face_value")
    counted = rows.annotate(stars=Count("id"), own=Count("id", filter=Q(person=person)))
    best = counted.order_by("-stars", "sku", "face_value")[:MOST]
    return {(row["sku"], row["face_value"]): bool(row["own"]) for row in best}


def _recent(person: Person) -> list[Goods]:
    sales = Sale.objects.filter(agent=person).order_by("-pk")
    rows = sales.values_list("sku", "face_value")[:LOOKED_AT]
    return [*dict.fromkeys((sku_id, face) for sku_id, face in rows if sku_id)]


def _on_sale(shop: Shop, ids: set[int]) -> dict[int, Sku]:
    if not ids:
        return {}
    rows = sellable().filter(pk__in=ids, operator__isnull=False)
    rows = rows.select_related("operator", "country", "product").defer(
        "raw", "operator__raw", "country__raw", "product__raw"
    )
    on = assortment_of(shop)
    return {sku.pk: sku for sku in rows if on.sells(sku)}
