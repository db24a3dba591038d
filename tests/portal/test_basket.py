"""The basket at the counter: several items with one payment, by plain forms."""

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.utils import timezone

from catalog.models import Sku
from tests.portal.conftest import AIRTIME, PIN, RANGE, Visitor
from tests.portal.shopper import BASKET, Shopper
from tests.topup.counter import BUNDLE
from tests.topup.prices import publish
from topup.models import (
    Basket,
    BasketItem,
    OperatorWeather,
    Owed,
    SafetyAnswer,
    SafetyRules,
    Sale,
    Tender,
)  # fmt: skip
from topup.models.weather import Hold
from topup.questions import QUESTIONS, question_for
from topup.services import baskets, shifts
from topup.services.counting import Counted
from topup.services.pricing import Quote
from topup.services.sales import submit_sale
from topup.services.shops import add_float

pytestmark = pytest.mark.django_db
OTHER = "+1 876 555 0007"
REFUSED = "+1 876 555 0501"


@pytest.fixture
def shopper(counter):
    return Shopper(counter.agent)


@pytest.fixture
def ten(counter):
    """Everything costs 10.00 and earns 0.40."""
    publish(
        {"use": "price", "method": "fixed_price", "value": D(10)},
        {"use": "commission", "method": "fixed_commission", "value": D("0.40")},
    )


def rules(**values):
    SafetyRules.objects.update(**values)


def item_of(number):
    """The id of the item that goes to a number."""
    shop = Basket.objects.latest("id").shop
    for item in BasketItem.objects.filter(sale=None):
        if Quote.from_token(item.quote, shop=shop).recipient == number:
            return item.pk
    raise AssertionError(number)


def make_stale():
    """The price of every item is over."""
    for item in BasketItem.objects.select_related("basket__shop"):
        quote = Quote.from_token(item.quote, shop=item.basket.shop)
        old = quote.__class__(**quote.__dict__ | {"expires_at": timezone.now()})
        BasketItem.objects.filter(pk=item.pk).update(quote=old.token)


# --- filling -----------------------------------------------------------------


def test_the_check_page_has_a_way_into_the_basket_beside_the_sale(shopper):
    page, token = shopper.to_check()
    assert 'action="/basket/add/"' in page.html
    assert shopper.add(token).leads_to == BASKET
    page = shopper.get(BASKET)
    for told in ("876 555 0000", "Digicel Jamaica 10.00 USD", "Money received: sell all"):
        assert told in page.text
    assert Sale.objects.count() == 0, "nothing is sold by it"


def test_added_twice_it_is_there_once(shopper):
    _page, token = shopper.to_check()
    assert {shopper.add(token).leads_to for _ in range(3)} == {BASKET}
    assert BasketItem.objects.count() == 1


def test_an_item_is_taken_out_and_taking_it_out_again_does_nothing(shopper):
    shopper.put()
    shopper.put(number=OTHER)
    out = f"/basket/items/{item_of('18765550007')}/remove/"
    assert [shopper.post(out).leads_to for _ in range(2)] == [BASKET] * 2
    assert "876 555 0007" not in shopper.get(BASKET).text
    assert BasketItem.objects.count() == 1


def test_a_quote_that_was_sold_leads_to_its_sale(shopper):
    _page, token = shopper.to_check()
    sold = shopper.post("/sell/confirm/", quote=token).leads_to
    assert shopper.add(token).leads_to == sold
    assert BasketItem.objects.count() == 0


def test_a_basket_is_full_at_some_time_and_says_so(shopper, monkeypatch):
    monkeypatch.setattr(baskets, "MOST_ITEMS", 2)
    shopper.put()
    shopper.put(number=OTHER)
    refused = shopper.put(number=REFUSED)
    assert refused.leads_to.startswith("/sell/check/?quote=")
    assert "A basket takes 2 items" in shopper.get(refused.leads_to).text
    assert "This one is full" in shopper.get(BASKET).text
    assert BasketItem.objects.count() == 2


