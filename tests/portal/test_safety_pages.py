"""Questions on the check page, how an operator does on its button, by plain forms."""

import re
from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.utils import timezone

from catalog.models import Operator, Sku
from tests.portal.conftest import AIRTIME, GOOD, PIN, Visitor
from topup.models import OperatorWeather, SafetyAnswer, SafetyRules, Sale, Shop
from topup.models.weather import Hold
from topup.questions import QUESTIONS, question_for
from topup.services.pricing import Quote
from topup.services.sales import submit_sale

pytestmark = pytest.mark.django_db


def rules(**values):
    SafetyRules.objects.update(**values)


def hidden(page):
    """The questions of a form, to be sent back."""
    return dict(re.findall(r'name="(ask-\w+)" value="([^"]*)"', page.html))


@pytest.fixture
def to_check(visitor):
    """A check page, and the fields that its form sends by itself."""

    def make(**goods):
        page, token = visitor.to_check(**goods)
        return page, {"quote": token} | hidden(page)

    return make


# --- a second time -----------------------------------------------------------


@pytest.fixture
def sold(visitor):
    url = visitor.sell()
    rules(repeat_is_on=True)
    return url


def test_the_check_page_asks_before_anything_is_pressed_and_shows_the_sale(visitor, sold, to_check):
    page, form = to_check()
    assert "A second time?" in page.text
    assert f'href="{sold}"' in page.html
    assert "Not sent yet · Digicel Jamaica 10.00 USD" in page.text
    refused = visitor.post("/sell/confirm/", **form)
    assert (refused.status, Sale.objects.count()) == (422, 1)
    assert "Nothing is sold a second time yet" in refused.text
    assert 'href="#answer-repeat"' in refused.html
    assert _key({"quote": refused.value_of("quote")}) == _key(form), "the same price and key"
    done = visitor.post("/sell/confirm/", **form, **{"answer-repeat": "yes"})
    assert (done.status, Sale.objects.count()) == (303, 2)
    assert visitor.post("/sell/confirm/", **form).leads_to == done.leads_to


def test_a_question_that_is_left_out_is_asked_all_the_same(visitor, sold, to_check):
    _page, form = to_check()
    for change in ({"ask-repeat": ""}, {"ask-repeat": "forged:1:2"}):
        refused = visitor.post("/sell/confirm/", **form | change, **{"answer-repeat": "yes"})
        assert (refused.status, Sale.objects.count()) == (422, 1)
        assert hidden(refused)["ask-repeat"]


def test_said_in_the_sale_bar_it_is_not_asked_again(visitor, sold, to_check):
    _page, form = to_check()
    assert visitor.post("/sell/confirm/", **form, second_time="x2").status == 303


def test_another_sale_to_the_number_that_is_not_finished_needs_a_tick(visitor, sold, to_check):
    page, form = to_check(sku=1001201, amount="5")
    assert page.text.count("A sale to this number is not finished yet:") == 1
    assert "Yes, sell this as well" in page.text
    refused = visitor.post("/sell/confirm/", **form)
    assert (refused.status, Sale.objects.count()) == (422, 1)
    assert "Another sale to this number is not finished yet." in refused.text
    assert visitor.post("/sell/confirm/", **form, **{"answer-repeat": "yes"}).status == 303


def test_the_fixed_amount_and_the_same_typed_are_one(visitor, sold, to_check):
    assert submit_sale(sale_id=Sale.objects.get().pk).state == "completed"
    page, form = to_check(sku=1001201, amount="10")
    assert "A second time?" in page.text
    assert visitor.post("/sell/confirm/", **form).status == 422
    other, form = to_check(sku=1001201, amount="9")
    assert "A second time?" not in other.text
    assert visitor.post("/sell/confirm/", **form).status == 303


def test_a_sale_of_a_colleague_is_told_without_its_page(counter, sold, colleague):
    page, _token = Visitor(colleague).to_check()
    assert "sold by a colleague" in page.text
    assert sold not in page.html


