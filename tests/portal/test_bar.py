"""The sale bar: one line, two presses of Enter. Nothing is sold by looking."""

import re
from decimal import Decimal as D
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Country, Operator, Sku
from portal import bar
from tests.portal.conftest import AIRTIME, PIN, RANGE, Visitor
from topup.models import SafetyRules, Sale

pytestmark = pytest.mark.django_db
NUMBER = "18765550000"


@pytest.fixture
def rival_operator(counter):
    """Another operator of the country, that sells 25 USD too."""
    flow = Operator.objects.create(provider_id=99, name="Flow", country_id="JM")
    sku = Sku.objects.get(provider_id=RANGE)
    sku.pk, sku.provider_id, sku.name, sku.operator = None, 7001, "Flow 3-100 USD", flow
    sku.row_hash = "flow"
    sku.save()
    return flow


def first_enter(visitor, line, **more):
    return visitor.get("/sell/", number=line, **more)


def second_enter(visitor, page):
    """The form of the check page, as it stands there."""
    check = visitor.get(page.leads_to)
    fields = {name: check.value_of(name) for name in ("quote", "line", "second_time")
              if f'name="{name}" value' in check.html}  # fmt: skip
    return visitor.post("/sell/confirm/", **fields)


def test_one_reading_leads_to_its_price_and_the_second_enter_sells_it(visitor, counter):
    page = first_enter(visitor, f"{NUMBER} 25")
    assert (page.status, Sale.objects.count()) == (303, 0)
    check = visitor.get(page.leads_to)
    assert "+1 876 555 0000" in check.text
    assert "data-swift" in check.html
    sold = second_enter(visitor, page)
    sale = Sale.objects.get()
    assert sold.leads_to == f"/sales/{sale.correlation_id}/?next=1"
    assert (sale.recipient, sale.face_value, sale.sku.provider_id) == (NUMBER, D(25), RANGE)
    assert f"{sale.price:.2f}" in check.text


def test_the_same_page_sells_once_however_often_it_is_sent(visitor, counter):
    page = first_enter(visitor, f"{NUMBER} 25")
    assert second_enter(visitor, page).leads_to
    assert visitor.get(page.leads_to).leads_to == f"/sales/{Sale.objects.get().correlation_id}/"
    assert Sale.objects.count() == 1


def test_several_readings_are_all_shown_with_price_and_none_is_chosen(visitor, counter):
    page = first_enter(visitor, f"{NUMBER} 10")
    assert page.status == 200
    assert "2 ways to read the amount" in page.text
    readings = page.html[page.html.index('id="readings"') : page.html.index("</section>")]
    assert readings.count('class="secondary reading"') == 2
    assert "autofocus" not in readings
    assert readings.count('class="price"') == 2
    sku = Sku.objects.get(provider_id=AIRTIME)
    chosen = visitor.post("/sell/quote/", number=NUMBER, operator=sku.operator_id, sku=sku.pk,
                          line=f"{NUMBER} 10")  # fmt: skip
    assert parse_qs(urlsplit(chosen.leads_to).query)["line"] == [f"{NUMBER} 10"]
    assert second_enter(visitor, chosen).leads_to.endswith("?next=1")


def test_the_same_amount_sold_in_two_ways_is_told_apart(visitor, counter):
    line = f"{NUMBER} 10"
    for page in (first_enter(visitor, line), visitor.get("/sell/bar/", number=line)):
        rows = re.findall(r"<li>.*?</li>", page.html, re.DOTALL)
        told = [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row)) for row in rows if "price" in row]
        assert [("fixed amount" in row, "any amount, $3 – $100" in row) for row in told] == [
            (True, False), (False, True),
        ]  # fmt: skip
    Sku.objects.filter(provider_id=AIRTIME).update(description="1 GB")
    assert "bundle" in visitor.get("/sell/bar/", number=line).text
    Sku.objects.filter(provider_id=RANGE).update(max_face_value=D(500))
    jmd = visitor.get("/sell/bar/", number=f"{NUMBER} 250")
    assert jmd.html.count('class="price"') == 2
    assert "any amount" not in jmd.text, "dollars are told from another currency by themselves"


def test_a_currency_behind_the_amount_leaves_its_readings_alone(visitor, counter):
    Sku.objects.filter(provider_id=RANGE).update(min_face_value=D(3), max_face_value=D(500))
    assert "2 ways" in first_enter(visitor, f"{NUMBER} 250").text
    assert first_enter(visitor, f"{NUMBER} 250 jmd").status == 303
    dollars = first_enter(visitor, f"{NUMBER} 250usd")
    assert "The operator does not take this amount." in dollars.text


def test_an_amount_that_nobody_sells_is_told_and_the_line_kept(visitor, counter):
    page = first_enter(visitor, f"{NUMBER} 777")
    assert page.status == 422
    assert "Digicel does not sell 777." in page.text
    assert page.value_of_field("number") == f"{NUMBER} 777"


def test_without_a_known_operator_the_amount_waits_for_the_choice(visitor, rival_operator):
    number = "18765554040"
    cache.set(f"lookup:{number}", [], 60)  # nobody's, by the lookup
    page = first_enter(visitor, f"{number} 25")
    assert (page.status, "Which operator?" in page.text) == (200, True)
    assert f"?number={number}%2025&amp;operator={rival_operator.pk}" in page.html
    chosen = first_enter(visitor, f"{number} 25", operator=rival_operator.pk)
    assert "This product is sold out." in chosen.text  # the simulator does not have it
    digicel = Operator.objects.get(name="Digicel")
    check = visitor.get(first_enter(visitor, f"{number} 25", operator=digicel.pk).leads_to)
    assert "Digicel-Jamaica 3-100 USD" in check.text
    assert f"?number={number}%2025&amp;operator={rival_operator.pk}" in check.html