def test_a_token_that_is_none_is_told(shopper):
    assert shopper.add("nonsense").leads_to == "/sell/"
    assert BasketItem.objects.count() == 0


# --- whose it is -------------------------------------------------------------


def test_a_basket_is_its_persons_alone(shopper, colleague, rival, owner):
    shopper.put()
    open_key = Basket.objects.get().key
    item, form = BasketItem.objects.get(), shopper.form()
    for person in (colleague, rival, owner):
        other = Shopper(person)
        assert "876 555 0000" not in other.get(BASKET).text
        assert other.get(f"/basket/{open_key}/").status == 404
        assert other.post(f"/basket/items/{item.pk}/remove/").status == 404
        assert other.post("/basket/sell/", **form).status == 404
    sold = shopper.sell().leads_to
    for person in (colleague, rival, owner):
        assert Shopper(person).get(sold).status == 404
        assert Shopper(person).get(f"{sold}receipts/").status == 404
    assert shopper.get(sold).status == 200
    assert Sale.objects.count() == 1


def test_a_quote_in_somebody_elses_basket_is_not_taken(shopper, colleague):
    _page, token = shopper.to_check()
    shopper.add(token)
    refused = Shopper(colleague).add(token)
    assert refused.leads_to.startswith("/sell/check/?quote=")
    assert BasketItem.objects.get().basket.person == Basket.objects.earliest("id").person


def test_the_header_counts_the_items_and_asks_nothing_without_a_basket(
    shopper, counter, django_assert_num_queries
):
    shopper.get("/shift/owed/")
    with django_assert_num_queries(WITHOUT):
        page = shopper.get("/shift/owed/")
    assert 'id="basket"' not in page.html
    shopper.put()
    shopper.put(number=OTHER)
    with django_assert_num_queries(WITHOUT + 1):
        page = shopper.get("/shift/owed/")
    assert "Basket, items: 2" in page.text
    assert "Basket, items: 2" in Visitor(counter.agent).get("/shift/owed/").text, "a new session"
    shopper.sell()
    assert 'id="basket"' not in shopper.get("/shift/owed/").html


WITHOUT = 5


def test_no_secret_stands_in_the_row(shopper, counter):
    shopper.put()
    item = BasketItem.objects.get()
    told = " ".join(str(value) for value in vars(item).values())
    assert "18765550000" not in told
    assert Quote.from_token(item.quote, shop=counter.shop).recipient == "18765550000"


# --- selling -----------------------------------------------------------------


def test_one_press_sells_all_and_every_further_press_finds_the_same(shopper, ten, counter):
    shifts.open_shift(person=counter.agent, counts=[Counted(Tender.CASH, "USD", D(50))])
    shopper.put()
    shopper.put(number=OTHER)
    shopper.put(sku=PIN)
    page = shopper.get(BASKET)
    assert "Collect from customer $30.00" in page.text
    form = shopper.form(page) | {"tender": "card"}
    sold = shopper.post("/basket/sell/", **form)
    assert sold.status == 303
    sales = {*Sale.objects.values_list("correlation_id", flat=True)}
    assert [shopper.post("/basket/sell/", **form).leads_to for _ in range(2)] == [sold.leads_to] * 2
    assert {*Sale.objects.values_list("correlation_id", flat=True)} == sales
    assert sales == {*BasketItem.objects.values_list("key", flat=True)}
    assert {(s.tender, s.collected_amount, s.shift.number) for s in Sale.objects.all()} == {
        ("card", D(10), 1)
    }
    page = shopper.get(sold.leads_to)
    assert ("Being sold" in page.text, page.text.count("not sent")) == (True, 3)
    assert "data-look" in page.html
    for sale in Sale.objects.all():
        submit_sale(sale_id=sale.pk)
    page = shopper.get(sold.leads_to, n="1")
    assert ("Being sold" in page.text, page.text.count("done")) == (False, 3)
    assert "data-look" not in page.html
    assert "Collected $30.00 · card" in page.text
    counter.assert_right()