# --- PINs, large sales, money ------------------------------------------------


def test_a_code_is_sold_after_the_right_reply_and_stopped_after_a_wrong_one(visitor, to_check):
    rules(scam_is_on=True)
    page, form = to_check(sku=PIN)
    question = QUESTIONS[question_for(_key(form))]
    assert str(question.text) in page.text
    assert "checked" not in page.html.split('id="answer-scam-yes"')[1].split(">")[0]
    lacking = visitor.post("/sell/confirm/", **form)
    assert (lacking.status, "To the question" in lacking.text) == (422, True)
    assert visitor.post("/sell/confirm/", **form, **{"answer-scam": question.right}).status == 303
    rules(scam_count=1)
    page, form = to_check(sku=PIN)
    right = QUESTIONS[question_for(_key(form))].right
    wrong = {"answer-scam": "no" if right == "yes" else "yes"}
    stopped = visitor.post("/sell/confirm/", **form, **wrong)
    assert stopped.status == 422
    assert "Stop: this looks like a fraud. Nothing was sold." in stopped.text
    assert 'id="confirm"' not in stopped.html
    assert "To the question" not in stopped.text, "it is not asked again"
    page = visitor.get(visitor.quote(sku=PIN).leads_to)
    assert "No PINs and gift cards are sold here for 15 minutes" in page.text
    assert 'id="confirm"' not in page.html
    assert Sale.objects.count() == 1


def _key(form):
    return Quote.from_token(form["quote"], shop=Shop.objects.get()).correlation_id


def test_a_large_sale_to_a_new_number_asks_for_its_last_digits(visitor, to_check):
    rules(large_is_on=True, large_above=D(1))
    page, form = to_check()
    assert "A large sale to a number that is new here" in page.text
    wrong = visitor.post("/sell/confirm/", **form, **{"answer-large": "9999"})
    assert "These are not the last four digits" in wrong.text
    assert 'value="9999"' in wrong.html
    right = {"answer-large": "0000"}
    assert visitor.post("/sell/confirm/", **form | hidden(wrong), **right).status == 303
    rules(large_asks="tick")
    assert "I read the number to the customer" not in visitor.to_check()[0].text


def test_money_received_is_asked_in_words_or_by_a_tick(visitor, to_check):
    page, _form = to_check()
    assert "Money received? Press only then" in page.text
    assert 'aria-describedby="money-received"' in page.html
    rules(asks_money=True)
    page, form = to_check()
    assert "I have the customer’s money" in page.text
    assert visitor.post("/sell/confirm/", **form).status == 422
    assert visitor.post("/sell/confirm/", **form, **{"answer-money": "yes"}).status == 303
    assert SafetyAnswer.objects.get().rule == "money"


def test_with_htmx_the_question_comes_as_the_fragment(counter, sold):
    htmx = Visitor(counter.agent, htmx=True)
    page = htmx.get(htmx.quote().leads_to)
    refused = htmx.post("/sell/confirm/", quote=page.value_of("quote"))
    assert refused.status == 422
    assert refused.html.lstrip().startswith('<div id="check"')


@pytest.mark.parametrize("count", [1, 3])
def test_a_check_page_asks_a_fixed_number_of_queries(
    visitor, sold, counter, django_assert_num_queries, count
):
    for number in range(count - 1):
        counter.confirm(f"1876555000{number + 1}")
    url = visitor.quote().leads_to
    visitor.get(url)
    with django_assert_num_queries(QUERIES):
        visitor.get(url)


QUERIES = 13  # of them five for safety: rules, the same before, one unfinished, who sees each


# --- how an operator does ----------------------------------------------------


def weather(**columns):
    """Of the operator of the counter's goods."""
    operator = Sku.objects.get(provider_id=AIRTIME).operator
    values = {"counted_at": timezone.now()} | columns
    OperatorWeather.objects.update_or_create(operator=operator, defaults=values)