def test_pins_are_no_reading_of_an_amount(visitor, counter):
    assert first_enter(visitor, f"{NUMBER} 200").status == 422
    assert Sku.objects.get(provider_id=PIN).min_face_value == D(200)


def test_letters_lead_to_the_search(visitor, counter):
    assert first_enter(visitor, "flex card").leads_to == "/sell/browse/?q=flex+card"


def test_a_number_alone_goes_the_way_it_always_went(visitor, counter):
    page = first_enter(visitor, "+1 876 555 0000")
    assert (page.status, "Choose an amount" in page.text) == (200, True)


def test_the_same_to_a_new_number_takes_the_number_and_two_presses(visitor, counter):
    sold = second_enter(visitor, first_enter(visitor, f"{NUMBER} 25"))
    key = Sale.objects.get().correlation_id
    page = visitor.get(sold.leads_to)
    assert page.value_of("again") == key
    assert "autofocus" in page.html
    second_enter(visitor, first_enter(visitor, "18765550001", again=key))
    sales = [*Sale.objects.order_by("pk").values_list("recipient", "sku", "face_value")]
    assert sales[1] == ("18765550001", *sales[0][1:])


def test_the_same_again_says_why_it_does_not_fit(visitor, rival_operator):
    second_enter(visitor, first_enter(visitor, f"{NUMBER} 25"))
    page = first_enter(visitor, "18765550001", again=Sale.objects.get().correlation_id,
                       operator=rival_operator.pk)  # fmt: skip
    assert page.status == 422
    assert "Not the same again: this number is of Flow" in page.text
    assert Sale.objects.count() == 1


def test_a_sale_of_somebody_else_is_not_offered_again(visitor, counter, rival):
    second_enter(visitor, first_enter(visitor, f"{NUMBER} 25"))
    page = first_enter(Visitor(rival), "18765550001", again=Sale.objects.get().correlation_id)
    assert (page.status, "Choose an amount" in page.text) == (200, True)


def test_the_same_number_again_needs_x2(visitor, counter):
    SafetyRules.objects.update(repeat_is_on=True)
    second_enter(visitor, first_enter(visitor, f"{NUMBER} 25"))
    refused = second_enter(visitor, first_enter(visitor, f"{NUMBER} 25"))
    assert (refused.status, Sale.objects.count()) == (422, 1)
    second_enter(visitor, first_enter(visitor, f"{NUMBER} 25 x2"))
    assert Sale.objects.count() == 2


def test_what_stands_below_while_typing_makes_no_price_and_asks_for_no_half_number(
    visitor, counter, simulator
):
    nothing = visitor.get("/sell/bar/", number="1876555")
    assert nothing.text == ""
    page = visitor.get("/sell/bar/", number=f"{NUMBER} 10")
    assert "Digicel" in page.text
    assert page.html.count('class="price"') == 2
    assert "Digicel Flex Card" in visitor.get("/sell/bar/", number="flex").text
    assert Sale.objects.count() == 0


def test_memory_chooses_what_worked_and_warns_where_the_lookup_says_another(
    visitor, counter, rival_operator
):
    counter.sell(NUMBER)
    assert "Digicel worked here on" in visitor.get("/sell/", number=NUMBER).text
    Operator.objects.filter(name="Digicel").update(provider_id=22)
    Operator.objects.filter(pk=rival_operator.pk).update(provider_id=21)
    page = visitor.get("/sell/", number=NUMBER)
    assert "The lookup says Flow. Ask the customer, and choose." in page.text
    assert '<h2 id="operator-heading" tabindex="-1" data-focus><bdi>Digicel' in page.html
    check = visitor.get(first_enter(visitor, f"{NUMBER} 25").leads_to)
    assert "The lookup says Flow." in check.text
    chosen = visitor.get("/sell/", number=NUMBER, operator=rival_operator.pk)
    assert "The lookup says" not in chosen.text


def test_looking_costs_the_same_number_of_queries_however_much_was_sold(visitor, counter):
    first_enter(visitor, f"{NUMBER} 10")
    counts = []
    for _ in range(3):
        with CaptureQueriesContext(connection) as asked:
            visitor.get("/sell/bar/", number=f"{NUMBER} 10")
        counts.append(len(asked))
        counter.sell(NUMBER)
    assert len(set(counts)) == 1, counts


@pytest.mark.parametrize(
    ("digits", "is_whole"),
    [("18765551234", True), ("18765551234500", False), ("1876555", False), ("999999999", False)],
)
def test_a_number_is_whole_by_its_country(counter, digits, is_whole):
    assert bar.is_whole(digits) is is_whole
    Country.objects.filter(pk="JM").update(number_length=7)
    assert bar.is_whole(digits) is is_whole


def test_what_is_typed_while_the_session_ends_is_there_after_the_sign_in(counter):
    """The bar asks by itself: the sign-in leads to its page, not to the piece that it asked for."""
    told = Visitor(htmx=True).get("/sell/bar/", number=NUMBER).leads_to
    [after] = parse_qs(urlsplit(told).query)["next"]
    assert after == f"/sell/?number={NUMBER}"
    assert NUMBER in Visitor(counter.agent).get(after).html.replace(" ", "")
