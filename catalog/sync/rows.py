"""From the lists as read to the rows that our tables should hold.

Operators are the pairs (operator, country) that products and SKUs name; the
operators' own list, which knows no country, gives names and pictures. Countries
and products that SKUs name but the lists lack are made from the SKUs.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from babel import Locale

from catalog.enums import Category
from catalog.sync import fields
from catalog.sync.fetch import Fetched
from valuetopup.types import Country, Product, Sku

_TERRITORIES = Locale("en").territories
Key = Any  # a country's code, an operator's (id, country code), a product's or SKU's id


@dataclass(frozen=True)
class Wanted:
    """One row as it should be. `links` are keys of rows of other tables."""

    values: dict[str, Any]
    links: dict[str, Key] = field(default_factory=dict)
    raw: dict[str, Any] = field(default_factory=dict)

    @property
    def row_hash(self) -> str:
        return fields.fingerprint(self.values, self.links, self.raw)


@dataclass(frozen=True)
class WantedRows:
    countries: dict[str, Wanted]
    operators: dict[tuple[int, str], Wanted]
    products: dict[int, Wanted]
    skus: dict[int, Wanted]


def wanted_rows(fetched: Fetched) -> WantedRows:
    """What the tables should hold, by the provider's keys. First of duplicates wins."""
    skus = [
        *((sku, Category.OTHER) for sku in fetched.skus),
        *((sku, Category.GIFT_CARD) for sku in fetched.gift_cards),
    ]
    rows: list[Product | Sku] = [*fetched.products, *(sku for sku, _fallback in skus)]
    return WantedRows(
        countries=_countries(fetched.countries, rows),
        operators=_operators(fetched, rows),
        products=_products(fetched.products, (sku for sku, _fallback in skus)),
        skus=_first((sku.sku_id, _sku(sku, fallback)) for sku, fallback in skus),
    )


def _first[K, V](pairs: Iterable[tuple[K, V]]) -> dict[K, V]:
    found: dict[K, V] = {}
    for key, value in pairs:
        found.setdefault(key, value)
    return found


def _code(text: str) -> str:
    code = text.strip().upper()
    return code if len(code) == 2 and code.isalnum() and code.isascii() else ""


def _countries(countries: list[Country], rows: list[Product | Sku]) -> dict[str, Wanted]:
    found = _first((code, _country(row)) for row in countries if (code := _code(row.code)))
    for row in rows:
        code = _code(row.country_code)
        if code and code not in found:
            found[code] = Wanted(values={"name": _TERRITORIES.get(code, code)[:100]})
    return found


def _country(row: Country) -> Wanted:
    return Wanted(
        values={
            "name": fields.text(row.name, 100) or row.code,
            "region": fields.text(row.region, 100),
            "dial_codes": list(row.dial_codes),
            "area_codes": list(row.area_codes),
            "number_length": fields.small(row.number_length),
        },
        raw=fields.plain(row.raw),
    )


def _operators(fetched: Fetched, rows: list[Product | Sku]) -> dict[tuple[int, str], Wanted]:
    listed = {
        (operator.operator_id, _code(code)): operator
        for code, operators in fetched.operators.items()
        for operator in operators
    }
    found: dict[tuple[int, str], Wanted] = {}
    for row in rows:
        key = _operator_key(row)
        if key is None or key in found:
            continue
        operator = listed.get(key)
        name = (operator.name if operator else "") or row.operator_name
        found[key] = Wanted(
            values={
                "name": fields.text(name, 120) or f"#{key[0]}",
                "image_url": fields.text(operator.image_url if operator else "", 300),
            },
            raw=fields.plain(operator.raw) if operator else {},
        )
    return found


def _operator_key(row: Product | Sku) -> tuple[int, str] | None:
    code = _code(row.country_code)
    return (row.operator_id, code) if row.operator_id is not None and code else None


def _products(products: list[Product], skus: Iterable[Sku]) -> dict[int, Wanted]:
    found = _first((row.product_id, _product(row)) for row in products)
    for sku in skus:
        if sku.product_id is not None and sku.product_id not in found:
            found[sku.product_id] = _product_of(sku)
    return found


def _product(row: Product) -> Wanted:
    return Wanted(
        values={
            "category": fields.category(row.category).value,
            "name": fields.text(row.name, 200) or f"#{row.product_id}",
            "description": fields.text(row.description),
            "image_url": fields.text(row.image_url, 300),
            "require_fetch_bundle": row.require_fetch_bundle,
        },
        links={"country": _code(row.country_code) or None, "operator": _operator_key(row)},
        raw=fields.plain(row.raw),
    )


def _product_of(sku: Sku) -> Wanted:
    return Wanted(
        values={
            "category": fields.category(sku.category).value,
            "name": fields.text(sku.product_name, 200) or f"#{sku.product_id}",
            "require_fetch_bundle": sku.require_fetch_bundle,
        },
        links={"country": _code(sku.country_code) or None, "operator": _operator_key(sku)},
    )


def _sku(row: Sku, fallback: Category) -> Wanted:
    return Wanted(
        values={
            "category": fields.category(row.category, fallback=fallback).value,
            "name": fields.text(row.name, 250) or f"#{row.sku_id}",
            **_amounts(row),
            "exchange_rate": fields.amount(row.exchange_rate, places=8),
            "fee": fields.amount(row.fee),
            "sales_tax": fields.amount(row.sales_tax),
            "is_sales_tax_charged": row.is_sales_tax_charged,
            "allow_decimal": row.allow_decimal,
            "local_number_length": fields.small(row.local_number_length),
            "dial_codes": list(row.dial_codes),
            "validity": fields.text(row.validity, 60),
            "benefit_type": fields.text(row.benefit_type, 60),
            "description": fields.text(row.description),
            "additional_information": fields.text(row.additional_information),
            "require_fetch_bundle": row.require_fetch_bundle,
        },
        links={
            "country": _code(row.country_code) or None,
            "operator": _operator_key(row),
            "product": row.product_id,
        },
        raw=fields.plain(row.raw),
    )


def _amounts(row: Sku) -> dict[str, Any]:
    low, high = row.min, row.max
    return {
        "min_face_value": fields.amount(low.face_value),
        "max_face_value": fields.amount(high.face_value),
        "face_currency": _one_currency(low.face_currency, high.face_currency),
        "min_delivered": fields.amount(low.delivered_amount),
        "max_delivered": fields.amount(high.delivered_amount),
        "delivered_currency": _one_currency(low.delivered_currency, high.delivered_currency),
        "min_cost": fields.amount(low.cost),
        "max_cost": fields.amount(high.cost),
        "cost_currency": _one_currency(low.cost_currency, high.cost_currency),
    }


def _one_currency(low: str, high: str) -> str:
    """The currency of both ends; nothing if they disagree."""
    codes = {code for code in (fields.currency(low), fields.currency(high)) if code}
    return codes.pop() if len(codes) == 1 else ""