def test_the_second_currency_is_the_sum_of_what_each_sale_collects(shopper, ten, counter):
    counter.shop.second_currency, counter.shop.second_rate = "JMD", D("155.555")
    counter.shop.save()
    shopper.put()
    shopper.put(number=OTHER)
    page = shopper.get(BASKET)
    each = Quote.from_token(BasketItem.objects.first().quote, shop=counter.shop).second_price
    assert f"{2 * each:,.2f}" in page.text
    sold = shopper.sell(page, currency="JMD")
    assert [s.collected_amount for s in Sale.objects.all()] == [each, each]
    assert {s.collected_currency for s in Sale.objects.all()} == {"JMD"}
    assert Basket.objects.get().currency == "JMD"
    assert f"{2 * each:,.2f}" in shopper.get(sold.leads_to).text


def test_what_came_to_nothing_is_to_be_given_back(shopper, ten, counter):
    shifts.open_shift(person=counter.agent, counts=[Counted(Tender.CASH, "USD", D(50))])
    shopper.put()
    shopper.put(number=REFUSED)
    sold = shopper.sell().leads_to
    for sale in Sale.objects.all():
        submit_sale(sale_id=sale.pk)
    owed = Owed.objects.get()
    page = shopper.get(sold)
    assert "Give back $10.00 : 1 sale came to nothing." in page.text
    assert f'href="/shift/owed/{owed.pk}/"' in page.html
    paper = shopper.get(f"{sold}receipts/")
    assert "To give back $10.00" in paper.text
    for sale in Sale.objects.all():
        assert f'href="/receipts/{sale.correlation_id}/"' in paper.html
    Owed.objects.filter(pk=owed.pk).update(state="delivered", closed_at=timezone.now())
    page = shopper.get(sold)
    assert ("Give back" in page.text, ">Sold</h1>" in page.html) == (False, True)


def test_a_basket_of_which_nothing_came_is_not_called_sold(shopper, ten):
    shopper.put(number=REFUSED)
    sold = shopper.sell().leads_to
    assert "Being sold" in shopper.get(sold).text
    submit_sale(sale_id=Sale.objects.get().pk)
    page = shopper.get(sold)
    assert (">Not sold</h1>" in page.html, ">Sold</h1>" in page.html) == (True, False)
    assert "Give back $10.00 : 1 sale came to nothing." in page.text


def test_the_float_is_asked_for_the_whole_sum_before_money_is_taken(shopper, ten, counter):
    for number in range(3):
        shopper.put(number=f"+1 876 555 000{number}")
    form = shopper.form()
    add_float(shop=counter.shop, amount=D(-480), by=None, memo="less", key="less")
    page = shopper.get(BASKET)
    assert "Not enough float" in page.text
    assert "Money received: sell all" not in page.text
    refused = shopper.post("/basket/sell/", **form)
    assert (refused.status, Sale.objects.count()) == (422, 0)
    assert "Not enough float: this sale needs 28.80 USD, 20.00 USD is left" in refused.text
    shopper.post(f"/basket/items/{item_of('18765550000')}/remove/")
    assert shopper.sell().status == 303


def test_a_day_that_is_sold_out_is_told_of_the_sum(shopper, ten, counter):
    counter.shop.day_limit = D(15)
    counter.shop.save()
    shopper.put()
    shopper.put(number=OTHER)
    page = shopper.get(BASKET)
    assert "This is more than the shop may sell today." in page.text
    refused = shopper.sell(page)
    assert (refused.status, Sale.objects.count()) == (422, 0)
    shopper.post(f"/basket/items/{item_of('18765550000')}/remove/")
    assert shopper.sell().status == 303


def test_a_shop_that_asks_for_shifts_says_so_before_the_money(shopper, counter):
    counter.shop.requires_shift = True
    counter.shop.save()
    shopper.put()
    page = shopper.get(BASKET)
    assert "You have no open shift." in page.text
    assert 'href="/shift/"' in page.html
    assert shopper.sell(page).status == 422
    assert Sale.objects.count() == 0


