"""The calls that only read: catalogue lists, gift card pages, bundles, bills, promotions."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zlib import crc32

from valuetopup.simulator import arabic, checks, pictures, rows
from valuetopup.simulator.catalogue import CATEGORY_IDS
from valuetopup.simulator.engine import Engine
from valuetopup.simulator.faults import TRIGGERS
from valuetopup.simulator.messages import UNKNOWN_ID, error_rows
from valuetopup.simulator.rates import cents
from valuetopup.simulator.reply import Reply
from valuetopup.simulator.specs import OperatorSpec, ProductSpec, SkuSpec

Query = dict[str, str]
PAGE = 100
LANGUAGE, HOST = ":language", ":host"  # headers that a read may look at, beside its query


class BadQueryError(ValueError):
    """A query parameter that the provider cannot bind (HTTP 400)."""


def number_in(query: Query, name: str) -> int | None:
    """A whole number of the query, None if absent. Raises BadQueryError."""
    text = query.get(name.lower())
    if not text:
        return None
    if not re.fullmatch(r"-?\d{1,18}", text, re.ASCII):
        raise BadQueryError(f"The value '{text}' is not valid for {name}.")
    return int(text)


def countries(engine: Engine, query: Query) -> Reply:
    listed = sorted(engine.catalogue.countries.values(), key=lambda country: country.name)
    hidden = engine.overlay().empty
    return Reply("000", [] if hidden else [rows.country_row(country) for country in listed])


def operators(engine: Engine, query: Query) -> Reply:
    wanted, code = number_in(query, "operatorId"), query.get("countrycode")
    found: dict[int, OperatorSpec] = {}
    for operator in engine.catalogue.operators:
        if wanted in (None, operator.id) and code in (None, "", operator.country.code):
            found.setdefault(operator.id, operator)
    hidden = engine.overlay().empty
    listed = [] if hidden else [rows.operator_row(row) for row in found.values()]
    return Reply("000", _with_pictures(listed, query))


def products(engine: Engine, query: Query) -> Reply:
    operator, category = number_in(query, "operatorId"), number_in(query, "categoryId")
    code, overlay = query.get("countrycode"), engine.overlay()
    alive = {sku.product.id for sku in engine.catalogue.skus.values() if not overlay.hides(sku.id)}

    def wanted(product: ProductSpec) -> bool:
        return (
            product.id in alive
            and operator in (None, product.operator.id)
            and category in (None, CATEGORY_IDS[product.category])
            and code in (None, "", product.country.code)
        )

    found = filter(wanted, engine.catalogue.products.values())
    return Reply("000", _with_pictures([rows.product_row(row) for row in found], query))


def skus(engine: Engine, query: Query) -> Reply:
    """Everything but gift cards; other parameters than the two are ignored."""
    product, sku_id = number_in(query, "productId"), number_in(query, "skuId")
    found = [
        sku
        for sku in engine.catalogue.skus.values()
        if sku.category != "GiftCard"
        and product in (None, sku.product.id)
        and sku_id in (None, sku.id)
    ]
    return Reply("000", _sku_rows(engine, found, query))


def gift_card_skus(engine: Engine, query: Query) -> Reply:
    """One page; the cursor is a SKU id, inclusive. `next` counts what remains."""
    product, sku_id = number_in(query, "productId"), number_in(query, "skuId")
    cursor, size = number_in(query, "cursor") or 0, number_in(query, "pageSize")
    size = PAGE if size is None else size
    if not 1 <= size <= PAGE:
        raise BadQueryError("pageSize must be between 1 and 100.")
    code, overlay = query.get("countrycode"), engine.overlay()

    def wanted(sku: SkuSpec) -> bool:
        return (
            sku.category == "GiftCard"
            and sku.id >= cursor
            and product in (None, sku.product.id)
            and sku_id in (None, sku.id)
            and code in (None, "", sku.country.code)
            and not overlay.hides(sku.id)
        )

    found = sorted(filter(wanted, engine.catalogue.skus.values()), key=lambda sku: sku.id)
    page, rest = found[:size], found[size:]
    more = {"next": len(rest), "next_cursor": rest[0].id if rest else 0}
    return Reply("000", _sku_rows(engine, page, query), extra=more)


def exchange_rate(engine: Engine, query: Query) -> Reply:
    sku = _sku(engine, number_in(query, "skuId"))
    if sku is None:
        return Reply("510")
    return Reply(
        "000",
        {
            "skuId": sku.id,
            "productName": sku.product.name,
            "currencyCode": sku.delivered_currency,
            "exchangeRate": rows.exchange_rate(sku, wallet=engine.options.currency),
        },
    )


def errors(engine: Engine, query: Query) -> Reply:
    return Reply("000", error_rows(), message="Success")


def bundles(engine: Engine, query: Query) -> Reply:
    """The offers for one number: always the same for the same number, at least one."""
    product = engine.catalogue.products.get(number_in(query, "productId") or 0)
    number, overlay = query["mobilenumber"], engine.overlay()
    if product is None:
        return Reply("510")
    try:
        checks.check_number(number, product.country)
    except checks.Refusal as refusal:
        return Reply(refusal.code)
    if number[-4:] in TRIGGERS and TRIGGERS[number[-4:]].final == "501":
        return Reply("501")
    all_of_it = [sku for sku in engine.catalogue.skus.values() if sku.product is product]
    offered = [s for s in all_of_it if crc32(f"{number}{s.id}".encode()) % 4] or all_of_it[:1]
    return Reply("000", engine.catalogue.sku_rows(offered, overlay))


def fetch_account(engine: Engine, query: Query) -> Reply:
    """What is owed on a bill account; the figure follows from the account number."""
    sku, number = _sku(engine, number_in(query, "skuId")), query.get("accountnumber", "")
    if sku is None:
        return Reply("510")
    if sku.category != "BillPay" or not number or number.endswith("0501"):
        return Reply("501")
    low = max(sku.low, sku.low + (sku.high - sku.low) / 50)
    owed = cents(low + (sku.high - low) * (crc32(number.encode()) % 97) / 400)
    return Reply(
        "000",
        {
            "accountNumber": number,
            "customerName": "A. Customer",
            "billAmount": owed,
            "currencyCode": sku.currency,
            "dueDate": None,
        },
    )


def current_promotions(engine: Engine, query: Query) -> Reply:
    return Reply("000", _promotions(engine, first_day=-1))


def upcoming_promotions(engine: Engine, query: Query) -> Reply:
    return Reply("000", _promotions(engine, first_day=5))


def esim_status(engine: Engine, query: Query) -> Reply:
    with engine.lock:
        order = engine.book.by_iccid.get(query["iccid"])
        if order is None:
            return Reply(UNKNOWN_ID)
        sku = engine.catalogue.skus[order.sku_id]
    return Reply(
        "000",
        [
            {
                "iccid": query["iccid"],
                "bundleName": sku.description,
                "totalData": 1024,
                "remainingData": 512,
                "unit": "MB",
                "status": "Active",
                "expiryDate": None,
            }
        ],
    )


def balance(engine: Engine, query: Query) -> Reply:
    return Reply("000", engine.balance())


def status(engine: Engine, query: Query) -> Reply:
    return engine.status(query["corelationid"])


def gift_card(engine: Engine, query: Query) -> Reply:
    return engine.gift_card(number_in(query, "id") or 0)


def _sku_rows(engine: Engine, skus: list[SkuSpec], query: Query) -> list[dict[str, Any]]:
    """Rows of a list, in the language that was asked for."""
    listed = engine.catalogue.sku_rows(skus, engine.overlay())
    if arabic.is_wanted(query[LANGUAGE]):
        known = engine.catalogue.skus
        listed = [arabic.sku_row(row, known[row["skuId"]]) for row in listed]
    return _with_pictures(listed, query)


def _with_pictures(listed: list[dict[str, Any]], query: Query) -> list[dict[str, Any]]:
    return [pictures.at_home(row, query[HOST]) for row in listed]


def _sku(engine: Engine, sku_id: int | None) -> SkuSpec | None:
    sku = engine.catalogue.skus.get(sku_id or 0)
    return None if sku is None or engine.overlay().hides(sku.id) else sku


def _promotions(engine: Engine, *, first_day: int) -> list[dict[str, Any]]:
    """One promotion for every seventh (or next to seventh) product of a range or of amounts."""
    today = datetime.fromtimestamp(engine.clock(), UTC).replace(
        hour=0, minute=0, second=0, microsecond=0, tzinfo=None
    )
    dearest = {
        sku.product.id: sku
        for sku in engine.catalogue.skus.values()
        if sku.category == "Rtr" and not sku.description and sku.high >= 20
    }
    ranges = [sku for sku in dearest.values() if not sku.is_fixed]
    amounts = [sku for sku in dearest.values() if sku.is_fixed]
    first = 0 if first_day < 0 else 1
    return [
        _promotion(sku, today + timedelta(days=first_day))
        for sku in [*ranges[first::7], *amounts[first::7]]
    ]


def _promotion(sku: SkuSpec, start: datetime) -> dict[str, Any]:
    product = sku.product
    times = 2 + sku.id % 2
    return {
        "promotionName": f"{product.operator.name.strip()} {product.country.name} {times}X",
        "startDate": start.isoformat(),
        "endDate": (start + timedelta(days=2, hours=23, minutes=59)).isoformat(),
        "description": "Double credit" if times == 2 else "Triple credit",
        "restriction": "Prepaid only",
        "promotionMinMax": {
            "currencyCode": sku.currency,
            "minAmount": Decimal(10) if not sku.is_fixed else cents(sku.high / 5),
            "maxAmount": sku.high,
        },
        "product": {
            "productId": product.id,
            "productName": product.name,
            "countryCode": product.country.code,
            "operatorName": product.operator.name,
        },
    }
