"""Goods of every kind, as a sync would write them."""

from catalog.enums import Category
from catalog.models import Country, Operator, Product, Sku
from catalog.provider import client
from catalog.sync import fields
from catalog.sync import rows as sync_rows


def some_skus(category, word="", *, most=1):
    """SKUs as the sync would write them, the first whose operator or product has this word."""
    told = client()
    rows = told.gift_card_skus() if category == Category.GIFT_CARD else told.skus()
    found = [r for r in rows if fields.category(r.category) == category
             and word in f"{r.operator_name} {r.product_name}".casefold()]  # fmt: skip
    return [_written(row, category) for row in found[:most]]


def a_sku(category, word=""):
    """The first of them."""
    return some_skus(category, word)[0]


def _written(row, category):
    country, _new = Country.objects.get_or_create(
        code=row.country_code,
        defaults={"name": row.country_code, "dial_codes": list(row.dial_codes)},
    )
    operator, _new = Operator.objects.get_or_create(
        provider_id=row.operator_id, country=country, defaults={"name": row.operator_name}
    )
    product, _new = Product.objects.get_or_create(
        provider_id=row.product_id,
        defaults={"name": row.product_name, "category": category, "operator": operator,
                  "country": country, "require_fetch_bundle": row.require_fetch_bundle},
    )  # fmt: skip
    values = sync_rows._sku(row, category).values
    return Sku.objects.create(
        provider_id=row.sku_id, operator=operator, country=country, product=product,
        row_hash=str(row.sku_id), **values,
    )  # fmt: skip