@pytest.mark.parametrize(
    ("columns", "short", "told"),
    [
        (
            {"delivered": 49, "failed": 1, "median_seconds": 4, "slowest_seconds": 130},
            "works, 4 s",
            "of 50 sales of the last 30 minutes arrived. Usually it took 4 s, the slowest took 2",
        ),
        ({"delivered": 6, "failed": 4}, "fails now and then", "60 % of 10 sales"),
        ({"delivered": 1, "failed": 9}, "fails often", "It fails at the moment: a sale may take"),
    ],
)
def test_an_operator_tells_in_words_how_it_does(visitor, columns, short, told):
    assert "of the last 30 minutes" not in visitor.get("/sell/", number=GOOD).text
    weather(**columns)
    assert told in visitor.get("/sell/", number=GOOD).text
    assert f"Digicel {short}" in visitor.get("/sell/browse/JM/").text


def test_few_sales_and_old_figures_tell_nothing(visitor):
    weather(delivered=1, failed=1)
    assert "arrived" not in visitor.get("/sell/", number=GOOD).text
    weather(delivered=9, counted_at=timezone.now() - timedelta(minutes=6))
    assert "arrived" not in visitor.get("/sell/", number=GOOD).text


def test_a_rival_shows_it_on_its_button(visitor):
    jamaica = Sku.objects.get(provider_id=AIRTIME).country
    flow = Operator.objects.create(provider_id=22, name="Flow", country=jamaica)
    weather(delivered=1, failed=9)
    page = visitor.get("/sell/", number=GOOD, operator=flow.pk)
    assert "Digicel fails often" in page.text


def test_nothing_of_a_paused_operator_is_offered_or_sold(visitor, to_check, counter):
    _page, form = to_check()
    weather(paused_until=timezone.now() + timedelta(minutes=5), pauses=1)
    until = f"{OperatorWeather.objects.get().paused_until.astimezone(counter.shop.zone):%H:%M}"
    page = visitor.get("/sell/", number=GOOD)
    assert f"Digicel has trouble: nothing of it is sold until {until}" in page.text
    assert 'id="goods"' not in page.html
    assert f"paused until {until}" in visitor.get("/sell/browse/JM/").text
    refused = visitor.post("/sell/confirm/", **form)
    assert (refused.status, f"until {until}" in refused.text) == (422, True)
    assert visitor.quote().status == 422
    assert Sale.objects.count() == 0


def test_after_a_pause_the_page_says_that_the_next_sale_tries_it(visitor, to_check):
    weather(paused_until=timezone.now() - timedelta(minutes=1), pauses=1)
    page = visitor.get("/sell/", number=GOOD)
    assert "The next sale is the first one that tries it again." in page.text
    _page, form = to_check()
    assert visitor.post("/sell/confirm/", **form).status == 303
    assert "one sale is trying it now" in visitor.get("/sell/", number=GOOD).text
    assert "being tried" in visitor.get("/sell/browse/JM/").text


def test_closed_by_hand_it_says_so_without_the_reason(visitor):
    weather(hold=Hold.CLOSED, hold_reason="they owe us money")
    page = visitor.get("/sell/", number=GOOD)
    assert "Digicel is closed by your distributor for now." in page.text
    assert "owe" not in page.text
    weather(hold=Hold.OPEN, hold_reason="x", paused_until=timezone.now() + timedelta(minutes=5))
    assert 'id="goods"' in visitor.get("/sell/", number=GOOD).html


def test_goods_that_became_of_no_kind_are_told_not_an_error_of_ours(visitor, to_check):
    _page, form = to_check()
    Sku.objects.filter(provider_id=AIRTIME).update(category="sim")
    refused = visitor.post("/sell/confirm/", **form)
    assert (refused.status, Sale.objects.count()) == (422, 0)
    assert "This product is not on sale any more" in refused.text
