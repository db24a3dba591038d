"""The simulator's catalogue against the world: dial codes, lengths, currencies, names.

The facts come from libphonenumber and CLDR, not from the tables themselves.
"""

import unicodedata
from collections import Counter
from decimal import Decimal
from functools import cache
from typing import Any

import phonenumbers
import pytest
from babel import Locale
from babel.numbers import get_territory_currencies, list_currencies

from valuetopup.simulator import rows
from valuetopup.simulator.catalogue import CATEGORY_IDS, Catalogue, Overlay
from valuetopup.simulator.rates import RATES
from valuetopup.simulator.specs import CountrySpec, OperatorSpec, SkuSpec
from valuetopup.simulator.tables import read_all

CATALOGUE = Catalogue("USD")
COUNTRIES = sorted(CATALOGUE.countries.values(), key=lambda country: country.code)
OPERATORS = CATALOGUE.operators
SKUS = list(CATALOGUE.skus.values())
CATEGORIES = ["Rtr", "Pin", "BillPay", "Sim", "GiftCard", "eSIM"]

#: Everyday names, where CLDR's are others.
NAMES = {"CD": "Congo (DRC)", "TR": "Turkey"}
#: Lengths no longer in use, which the provider's own test numbers still have.
OLD_LENGTHS = {("MX", 11), ("BJ", 8)}
#: Money that is used beside a country's own.
SHARED = {"USD", "EUR"}


def plain(name: str) -> str:
    """Without accents, in the long form."""
    text = unicodedata.normalize("NFKD", name).replace("\u2019", "'")
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    return text.replace("&", "and").replace("St.", "Saint")


def per_country(items: list[Any] = COUNTRIES) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("country", items, ids=lambda country: country.code)


# Sizes


def test_it_is_as_large_as_it_should_be() -> None:
    assert len(COUNTRIES) >= 40
    assert len({operator.id for operator in OPERATORS}) >= 120
    assert len(SKUS) >= 900


def test_every_category_is_sold() -> None:
    counts = Counter(sku.category for sku in SKUS)
    assert set(counts) == set(CATEGORIES) == set(CATEGORY_IDS)
    assert counts["Rtr"] >= 500
    assert min(counts.values()) >= 4
    assert all(counts[name] >= 10 for name in CATEGORIES if name != "Sim")


def test_every_kind_of_denomination_is_there() -> None:
    assert sum(sku.is_fixed for sku in SKUS) >= 300
    assert sum(not sku.is_fixed for sku in SKUS) >= 100
    assert sum(sku.product.requires_bundle for sku in SKUS) >= 5
    assert sum(sku.validity is not None for sku in SKUS) >= 50
    assert {True, False} == {sku.allow_decimal for sku in SKUS if not sku.is_fixed}


# Countries


@per_country()
def test_a_country_has_its_name_region_and_currency(country: CountrySpec) -> None:
    known = Locale("en").territories
    assert country.code in known
    assert country.name == NAMES.get(country.code, plain(known[country.code]))
    assert country.region
    assert country.currency in get_territory_currencies(country.code)
    assert 0 <= country.tax < 50


@per_country()
def test_a_country_has_its_dial_code(country: CountrySpec) -> None:
    """Islands of the dial code 1 carry their area code in it, as the provider writes them."""
    own = str(phonenumbers.country_code_for_region(country.code))
    assert own != "0"
    for dial in country.dial_codes:
        assert dial == own or (own == "1" and len(dial) == 4 and dial[0] == "1")


def test_no_two_countries_share_a_dial_code_unless_area_codes_tell_them_apart() -> None:
    owners: dict[str, list[CountrySpec]] = {}
    for country in COUNTRIES:
        for dial in country.dial_codes:
            owners.setdefault(dial, []).append(country)
    shared = {dial: found for dial, found in owners.items() if len(found) > 1}
    assert set(shared) == {"1"}
    assert sum(not country.area_codes for country in shared["1"]) == 1


