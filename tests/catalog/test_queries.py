"""What can be sold: the right rows, and the same number of queries for one row and for three."""

from decimal import Decimal as D

import pytest
from django.utils import timezone

from catalog import queries
from catalog.enums import Category
from catalog.models import Operator, Product, Sku, SkuText, SyncRun

pytestmark = pytest.mark.django_db


@pytest.fixture
def make_sku(make_country):
    """A sellable SKU of a product of an operator of a country; countries are made once."""
    made = {}

    def make(name="Digicel 10 USD", code="JM", operator="Digicel", **changes):
        number = Sku.objects.count() + 1
        if code not in made:
            made[code] = make_country(code, {"JM": "Jamaica", "HT": "Haiti"}.get(code, code))
        owner, _new = Operator.objects.get_or_create(
            name=operator, country=made[code], defaults={"provider_id": number}
        )
        product, _new = Product.objects.get_or_create(
            name=f"{operator} {code}", operator=owner, country=made[code],
            defaults={"provider_id": number, "category": Category.RTR},
        )  # fmt: skip
        values = {
            "category": Category.RTR, "min_face_value": D(10), "max_face_value": D(10),
            "face_currency": "USD", "product": product, "operator": owner, "country": made[code],
        }  # fmt: skip
        return Sku.objects.create(provider_id=number, name=name, **(values | changes))

    return make


ROWS = {
    "countries": lambda _operator: queries.countries(),
    "countries-of-a-category": lambda _operator: queries.countries(category=Category.RTR),
    "operators": lambda operator: queries.operators(operator.country),
    "skus": lambda operator: queries.sellable_skus(operator, category=[Category.RTR]),
}


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("name", ROWS)
def test_rows_cost_one_query_however_many(make_sku, django_assert_num_queries, name, count):
    operator = make_sku().operator
    for number in range(1, count):
        make_sku(min_face_value=D(number))
        make_sku(operator=f"Digicel {number}")
        make_sku(code=f"X{number}")
    with django_assert_num_queries(1):
        found = [
            f"{row} {row.operator} {row.product} {row.country}"
            if isinstance(row, Sku)
            else f"{row}"
            for row in ROWS[name](operator)
        ]
    assert len(found) >= count


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(
    ("text", "queries_of_it"),
    [("digicel 10", 2), ("jamaica", 2), ("usd", 2), ("digicle", 5), ("nowhere", 3), ("1", 0)],
)
def test_a_search_asks_a_fixed_number_of_queries(
    make_sku, django_assert_num_queries, count, text, queries_of_it
):
    for number in range(count):
        make_sku(f"Digicel 10 USD {number}")
    with django_assert_num_queries(queries_of_it):
        found = [f"{s} {s.operator} {s.product} {s.country}" for s in queries.search(text)]
    assert len(found) == (0 if text in ("nowhere", "1") else count)


@pytest.mark.parametrize(
    "changes",
    [
        {"retired_at": timezone.now()},
        {"paused_at": timezone.now()},
        {"face_currency": ""},
        {"min_face_value": None},
        {"max_face_value": None},
        {"min_face_value": D(0)},
        {"max_face_value": D(9)},
    ],
    ids=lambda changes: "-".join(map(str, changes)),
)
def test_what_cannot_be_ordered_is_nowhere(make_sku, changes):
    sku = make_sku(**changes)
    assert not sku.is_sellable
    assert not queries.sellable().exists()
    assert not queries.countries().exists()
    assert not queries.operators(sku.country).exists()
    assert not queries.sellable_skus(sku.operator).exists()
    assert queries.search("Digicel") == []


def test_a_sku_without_an_operator_is_found_by_nobody(make_sku):
    sku = make_sku(operator="Digicel")
    Sku.objects.update(operator=None)
    assert queries.search(sku.name) == []
    assert not queries.countries().exists()


def test_rows_of_other_categories_are_left_out(make_sku):
    pin = make_sku("PIN", operator="AT&T", category=Category.PIN)
    top_up = make_sku()
    jamaica = top_up.country
    assert list(queries.operators(jamaica, category=Category.PIN)) == [pin.operator]
    assert list(queries.operators(jamaica, category=[Category.PIN, Category.RTR])) == [
        pin.operator, top_up.operator,
    ]  # fmt: skip
    assert list(queries.sellable_skus(pin.operator, category=Category.RTR)) == []
    assert queries.search("digicel", category=Category.PIN) == []
    assert not queries.countries(category=Category.ESIM).exists()


