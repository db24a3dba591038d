"""Which operator a number belongs to.

`sandbox` knows eight numbers. `production` knows these and every country of
the catalogue but the United States and Spain, by dial code and operator prefix;
a number whose prefix nobody owns goes to one of the country's networks, always
the same.
"""

from typing import Any
from zlib import crc32

from valuetopup.simulator import arabic
from valuetopup.simulator.engine import Engine
from valuetopup.simulator.reads import LANGUAGE
from valuetopup.simulator.reply import Reply
from valuetopup.simulator.specs import CountrySpec, OperatorSpec, ProductSpec, SkuSpec

# number: country and the beginning of the operator's name
SANDBOX = {
    "18761234567": ("JM", "Digicel"),
    "18762234567": ("JM", "Flow"),
    "911234567890": ("IN", "Airtel"),
    "912345678901": ("IN", "Jio"),
    "923123456789": ("PK", "Zong"),
    "923234578901": ("PK", "Jazz"),
    "5212345678901": ("MX", "Telcel"),
    "522345678901": ("MX", "Movistar"),
}
NOT_SERVED = ("US", "ES")


def lookup(engine: Engine, query: dict[str, str]) -> Reply:
    """One row per top-up product of the number's operator; 501 for a number not known."""
    number = query["mobile"]
    operator = _in_sandbox(engine, number)
    if operator is None and engine.options.lookup == "production":
        operator = _in_production(engine, number)
    if operator is None:
        return Reply("501")
    overlay = engine.overlay()
    on_sale = [
        sku
        for sku in engine.catalogue.skus.values()
        if sku.category == "Rtr"
        and sku.product.operator.line == operator.line
        and not overlay.hides(sku.id)
    ]
    products = {sku.product.id: sku.product for sku in on_sale}
    found = [_row(p, [sku for sku in on_sale if sku.product is p]) for p in products.values()]
    if arabic.is_wanted(query[LANGUAGE]):
        found = [_in_arabic(row, products[row["productId"]]) for row in found]
    return Reply("000", found)


def _in_sandbox(engine: Engine, number: str) -> OperatorSpec | None:
    code, start = SANDBOX.get(number, ("", ""))
    for operator in engine.catalogue.operators:
        if operator.country.code == code and operator.name.startswith(start):
            return operator
    return None


def _in_production(engine: Engine, number: str) -> OperatorSpec | None:
    found = _country(engine, number)
    if found is None or found[1].code in NOT_SERVED:
        return None
    dial, country = found
    local = number[len(dial) :]
    if len(local) not in country.lengths:
        return None
    networks = [o for o in engine.catalogue.operators if o.country is country and o.prefixes]
    return _owner(local, networks)


def _country(engine: Engine, number: str) -> tuple[str, CountrySpec] | None:
    """The longest dial code wins; between countries that share one, the area code."""
    fitting = [(d, c) for d, c in engine.catalogue.by_dial_code if number.startswith(d)]
    fitting = [pair for pair in fitting if len(pair[0]) == len(fitting[0][0])]
    for dial, country in fitting:
        if number.removeprefix(dial).startswith(country.area_codes or "-"):
            return dial, country
    return next((pair for pair in fitting if not pair[1].area_codes), None)


def _owner(local: str, networks: list[OperatorSpec]) -> OperatorSpec | None:
    """The network with the longest fitting prefix, or one chosen by the number."""
    fits = [(len(p), o.line, o) for o in networks for p in o.prefixes if local.startswith(p)]
    if fits:
        return max(fits, key=lambda fit: (fit[0], -fit[1]))[2]
    return networks[crc32(local[:3].encode()) % len(networks)] if networks else None


def _row(product: ProductSpec, skus: list[SkuSpec]) -> dict[str, Any]:
    fixed = all(sku.is_fixed for sku in skus)
    return {
        "productId": product.id,
        "productName": product.name,
        "category": product.category,
        "countryCode": product.country.code,
        "operator": product.operator.name,
        "operatorId": product.operator.id,
        "denominationType": "Fixed" if fixed else "Range",
        "skus": [_flat(sku) for sku in skus],
    }


def _in_arabic(row: dict[str, Any], product: ProductSpec) -> dict[str, Any]:
    name = arabic.product_name(product)
    return row | {
        "productName": name, "skus": [sku | {"productName": name} for sku in row["skus"]]
    }  # fmt: skip


def _flat(sku: SkuSpec) -> dict[str, Any]:
    """A SKU in the flat form of v1, which the lookup may still use."""
    return {
        "skuId": sku.id,
        "productId": sku.product.id,
        "productName": sku.product.name,
        "faceValue": sku.low if sku.is_fixed else None,
        "minAmount": sku.low,
        "maxAmount": sku.high,
        "discount": sku.discount,
        "category": sku.category,
        "isSalesTaxCharged": sku.country.tax > 0,
        "currencyCode": sku.currency,
        "deliveryCurrencyCode": sku.delivered_currency,
        "countryCode": sku.country.code,
        "carrierName": sku.product.operator.name,
    }