def test_an_item_that_is_not_sold_now_stays_and_is_not_in_the_total(shopper, ten, counter):
    shopper.put()
    other = Sku.objects.get(provider_id=RANGE)
    shopper.put(number=OTHER, sku=RANGE, amount="5")
    Sku.objects.filter(pk=other.pk).update(retired_at=timezone.now())
    page = shopper.get(BASKET)
    assert "1 item is not sold now and is not in the total" in page.text
    assert "Collect from customer $10.00" in page.text
    sold = shopper.sell(page).leads_to
    assert Sale.objects.get().recipient == "18765550000"
    assert "Something was not sold and is not paid." in shopper.get(sold).text
    assert f'href="{sold}"' in shopper.get(BASKET).html, "an answer that was lost is found"
    rest = Basket.objects.get(state="open")
    assert rest.items.get().sale is None
    Sku.objects.filter(pk=other.pk).update(retired_at=None)
    assert "Collect from customer $10.00" in shopper.get(BASKET).text


def test_of_a_paused_operator_nothing_is_sold_and_the_reason_stands_at_the_item(shopper):
    shopper.put()
    form = shopper.form()
    operator = Sku.objects.get(provider_id=AIRTIME).operator
    OperatorWeather.objects.create(
        operator=operator, counted_at=timezone.now(), hold=Hold.CLOSED, hold_reason="x"
    )
    assert "Digicel is closed by your distributor for now." in shopper.get(BASKET).text
    assert shopper.post("/basket/sell/", **form).status == 422
    assert Sale.objects.count() == 0


# --- prices ------------------------------------------------------------------


def test_a_price_that_is_over_is_asked_for_anew_and_keeps_its_key(shopper, ten):
    shopper.put()
    key, form = BasketItem.objects.get().key, shopper.form()
    make_stale()
    assert shopper.post("/basket/sell/", **form).status == 303, "the same price is no news"
    assert Sale.objects.get().correlation_id == key


def test_a_new_price_is_shown_and_sold_only_when_it_was_accepted(shopper, ten, counter):
    shopper.put()
    form = shopper.form()
    publish(
        {"use": "price", "method": "fixed_price", "value": D(11)},
        {"use": "commission", "method": "fixed_commission", "value": D("0.40")},
    )
    stale = shopper.post("/basket/sell/", **form)
    assert (stale.status, Sale.objects.count()) == (422, 0)
    assert "The basket has changed. Nothing was sold." in stale.text
    assert "The price has changed from $10.00 . The customer pays $11.00 ." in stale.text
    unsaid = shopper.sell(stale)
    assert (unsaid.status, Sale.objects.count()) == (422, 0)
    assert "Accept the new one, or remove the item." in unsaid.text
    accept = f"accept-{BasketItem.objects.get().pk}"
    assert shopper.sell(unsaid, **{accept: "10.00"}).status == 422, "another price than this"
    assert shopper.sell(unsaid, **{accept: "11.00"}).status == 303
    assert (Sale.objects.get().price, BasketItem.objects.get().price) == (D(11), D(11))


def test_what_was_sold_from_its_check_page_is_not_sold_by_the_basket(shopper, ten):
    _page, token = shopper.to_check()
    shopper.add(token)
    shopper.put(number=OTHER)
    form = shopper.form()
    shopper.post("/sell/confirm/", quote=token)
    refused = shopper.post("/basket/sell/", **form)
    assert (refused.status, Sale.objects.count()) == (422, 1)
    assert "Collect from customer $10.00" in refused.text
    assert shopper.sell(refused).status == 303
    assert [s.collected_amount for s in Sale.objects.all()] == [D(10), D(10)]
    assert Basket.objects.get().items.get().sale.recipient == "18765550007"


# --- questions ---------------------------------------------------------------