@per_country()
def test_a_local_number_has_a_length_of_that_country(country: CountrySpec) -> None:
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(country.code)
    assert metadata is not None
    mobile = set(metadata.mobile.possible_length or metadata.general_desc.possible_length)
    everything = mobile | set(metadata.general_desc.possible_length)
    for place, length in enumerate(country.lengths):
        if (country.code, length) in OLD_LENGTHS:
            assert place > 0, "the length shown to people is a current one"
            continue
        own = str(phonenumbers.country_code_for_region(country.code))
        national = {length + len(dial) - len(own) for dial in country.dial_codes}
        assert national <= (mobile if place == 0 else everything)


@per_country([country for country in COUNTRIES if country.area_codes])
def test_area_codes_are_of_that_country(country: CountrySpec) -> None:
    (dial,) = country.dial_codes
    found = {code: region_of(dial, code, country.lengths) for code in country.area_codes}
    assert found == dict.fromkeys(country.area_codes, country.code)


# Operators


@cache
def region_of(dial: str, start: str, lengths: tuple[int, ...]) -> str | None:
    """The country of a valid number that begins so, if there is one."""
    for length in lengths:
        for rest in range(0, 1000, 7):
            local = (start + f"{rest:03}").ljust(length, "5")[:length]
            for filled in (local, (start + f"{rest:03}").ljust(length, "1")[:length]):
                number = phonenumbers.parse(f"+{dial}{filled}")
                if phonenumbers.is_valid_number(number):
                    return phonenumbers.region_code_for_number(number)
    return None


@pytest.mark.parametrize(
    "operator",
    [operator for operator in OPERATORS if operator.prefixes],
    ids=lambda operator: f"{operator.country.code}-{operator.name.strip()}",
)
def test_a_prefix_is_one_of_that_country(operator: OperatorSpec) -> None:
    country = operator.country
    for prefix in operator.prefixes:
        assert prefix.isdigit()
        assert len(prefix) <= min(country.lengths) - 3
        found = {region_of(dial, prefix, country.lengths) for dial in country.dial_codes}
        assert country.code in found, prefix


def test_a_prefix_has_one_owner_in_its_country() -> None:
    """MVNOs of Germany share a network's; else the lookup would depend on the order of rows."""
    owners = Counter(
        (operator.country.code, prefix) for operator in OPERATORS for prefix in operator.prefixes
    )
    assert [key for key, count in owners.items() if count > 1] == [("DE", "1521")]


def test_an_operator_sells_something_and_an_id_has_one_name() -> None:
    selling = {product.operator.line for product in CATALOGUE.products.values()}
    assert selling == {operator.line for operator in OPERATORS}
    names: dict[tuple[int, str], set[str]] = {}
    for operator in OPERATORS:
        names.setdefault((operator.id, operator.country.code), set()).add(operator.name.strip())
    assert [found for found in names.values() if len(found) > 1] == []


def test_every_country_has_a_network_to_top_up() -> None:
    sold = {sku.country.code for sku in SKUS if sku.category == "Rtr"}
    assert sold == {country.code for country in COUNTRIES}


# Products and SKUs


def test_ids_and_names_are_unique() -> None:
    products = list(CATALOGUE.products.values())
    assert len({product.id for product in products}) == len(products)
    assert len({(p.name.strip(), p.country.code, p.category) for p in products}) == len(products)
    assert len({sku.id for sku in SKUS}) == len(SKUS)
    assert len({(sku.name, sku.country.code) for sku in SKUS}) == len(SKUS)
    assert all(sku.id == key for key, sku in CATALOGUE.skus.items())
    assert max(CATALOGUE.skus) < 2**31


def test_no_sku_is_lost_between_the_table_and_the_catalogue() -> None:
    """Two lines with one id would silently replace each other."""
    read = [(product.id, sku.id) for _, products in read_all() for product, skus in products
            for sku in skus]  # fmt: skip
    assert len(read) == len(set(read)) == len(SKUS)


def test_every_product_has_skus_of_its_category() -> None:
    assert {sku.product.id for sku in SKUS} == set(CATALOGUE.products)
    assert {product.category for product in CATALOGUE.products.values()} == set(CATEGORIES)


