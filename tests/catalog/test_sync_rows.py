"""Odd rows: a server of bytes says what a tidy simulator never would."""

import json
from decimal import Decimal as D

import pytest

from catalog import provider, queries
from catalog.enums import Category, SyncState
from catalog.models import Country, Operator, Product, Sku
from catalog.sync import sync_catalog
from catalog.sync.words import MAX_LINES
from tests.valuetopup.conftest import Server, envelope

JAMAICA = {
    "countryCode": "JM", "countryName": "Jamaica", "region": None,
    "internationalCountryCode": "1876,1658", "areaCodes": "", "numberLength": "7",
}  # fmt: skip


def a_sku(sku_id=1, **changes):
    end = {
        "faceValue": 10, "faceValueCurrency": "USD", "deliveredAmount": 1550,
        "deliveryCurrencyCode": "JMD", "cost": 9.2, "costCurrency": "USD",
    } | changes.pop("both", {})  # fmt: skip
    row = {
        "skuId": sku_id, "skuName": f"Ten {sku_id}", "productId": 5, "productName": "Digicel JM",
        "category": "Rtr", "countryCode": "JM", "operatorId": 7, "operatorName": "Digicel",
        "min": end, "max": end,
    }  # fmt: skip
    return row | changes


@pytest.fixture
def provide(unfilled, settings):
    """Serve these lists and sync them. Operators are served for each country of the rows."""
    server = Server()
    settings.VALUETOPUP_BASE_URL = server.url

    def sync(skus=(), cards=(), countries=(JAMAICA,), products=(), operators=()):
        lists = (countries, products, skus, cards)
        server.behave(*(envelope(json.dumps(list(rows))) for rows in (*lists, operators)))
        return sync_catalog()

    yield sync
    server.stop()
    provider.reset()


@pytest.fixture
def only(provide):
    """The one SKU that a row becomes."""

    def make(row=None, **lists):
        run = provide([row] if row else [], **lists)
        assert run.state == SyncState.APPLIED, run.reason
        return Sku.objects.get()

    return make


@pytest.mark.parametrize("category", ["Lottery", "", None, 42, "x" * 500, "ＲＴＲ"])
def test_an_unknown_category_is_other_and_crashes_nothing(only, category):
    sku = only(a_sku(category=category))
    assert sku.category == Category.OTHER
    assert sku.product.category == Category.OTHER


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("Rtr", "rtr"), ("RTR ", "rtr"), ("Pin", "pin"), ("Bill Pay", "bill_pay"),
        ("BillPay", "bill_pay"), ("bill_payment", "bill_pay"), ("Sim", "sim"),
        ("Gift Card", "gift_card"), ("GIFT-CARD", "gift_card"), ("eSim", "esim"), ("eSIM", "esim"),
    ],
)  # fmt: skip
def test_categories_are_known_in_any_spelling(only, text, category):
    assert only(a_sku(category=text)).category == category


@pytest.mark.parametrize("category", [None, "", "Voucher"])
def test_a_gift_card_without_a_known_category_is_still_one(provide, category):
    provide([a_sku(1)], cards=[a_sku(2, category=category)])
    assert Sku.objects.get(provider_id=2).category == Category.GIFT_CARD


def test_a_sku_of_no_operator_country_or_product_is_kept_and_linked_to_nothing(only):
    sku = only(a_sku(operatorId=None, countryCode=None, productId=None, operatorName=None))
    assert (sku.operator, sku.country, sku.product) == (None, None, None)
    assert sku not in queries.search("Ten")


@pytest.mark.parametrize("code", ["XYZ", "J", "??", "", 12345])
def test_a_country_code_that_is_none_names_no_country(only, code):
    assert only(a_sku(countryCode=code)).country is None
    assert not Operator.objects.exists()


def test_what_skus_name_and_lists_lack_is_made_from_the_skus(only):
    sku = only(a_sku(countryCode="ht"))
    assert (sku.country.code, sku.country.name, sku.country.dial_codes) == ("HT", "Haiti", [])
    assert (sku.operator.name, sku.operator.raw) == ("Digicel", {})
    assert (sku.product.name, sku.product.raw) == ("Digicel JM", {})


def test_one_operator_id_in_two_countries_is_two_operators(provide):
    provide(
        [a_sku(1), a_sku(2, countryCode="HT")],
        operators=[{"operatorId": 7, "operatorName": "Digicel", "imageUrl": None}],
    )
    assert set(Operator.objects.values_list("provider_id", "country_id")) == {(7, "JM"), (7, "HT")}
    assert Sku.objects.get(provider_id=2).operator.country_id == "HT"


def test_the_first_of_two_rows_with_one_id_wins(provide):
    run = provide(
        [a_sku(1, skuName="first"), a_sku(1, skuName="second")],
        cards=[a_sku(1, skuName="third", category="GiftCard")],
    )
    assert run.counts["skus"]["seen"] == 1
    assert Sku.objects.get().name == "first"


def test_a_row_without_an_id_is_left_out(provide):
    rows = [a_sku(1), a_sku(None), a_sku("x"), a_sku(2**64), {}, None, "row"]
    assert provide(rows).counts["skus"]["seen"] == 1


@pytest.mark.parametrize(
    "both",
    [
        {"faceValueCurrency": None},
        {"faceValueCurrency": ""},
        {"faceValueCurrency": "dollars"},
        {"faceValueCurrency": "U$D"},
        {"faceValue": None},
        {"faceValue": 0},
        {"faceValue": -5},
        {"faceValue": 10**17},
        {"faceValue": "ten"},
        {"faceValue": True},
    ],
)
def test_an_amount_that_cannot_be_ordered_is_kept_off_sale(only, both):
    sku = only(a_sku(both=both))
    assert not sku.is_sellable
    assert not queries.sellable().exists()