def test_skus_come_with_the_smallest_amount_first(make_sku):
    names = ["20", "5", "10"]
    for name in names:
        make_sku(name, min_face_value=D(name), max_face_value=D(name))
    operator = Operator.objects.get()
    assert [sku.name for sku in queries.sellable_skus(operator)] == ["5", "10", "20"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("digicel", ["Digicel 10 USD", "Digicel 25 USD"]),
        ("25 jamaica", ["Digicel 25 USD"]),
        ("jm digi 10", ["Digicel 10 USD"]),
        ("  DIGICEL   25 ", ["Digicel 25 USD"]),
        ("natcom", ["Plan"]),
        ("haiti", ["Plan"]),
        ("nowhere", []),
        ("1", []),
        ("", []),
        ("%", []),
        ("__", []),
        ("\x00digicel 25", ["Digicel 25 USD"]),
    ],
)
def test_search_finds_rows_that_have_every_word(make_sku, text, found):
    make_sku("Digicel 10 USD")
    make_sku("Digicel 25 USD", min_face_value=D(25), max_face_value=D(25))
    make_sku("Plan", code="HT", operator="Natcom")
    assert [sku.name for sku in queries.search(text)] == found


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("digcel", "Digicel"), ("DIGICELL 10", "Digicel"), ("telefonica", "Telef\xf3nica"),
        ("telef\xf3nica", "Telef\xf3nica"), ("at&t", "AT&T"), ("at t", "AT&T"),
        ("jamiaca", "Digicel"),
    ],
)  # fmt: skip
def test_search_forgives_accents_signs_and_letters_that_were_mixed_up(make_sku, text, name):
    make_sku()
    make_sku("Recarga", code="ES", operator="Telef\xf3nica")
    make_sku("Refill", code="US", operator="AT&T")
    assert [sku.operator.name for sku in queries.search(text)] == [name]


def test_the_operator_that_is_named_so_comes_first(make_sku):
    make_sku("Orange pack", code="AA", operator="Airtel")
    make_sku("Refill", code="ZZ", operator="Orange")
    assert [sku.operator.name for sku in queries.search("orange")] == ["Orange", "Airtel"]


def test_search_knows_a_new_name_at_once_and_the_old_one_no_more(make_sku):
    sku = make_sku("Card")
    for row in (sku.country, sku.operator, sku.product, sku):
        type(row).objects.filter(pk=row.pk).update(name=f"Renamed{type(row).__name__}")
        assert queries.search(f"renamed{type(row).__name__}") == [sku]
    assert queries.search("digicel") == []
    assert queries.search("renamedoperator renamedsku renamedcountry") == [sku]


def test_search_finds_names_in_other_languages_with_and_without_their_marks(make_sku):
    sku, other = make_sku("Bundle"), make_sku("Card", code="HT", operator="Natcom")
    names = {"name": "باقات الإنترنت 10", "product_name": "عروض عُمان"}
    text = SkuText.objects.create(sku=sku, language="ar", **names)
    for typed in ("باقات", "الانترنت 10", "عروض عـمان", "digicel باقات", "عروص عمان"):
        assert queries.search(typed) == [sku], typed
    SkuText.objects.update(name="بطاقة")
    assert [queries.search("باقات"), queries.search("بطاقة")] == [[], [sku]]
    text.delete()
    assert queries.search("بطاقة") == []
    SkuText.objects.create(sku=other, language="fr", name="Recharge Réunion")
    Sku.objects.filter(pk=other.pk).update(name="Voucher")
    assert queries.search("voucher reunion") == [other], "a new name forgets no translation"
    SkuText.objects.all().delete()
    other.delete()
    assert queries.search("voucher") == []


@pytest.mark.parametrize("text", ["'", "\\", "' | 'x", "!digicel", "&", ":*", "o:digicel", "a\\'b"])
def test_no_sign_is_a_command_of_the_search(make_sku, text):
    make_sku()
    assert queries.search(f"digicel {text}") in ([], [Sku.objects.get()])
    queries.search(text)


def test_search_is_bounded(make_sku):
    for number in range(queries.SEARCH_LIMIT + 5):
        make_sku(f"Digicel {number}")
    assert len(queries.search("digicel")) == queries.SEARCH_LIMIT


def test_the_latest_sync_that_saw_costs_decides_about_the_currency(settings):
    settings.VALUETOPUP_WALLET_CURRENCY = "USD"
    assert queries.wallet_currency_mismatch() == ""
    for currency, expected in [("EUR", True), ("", True), ("USD", False), ("", False)]:
        SyncRun.objects.create(cost_currency=currency, state="applied")
        assert bool(queries.wallet_currency_mismatch()) is expected
