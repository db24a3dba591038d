"""Reads the tables under `data/` into specs.

A country opens a block, its operators follow, one a line:

    = 12 JM Jamaica | Caribbean | dial 1876 | length 7 | JMD
    Digicel | prefix 2 3 4 | discount 7 | fixed USD 5 10 | range USD 3-100 |
    bundle JMD 250=1 GB + 50 min/3D, 600=4 GB/14D

(one line in the file). `= 201 IT` opens a further block of a country known
already. Offers: fixed, range, bundle, dynamic (bundles that
must be fetched), pin, bill, gift, esim, sim. Ids come from the country's
number, the line's place in its block, the offer's place in this list and the
denomination's place in the offer: append, never insert.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

from valuetopup.simulator.specs import CountrySpec, OperatorSpec, ProductSpec, SkuSpec

DATA = Path(__file__).parent / "data"

# offer: number in ids, category string, product name
OFFERS = {
    "fixed": (1, "Rtr", "{op} {country}"),
    "range": (2, "Rtr", "{op}-{country}"),
    "bundle": (3, "Rtr", "{op} {country} Bundles"),
    "dynamic": (4, "Rtr", "{op} {country} Plans"),
    "pin": (5, "Pin", "{op} PIN {code}"),
    "bill": (6, "BillPay", "{op} {country}"),
    "gift": (7, "GiftCard", "{op} {code}"),
    "esim": (8, "eSIM", "{op} eSIM"),
    "sim": (9, "Sim", "{op} SIM {code}"),
}


Block = tuple[OperatorSpec, list[tuple[ProductSpec, list[SkuSpec]]]]


class Entry(NamedTuple):
    """One denomination as a table writes it."""

    low: Decimal
    high: Decimal
    text: str | None = None
    validity: str | None = None


def read_all() -> Iterator[Block]:
    """Every operator of every table with its products and their SKUs."""
    known: dict[str, CountrySpec] = {}
    for path in sorted(DATA.glob("*.txt")):
        yield from _read(path.read_text(encoding="utf-8"), known)


def _read(text: str, known: dict[str, CountrySpec]) -> Iterator[Block]:
    number, place, code = 0, 0, ""
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("="):
            number, code, place = int(line.split()[1]), line.split()[2], 0
            if "|" in line:
                known[code] = _country(line[1:])
            continue
        place += 1
        yield _operator(line, known[code], number * 100 + place)


def _country(line: str) -> CountrySpec:
    head, region, *clauses = (part.strip() for part in line.split("|"))
    number, code, name = head.split(maxsplit=2)
    currency = next(clause for clause in clauses if " " not in clause)
    given = {clause.split()[0]: clause.split()[1:] for clause in clauses}
    return CountrySpec(
        no=int(number),
        code=code,
        name=name,
        region=region,
        dial_codes=tuple(given["dial"]),
        lengths=tuple(int(length) for length in given["length"]),
        currency=currency,
        area_codes=tuple(given.get("areas", ())),
        tax=Decimal(given.get("tax", ["0"])[0]),
    )


def _operator(line: str, country: CountrySpec, number: int) -> Block:
    name, *clauses = (part.strip() for part in line.split("|"))
    settings, offers = {}, []
    for clause in clauses:
        word, _, rest = clause.partition(" ")
        if word in OFFERS:
            offers.append((word, rest))
        else:
            settings[word] = rest
    operator = OperatorSpec(
        id=int(settings.get("id", number)),
        line=number,
        name=name + _trailing_space(name, 17),
        country=country,
        prefixes=tuple(settings.get("prefix", "").split()),
    )
    discount = Decimal(settings.get("discount", str(4 + crc32(name.encode()) % 9)))
    return operator, [_product(operator, word, rest, discount) for word, rest in offers]


def _product(
    operator: OperatorSpec, word: str, rest: str, discount: Decimal
) -> tuple[ProductSpec, list[SkuSpec]]:
    number, category, pattern = OFFERS[word]
    country = operator.country
    name = pattern.format(op=operator.name.strip(), country=country.name, code=country.code)
    product = ProductSpec(
        id=operator.line * 10 + number,
        name=name + _trailing_space(name, 11),
        category=category,
        operator=operator,
        requires_bundle=word == "dynamic",
    )
    currency, _, listed = rest.partition(" ")
    entries = _entries(listed)
    return product, [
        _sku(product, currency, entry, place, discount)
        for place, entry in enumerate(entries, start=1)
    ]


def _entries(listed: str) -> list[Entry]:
    if "=" in listed:
        return [_bundle(part.strip()) for part in listed.split(",")]
    return [_denomination(part) for part in listed.split()]


def _bundle(part: str) -> Entry:
    price, _, text = part.partition("=")
    text, _, validity = text.rpartition("/")
    return Entry(_money(price), _money(price), text, validity)


def _denomination(part: str) -> Entry:
    low, _, high = part.partition("-")
    return Entry(_money(low), _money(high or low))


def _money(text: str) -> Decimal:
    return Decimal(text).quantize(Decimal("0.01"))


def _sku(
    product: ProductSpec, currency: str, entry: Entry, place: int, discount: Decimal
) -> SkuSpec:
    fixed = entry.low == entry.high
    brand = product.category == "GiftCard"
    amounts = f"{entry.low} {currency}" if fixed else f"{entry.low} - {entry.high} {currency}"
    name = f"{product.name.strip()} ({amounts})" if brand else f"{product.name.strip()} {amounts}"
    local = product.country.currency
    delivers_face = product.category not in ("Rtr", "BillPay")
    return SkuSpec(
        id=product.id * 100 + place,
        name=name,
        product=product,
        low=entry.low,
        high=entry.high,
        currency=currency,
        delivered_currency=currency if delivers_face else local,
        discount=discount,
        fee=Decimal("0.50") if product.category == "BillPay" else Decimal("0.00"),
        allow_decimal=not fixed and product.id % 3 != 0,
        validity=entry.validity,
        description=_describe(entry),
        benefit=_benefit(entry.text),
    )


def _describe(entry: Entry) -> str | None:
    if entry.text is None:
        return None
    days = re.fullmatch(r"(\d+)D", entry.validity or "")
    return f"{entry.text}\n{days[1]} days validity" if days else entry.text


def _benefit(text: str | None) -> str | None:
    if text is None:
        return None
    return "Data" if "GB" in text or "MB" in text else "Voice"


def _trailing_space(name: str, every: int) -> str:
    """The provider's names end in a space now and then; so do a few of ours."""
    return " " if crc32(name.encode()) % every == 0 else ""