def test_two_ends_in_two_currencies_are_kept_off_sale(only):
    row = a_sku()
    row["max"] = row["min"] | {"faceValueCurrency": "EUR"}
    assert only(row).face_currency == ""


def test_a_currency_in_small_letters_is_the_same_currency(only):
    sku = only(a_sku(both={"faceValueCurrency": " usd "}))
    assert (sku.face_currency, sku.is_sellable) == ("USD", True)


def test_amounts_keep_their_digits(only):
    sku = only(a_sku(both={"faceValue": "10.0125", "cost": 9.20015, "deliveredAmount": 1}))
    assert (sku.min_face_value, sku.min_cost) == (D("10.0125"), D("9.2002"))
    assert sku.raw["min"]["cost"] == "9.20015"


def test_texts_are_cut_and_cleaned_and_the_raw_row_keeps_them(only):
    sku = only(a_sku(skuName=" a\x00b " + "x" * 400, validity="v" * 99, productDescription=None))
    assert sku.name == "ab " + "x" * 247
    assert (sku.validity, sku.description) == ("v" * 60, "")
    assert len(sku.raw["skuName"]) > 400
    assert "\x00" not in json.dumps(sku.raw)


def test_a_name_that_is_missing_is_the_id(only):
    sku = only(a_sku(skuName=None, productName="", operatorName=None))
    assert (sku.name, sku.product.name, sku.operator.name) == ("#1", "#5", "#7")


@pytest.mark.parametrize("length", ["0", "-1", "99", "ten", None, "10,11"])
def test_a_number_length_that_cannot_be_is_not_known(only, length):
    country = only(a_sku(), countries=[JAMAICA | {"numberLength": length}]).country
    assert country.number_length is None


def test_dial_codes_are_read_out_of_any_list(only):
    odd = JAMAICA | {"internationalCountryCode": "+1876; 1658", "areaCodes": ["876", 658]}
    country = only(a_sku(), countries=[odd]).country
    assert (country.dial_codes, country.area_codes) == (["1876", "1658"], ["876", "658"])


def test_keys_in_another_order_are_no_change(provide):
    row = a_sku()
    provide([row])
    run = provide([dict(reversed(row.items()))])
    assert run.counts["skus"]["changed"] == 0


def test_the_lists_own_row_replaces_what_was_made_from_skus(provide):
    provide([a_sku()])
    product = {
        "productId": 5, "category": "Rtr", "productName": "Digicel Jamaica", "countryCode": "JM",
        "operatorId": 7, "operatorName": "Digicel", "requireFetchBundle": True,
    }  # fmt: skip
    run = provide([a_sku()], products=[product])
    assert "“Digicel JM” is now called “Digicel Jamaica”" in run.differences
    assert "Digicel Jamaica changed: require fetch bundle" in run.differences
    assert Product.objects.get().raw["productName"] == "Digicel Jamaica"


def test_a_country_list_that_lost_rows_does_not_empty_the_countries(provide):
    """They would live on as what SKUs name: without dial codes."""
    codes = ["JM", "HT", "BB", "TT", "GY"]
    rows = [JAMAICA | {"countryCode": code} for code in codes]
    skus = [a_sku(number, countryCode=code) for number, code in enumerate(codes, start=1)]
    provide(skus, countries=rows)
    run = provide(skus, countries=rows[:1])
    assert (run.state, run.suspicions) == (SyncState.HELD, {"gone:countries": 0.8})
    assert all(country.dial_codes for country in Country.objects.all())


def test_many_rows_that_lose_their_amount_change_nothing(provide):
    provide([a_sku(number) for number in range(1, 11)])
    spoiled = [
        a_sku(n, both={"faceValueCurrency": None} if n > 5 else {}) for n in range(1, 11)
    ]  # fmt: skip
    run = provide(spoiled)
    assert (run.state, run.suspicions) == (SyncState.HELD, {"unsellable": 0.5})
    assert "5 of 10 SKUs have no usable amount or currency any more (50 %)." in run.reason
    assert queries.sellable().count() == 10


def test_differences_say_what_changed_in_words(provide):
    provide([a_sku(1), a_sku(2), a_sku(3), a_sku(4)])
    high = {"faceValue": 50, "faceValueCurrency": "USD", "cost": 46.0125, "costCurrency": "USD",
            "deliveredAmount": 1550, "deliveryCurrencyCode": "JMD"}  # fmt: skip
    run = provide([
        a_sku(1, skuName="Eleven"),
        a_sku(2, max=high),
        a_sku(3, both={"deliveredAmount": 1600}, validity="5D", allowDecimal=True),
        a_sku(4, operatorId=8, operatorName="Flow"),
    ])  # fmt: skip
    assert run.differences.splitlines() == [
        "Added: 1 operator (Flow)",
        "“Ten 1” is now called “Eleven”",
        "Price of Ten 2 changed 9.20 USD → 9.20–46.0125 USD",
        "Amount of Ten 2 changed 10.00 USD → 10.00–50.00 USD",
        "What Ten 3 delivers changed 1550.00 JMD → 1600.00 JMD",
        "Ten 3 changed: allow decimal, validity",
        "Ten 4 changed: details",
    ]


def test_differences_of_a_large_change_are_cut_and_counted(provide):
    numbers = range(1, MAX_LINES + 101)
    provide([a_sku(number) for number in numbers])
    run = provide([a_sku(number, both={"cost": 9.3}) for number in numbers])
    lines = run.differences.splitlines()
    assert (len(lines), lines[-1]) == (MAX_LINES, "and 101 more changes")