def test_the_same_twice_in_a_basket_is_asked_about(shopper):
    rules(repeat_is_on=True)
    shopper.put()
    shopper.put()
    page = shopper.get(BASKET)
    assert page.text.count("The same is in the basket twice") == 1
    refused = shopper.sell(page)
    assert (refused.status, Sale.objects.count()) == (422, 0)
    assert (
        "The same is in the basket twice. Nothing was sold. Say that it is meant." in refused.text
    )
    second = BasketItem.objects.latest("id").pk
    assert f'href="#item-{second}"' in refused.html
    assert shopper.sell(refused, **{f"second-{second}": "x2"}).status == 303
    assert Sale.objects.count() == 2


def test_other_goods_to_one_number_are_sold_together_and_the_same_amount_is_the_same(shopper):
    rules(repeat_is_on=True)
    shopper.put()
    shopper.put(sku=RANGE, amount="5")
    page = shopper.get(BASKET)
    assert "The same is in the basket twice" not in page.text
    assert (shopper.sell(page).status, Sale.objects.count()) == (303, 2)
    shopper.put(sku=BUNDLE)
    page = shopper.get(BASKET)
    assert "A sale to this number is not finished yet:" in page.text
    assert shopper.sell(page).status == 422
    item = BasketItem.objects.latest("id").pk
    assert shopper.sell(page, **{f"answer-repeat-{item}": "yes"}).status == 303
    shopper.put(number=OTHER)
    shopper.put(number=OTHER, sku=RANGE, amount="10")
    assert "The same is in the basket twice" in shopper.get(BASKET).text


def test_an_earlier_sale_is_shown_at_its_item_and_asked_about(shopper):
    _page, token = shopper.to_check()
    earlier = shopper.post("/sell/confirm/", quote=token).leads_to
    rules(repeat_is_on=True)
    shopper.put()
    page = shopper.get(BASKET)
    assert "The same was sold to this number before:" in page.text
    assert f'href="{earlier}"' in page.html
    assert shopper.sell(page).status == 422
    answer = f"answer-repeat-{BasketItem.objects.get().pk}"
    assert shopper.sell(page, **{answer: "yes"}).status == 303
    assert Sale.objects.count() == 2


def test_a_code_is_asked_about_and_a_wrong_reply_is_written_and_stops(shopper):
    rules(scam_is_on=True, scam_count=1)
    shopper.put()
    shopper.put(sku=PIN)
    pin = BasketItem.objects.latest("id")
    question = QUESTIONS[question_for(pin.key)]
    page = shopper.get(BASKET)
    assert str(question.text) in page.text
    wrong = "no" if question.right == "yes" else "yes"
    stopped = shopper.sell(page, **{f"answer-scam-{pin.pk}": wrong})
    assert (stopped.status, Sale.objects.count()) == (422, 0)
    assert "Stop: this looks like a fraud. Nothing was sold." in stopped.text
    assert SafetyAnswer.objects.get().key == pin.key
    page = shopper.get(BASKET)
    assert "No PINs and gift cards are sold here for" in page.text
    assert shopper.sell(page).status == 303, "all else is sold"
    assert Sale.objects.get().kind == "airtime"


def test_a_right_reply_sells_the_code(shopper):
    rules(scam_is_on=True)
    shopper.put(sku=PIN)
    pin = BasketItem.objects.get()
    right = QUESTIONS[question_for(pin.key)].right
    assert shopper.sell(**{f"answer-scam-{pin.pk}": right}).status == 303


def test_what_the_items_before_it_make_a_question_is_asked_after_the_press(shopper, counter):
    counter.sell(sku=PIN)
    rules(scam_is_on=True, scam_count=3, scam_above=D(100), run_count=9)
    shopper.put(sku=PIN)
    shopper.put(sku=PIN)
    first, second = BasketItem.objects.order_by("id")
    page = shopper.get(BASKET)
    assert "answer-scam" not in page.html
    asked = shopper.sell(page)
    assert (asked.status, Sale.objects.count()) == (422, 1)
    assert f"answer-scam-{second.pk}" in asked.html
    assert f"answer-scam-{first.pk}" not in asked.html
    right = QUESTIONS[question_for(second.key)].right
    assert shopper.sell(asked, **{f"answer-scam-{second.pk}": right}).status == 303
    assert Sale.objects.count() == 3