def problems(sku: SkuSpec) -> list[str]:
    """What is wrong with a denomination, in words."""
    found = []
    if not 0 < sku.low <= sku.high:
        found.append("its range is upside down")
    if sku.currency not in list_currencies() or sku.currency not in RATES:
        found.append("its currency does not exist")
    if sku.currency not in {*get_territory_currencies(sku.country.code), *SHARED}:
        found.append("its currency is not used there")
    if sku.delivered_currency not in {sku.currency, sku.country.currency}:
        found.append("it delivers another country's money")
    if not 0 < sku.discount < 30:
        found.append("its discount is odd")
    if sku.validity and not 0 < int(sku.validity.rstrip("D")) <= 366:
        found.append("its validity is odd")
    if sku.benefit and not sku.description:
        found.append("a bundle without a description")
    return found


def test_every_sku_is_sound() -> None:
    assert {sku.name: found for sku in SKUS if (found := problems(sku))} == {}


@pytest.mark.parametrize("wallet", ["USD", "EUR", "GBP", "JMD"])
def test_every_row_costs_less_than_its_face_value(wallet: str) -> None:
    """In the wallet's currency, and not absurdly less; a bill's fee comes on top."""
    catalogue = Catalogue(wallet)
    odd = []
    for sku in catalogue.skus.values():
        for face in (sku.low, sku.high):
            price = catalogue.price(sku, face, Overlay())
            cost = price.invoice - price.fee
            share = cost / (face / RATES[sku.currency] * RATES[wallet])
            if not Decimal("0.7") < share < 1 or price.delivered <= 0 or price.tax < 0:
                odd.append((sku.name, face, share))
    assert odd == []


def test_a_denomination_is_worth_between_a_few_cents_and_a_thousand_dollars() -> None:
    worth = {sku.name: (sku.low / RATES[sku.currency], sku.high / RATES[sku.currency])
             for sku in SKUS if sku.category != "BillPay"}  # fmt: skip
    assert {name: pair for name, pair in worth.items() if pair[0] < Decimal("0.05")} == {}
    assert {name: pair for name, pair in worth.items() if pair[1] > 1000} == {}


def test_rows_have_the_oddities_of_the_real_ones() -> None:
    """A client that never meets these in tests meets them in production."""
    listed = CATALOGUE.sku_rows(SKUS, Overlay())
    ends = [row["min"] for row in listed]
    assert sum("cost" not in end for end in ends) >= 20
    assert sum(end.get("cost", 0) is None for end in ends) >= 20
    assert sum("faceValueInWalletCurrency" not in end for end in ends) >= 20
    assert sum(row["imageUrl"] is None for row in listed) >= 20
    assert sum(str(row["imageUrl"]).endswith("/index/") for row in listed) >= 20
    assert sum("\n" in (row["productDescription"] or "") for row in listed) >= 20
    assert sum(row["operatorName"].endswith(" ") for row in listed) >= 10
    assert all((row["imageUrl"] or "http:").startswith("http:") for row in listed)


def test_a_country_row_writes_codes_as_text_and_a_sku_row_as_a_list() -> None:
    country = CATALOGUE.countries["DO"]
    assert rows.country_row(country)["internationalCountryCode"] == "1809,1829,1849"
    assert rows.country_row(country)["numberLength"] == "7"
    sku = next(sku for sku in SKUS if sku.country is country)
    row = CATALOGUE.row(sku, Overlay())
    assert row["internationalCountryCode"] == ["1809", "1829", "1849"]
    assert row["localPhoneNumberLength"] == 7


def test_rates_agree_with_what_is_delivered() -> None:
    odd = []
    for row in CATALOGUE.sku_rows(SKUS, Overlay()):
        high = row["max"]
        if "faceValueInWalletCurrency" in high:  # some rows keep it to themselves
            delivered = high["faceValueInWalletCurrency"] * row["exchangeRate"]
            if abs(delivered - high["deliveredAmount"]) > high["deliveredAmount"] / 100:
                odd.append((row["skuName"], delivered, high["deliveredAmount"]))
    assert odd == []