def test_a_run_of_codes_in_one_basket_is_cut_short(shopper):
    rules(scam_is_on=True, scam_above=D(100), run_count=2)
    for _ in range(3):
        shopper.put(sku=PIN)
    page, items = shopper.get(BASKET), [*BasketItem.objects.order_by("id")]
    said = {f"answer-scam-{i.pk}": QUESTIONS[question_for(i.key)].right for i in items}
    refused = shopper.sell(page, **said)
    assert (refused.status, Sale.objects.count()) == (422, 0)
    assert "So many PINs and gift cards are not sold in a row." in refused.text
    assert f'href="#item-{items[2].pk}"' in refused.html
    shopper.post(f"/basket/items/{items[2].pk}/remove/")
    assert shopper.sell(**said).status == 303


def test_digits_of_a_large_sale_are_typed_at_its_item(shopper):
    rules(large_is_on=True, large_above=D(1))
    shopper.put()
    pk = BasketItem.objects.get().pk
    wrong = shopper.sell(**{f"answer-large-{pk}": "9999"})
    assert (wrong.status, 'value="9999"' in wrong.html) == (422, True)
    assert shopper.sell(wrong, **{f"answer-large-{pk}": "0000"}).status == 303


def test_money_received_is_ticked_once_for_all(shopper):
    rules(asks_money=True)
    shopper.put()
    shopper.put(number=OTHER)
    page = shopper.get(BASKET)
    assert page.text.count("I have the customer’s money") == 1
    assert shopper.sell(page).status == 422
    assert shopper.sell(page, **{"answer-money": "yes"}).status == 303
    assert SafetyAnswer.objects.count() == 2


# --- the rest ----------------------------------------------------------------


def test_after_a_session_that_ended_the_basket_is_where_it_was(shopper, counter):
    shopper.put()
    form = shopper.form()
    shopper.client.logout()
    assert shopper.post("/basket/sell/", **form).leads_to == "/session/sign-in/?next=%2Fbasket%2F"
    assert "876 555 0000" in Shopper(counter.agent).get(BASKET).text


def test_a_lost_answer_is_found_on_the_page_of_the_empty_basket(shopper):
    assert "The basket is empty" in shopper.get(BASKET).text
    shopper.put()
    sold = shopper.sell().leads_to
    assert f'href="{sold}"' in shopper.get(BASKET).html


def test_baskets_that_nobody_came_back_to_are_thrown_away(shopper, colleague):
    shopper.put()
    shopper.sell()
    shopper.put()
    old = Basket.objects.filter(state="open")
    old.update(changed_at=timezone.now() - timedelta(hours=23))
    assert baskets.sweep() == 0
    old.update(changed_at=timezone.now() - timedelta(hours=25))
    Basket.objects.create(person=colleague, shop=colleague.shop)
    assert baskets.sweep() == 1
    Basket.objects.filter(state="open").update(changed_at=timezone.now() - timedelta(hours=2))
    assert baskets.sweep() == 1, "an empty one"
    assert Basket.objects.get().state == "sold"


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_of_a_sold_basket_asks_a_fixed_number_of_queries(
    shopper, django_assert_num_queries, count
):
    for number in range(count):
        shopper.put(number=f"+1 876 555 000{number}")
    sold = shopper.sell().leads_to
    shopper.get(sold)
    with django_assert_num_queries(QUERIES):
        shopper.get(sold)


QUERIES = 8


@pytest.mark.parametrize("count", [1, 3])
def test_an_open_basket_asks_so_much_for_each_item(shopper, django_assert_num_queries, count):
    for number in range(count):
        shopper.put(number=f"+1 876 555 000{number}")
    shopper.get(BASKET)
    with django_assert_num_queries(OPEN + EACH * count):
        shopper.get(BASKET)


OPEN, EACH = 16, 6
