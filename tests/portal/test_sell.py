"""From a number to a sale, by plain forms."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.utils import timezone

from catalog.models import Country, Operator, Sku
from ledger.services import deposit
from tests.portal.conftest import AIRTIME, GOOD, PASSWORD, PIN, RANGE, Visitor
from topup.models import Person, Role, Sale, SaleEvent
from topup.models.alarm import StopKind
from topup.services import alarms
from topup.services.pricing import Quote

pytestmark = pytest.mark.django_db


def the_sku(number=AIRTIME):
    return Sku.objects.get(provider_id=number)


def key_of(token):
    shop = Person.objects.get(username="counter").shop
    return Quote.from_token(token, shop=shop).correlation_id


def test_the_first_page_asks_for_a_number(visitor):
    page = visitor.get("/sell/")
    assert (page.status, 'id="number"' in page.html) == (200, True)
    assert visitor.get("/").leads_to == "/sell/"


@pytest.mark.parametrize("typed", ["+1 876-555 0000", "0018765550000", "(1876) 555 0000"])
def test_a_number_in_any_spelling_finds_its_operator_and_what_it_sells(visitor, typed):
    page = visitor.get("/sell/", number=typed)
    assert page.status == 200
    assert "Operator found Digicel" in page.text
    assert "+1 876 555 0000" in page.text
    assert "$10 price $" in page.text
    assert "$3 – $100" in page.text
    assert "Change : Operator" in page.text


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("18765abc", "A phone number has no letters. Type digits only."),
        ("123", "This number is too short."),
        ("0" * 30, "Begin with the country code, not with 0."),
        ("18765<script>", "does not belong in a phone number"),
    ],
)
def test_a_bad_number_is_told_and_kept(visitor, typed, told):
    page = visitor.get("/sell/", number=typed)
    assert page.status == 422
    assert told in page.text
    assert 'aria-invalid="true"' in page.html
    assert "<script>" not in page.html.replace("<script src", "")


@pytest.mark.parametrize("query", [{"operator": "999999"}, {"operator": "x"}, {"country": "ZZ"}])
def test_an_operator_or_country_that_is_gone_is_told(visitor, query):
    page = visitor.get("/sell/", **query)
    assert (page.status, "is not on sale any more. Choose another" in page.text) == (422, True)


def test_a_frozen_shop_is_told_before_anything_is_typed(visitor, counter):
    told = "This shop may not sell at the moment"
    assert told not in visitor.get("/sell/").text
    counter.shop.is_frozen = True
    counter.shop.save()
    assert told in visitor.get("/sell/").text


def test_a_number_that_nobody_knows_leaves_the_choice_to_the_agent(visitor):
    page = visitor.get("/sell/", number="+34 612 345 678")
    assert page.status == 200
    assert "No operator is known for this number" in page.text
    assert "Other country or product" in page.text


def test_the_agent_may_overrule_the_lookup(visitor):
    flow = Operator.objects.create(
        provider_id=22, name="Flow", country=Country.objects.get(pk="JM")
    )
    sku = the_sku()
    Sku.objects.create(
        provider_id=77, name="Flow 5 USD", operator=flow, country=flow.country,
        product=sku.product, category=sku.category, min_face_value=5, max_face_value=5,
        face_currency="USD",
    )  # fmt: skip
    page = visitor.get("/sell/", number=GOOD, operator=flow.pk)
    assert "Operator Flow" in page.text
    assert "$5" in page.text
    assert "Digicel" in page.text, "the other operator stays one press away"


def test_htmx_gets_only_the_fragment_and_nothing_is_stored(htmx, visitor):
    part, whole = htmx.get("/sell/", number=GOOD), visitor.get("/sell/", number=GOOD)
    assert part.html.lstrip().startswith('<div id="sell"')
    assert "<html" in whole.html
    for page in (part, whole):
        assert page.response.headers["Vary"].split(", ").count("HX-Request") == 1
        assert "no-store" in page.response.headers["Cache-Control"]


def test_the_check_page_says_who_what_and_how_much(visitor):
    page, token = visitor.to_check()
    assert page.status == 200
    for told in ("+1 876 555 0000", "Digicel", "Collect from customer", "You keep"):
        assert told in page.text
    quote = Quote.from_token(token, shop=Person.objects.get(username="counter").shop)
    assert f"Sell for ${quote.price:.2f}" in page.text
    assert f"You keep ${quote.commission:.2f} · your float pays ${quote.charge:.2f}" in page.text


def test_looking_again_keeps_the_key(visitor):
    url = visitor.quote().leads_to
    first, second = (visitor.get(url).value_of("quote") for _ in range(2))
    assert key_of(first) == key_of(second)


def test_a_range_takes_the_amount_typed(visitor):
    page, _token = visitor.to_check(sku=RANGE, amount="7,50")
    assert "Amount $7.50" in page.text


@pytest.mark.parametrize(
    ("amount", "told"),
    [
        ("", "Type the amount."),
        ("lots", "Type the amount in digits, for example 5 or 5.50."),
        ("1,000", "Is 1,000 a thousand or a part?"),
        ("-5", "Type the amount in digits, for example 5 or 5.50."),
        ("2.99", "Type an amount from 3 to 100 USD."),
        ("100.01", "Type an amount from 3 to 100 USD."),
        ("5.5555", "Type an amount with at most two decimals."),
        ("NaN", "Type the amount in digits, for example 5 or 5.50."),
    ],
)
def test_a_bad_amount_is_told_and_everything_is_kept(visitor, amount, told):
    page = visitor.quote(sku=RANGE, amount=amount)
    assert page.status == 422
    assert told in page.text
    assert f'value="{the_sku(RANGE).pk}" checked' in page.html
    assert "+1 876 555 0000" in page.html
    assert f'value="{amount}"' in page.html


def test_whole_amounts_only_where_the_operator_wants_them(visitor):
    Sku.objects.filter(provider_id=RANGE).update(allow_decimal=False)
    page = visitor.quote(sku=RANGE, amount="5.50")
    assert (page.status, "Type a whole amount, without decimals." in page.text) == (422, True)


def test_no_product_chosen_is_told(visitor):
    page = visitor.post("/sell/quote/", number=GOOD, operator=the_sku().operator_id)
    assert (page.status, "Choose an amount or a product." in page.text) == (422, True)


@pytest.mark.parametrize("sku", ["999999", "x", ""])
def test_an_unknown_product_is_told(visitor, sku):
    page = visitor.post("/sell/quote/", number=GOOD, operator=the_sku().operator_id, sku=sku)
    assert page.status == 422
    assert "hoose a" in page.text


def test_a_number_of_another_country_is_told(visitor):
    page = visitor.quote(number="+91 98765 43210")
    assert page.status == 422
    assert "This product is for numbers that begin with +1876." in page.text


def test_a_top_up_without_a_number_is_told(visitor):
    page = visitor.quote(number="")
    assert (page.status, "Type the number to top up." in page.text) == (422, True)


def test_a_pin_needs_no_number(visitor):
    page, _token = visitor.to_check(number="", sku=PIN)
    assert page.status == 200


def test_a_product_that_the_provider_has_sold_out_is_told(visitor, simulator):
    simulator.fault("retire_sku", skuId=AIRTIME)
    page = visitor.quote()
    assert (page.status, "This product is sold out." in page.text) == (422, True)


def test_confirm_makes_one_sale_and_leads_to_it(visitor, counter):
    _page, token = visitor.to_check()
    first = visitor.post("/sell/confirm/", quote=token)
    assert first.response.status_code == 303
    sale = Sale.objects.get()
    assert first.leads_to == f"/sales/{sale.correlation_id}/"
    assert visitor.post("/sell/confirm/", quote=token).leads_to == first.leads_to
    assert Sale.objects.count() == 1
    assert counter.float() == (D(500), sale.charge)


def test_htmx_is_led_on_by_its_own_header(htmx):
    page = htmx.quote()
    assert page.response.status_code == 200
    assert page.leads_to.startswith("/sell/check/")
    token = htmx.get(page.leads_to).value_of("quote")
    assert htmx.post("/sell/confirm/", quote=token).leads_to.startswith("/sales/")


def test_going_back_to_the_check_page_of_a_sale_leads_to_the_sale(visitor):
    url = visitor.quote().leads_to
    token = visitor.get(url).value_of("quote")
    sale_url = visitor.post("/sell/confirm/", quote=token).leads_to
    assert visitor.get(url).leads_to == sale_url
    assert visitor.post("/sell/quote/", instead_of=token).leads_to == sale_url


def test_an_expired_quote_sells_nothing_and_offers_a_new_price(visitor, monkeypatch):
    _page, token = visitor.to_check()
    later = timezone.now() + timedelta(minutes=4)
    monkeypatch.setattr(timezone, "now", lambda: later)
    page = visitor.post("/sell/confirm/", quote=token)
    assert page.status == 422
    assert "The price was held too long. Nothing was sold." in page.text
    assert "Get the price again" in page.text
    assert Sale.objects.count() == 0
    again = visitor.post(
        "/sell/quote/", instead_of=token, number=page.value_of("number"),
        sku=page.value_of("sku"), operator=page.value_of("operator"),
    )  # fmt: skip
    assert again.leads_to.startswith("/sell/check/")


def test_the_answer_is_lost_the_quote_expires_and_the_agent_presses_again(visitor, monkeypatch):
    _page, token = visitor.to_check()
    sold = visitor.post("/sell/confirm/", quote=token).leads_to
    later = timezone.now() + timedelta(minutes=10)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert visitor.post("/sell/confirm/", quote=token).leads_to == sold
    assert Sale.objects.count() == 1


def test_a_price_that_changed_sells_nothing(visitor):
    _page, token = visitor.to_check()
    Sku.objects.filter(provider_id=AIRTIME).update(row_hash="another")
    page = visitor.post("/sell/confirm/", quote=token)
    assert (page.status, "The price has changed. Nothing was sold." in page.text) == (422, True)
    assert Sale.objects.count() == 0


def test_a_product_retired_between_quote_and_confirm_sells_nothing(visitor):
    _page, token = visitor.to_check()
    Sku.objects.filter(provider_id=AIRTIME).update(retired_at=timezone.now())
    page = visitor.post("/sell/confirm/", quote=token)
    assert page.status == 422
    assert "This product is not on sale any more." in page.text
    assert Sale.objects.count() == 0


def test_too_little_float_is_told_with_figures(visitor, counter):
    _page, token = visitor.to_check()
    deposit(account=counter.shop.float_account, amount=D("-499"), key="out")
    page = visitor.post("/sell/confirm/", quote=token)
    assert page.status == 422
    assert "1.00 USD is left" in page.text
    assert Sale.objects.count() == 0


def test_a_frozen_shop_and_a_stop_sell_nothing(visitor, counter):
    _page, token = visitor.to_check()
    counter.shop.is_frozen = True
    counter.shop.save()
    assert "This shop may not sell" in visitor.post("/sell/confirm/", quote=token).text
    counter.shop.is_frozen = False
    counter.shop.save()
    alarms.stop(StopKind.SELLING, "a test")
    assert "Selling is stopped" in visitor.post("/sell/confirm/", quote=token).text
    told = visitor.quote()
    assert (told.status, "Selling is stopped" in told.text) == (422, True), "before a price is told"
    assert Sale.objects.count() == 0


@pytest.mark.parametrize("token", ["", "nonsense", "eyJhIjoxfQ:x:y"])
def test_a_forged_form_sells_nothing(visitor, token):
    for page in (visitor.post("/sell/confirm/", quote=token),
                 visitor.get("/sell/check/", quote=token)):  # fmt: skip
        assert page.status == 400
        assert "This form is not valid any more." in page.text
    assert Sale.objects.count() == 0


def test_the_quote_of_another_shop_sells_nothing(visitor, rival):
    _page, token = visitor.to_check()
    page = Visitor(rival).post("/sell/confirm/", quote=token)
    assert page.status == 400
    assert Sale.objects.count() == 0


def test_one_key_for_other_goods_is_a_conflict(visitor, counter):
    _page, token = visitor.to_check()
    visitor.post("/sell/confirm/", quote=token)
    quote = Quote.from_token(token, shop=counter.shop)
    other = replace(quote, recipient="18765559999").token
    page = visitor.post("/sell/confirm/", quote=other)
    assert page.status == 409
    assert "This form was already used for another sale." in page.text
    assert Sale.objects.count() == 1


def test_two_tabs_sell_two_sales_only_with_two_keys(visitor):
    _page, one = visitor.to_check()
    _page, two = visitor.to_check()
    assert one != two
    assert visitor.post("/sell/confirm/", quote=one).leads_to != (
        visitor.post("/sell/confirm/", quote=two).leads_to
    )


@pytest.mark.parametrize("url", ["/sell/confirm/", "/sell/quote/"])
def test_what_moves_money_is_never_a_get(visitor, url):
    assert visitor.get(url).status == 405


def test_a_press_after_the_session_ended_keeps_form_and_key(visitor, counter):
    counter.agent.set_password(PASSWORD)
    counter.agent.save()
    visitor.client.force_login(counter.agent)
    _page, token = visitor.to_check()
    visitor.client.logout()
    led = visitor.post("/sell/confirm/", quote=token).leads_to
    assert led.startswith("/session/sign-in/?next=")
    sign_in = visitor.get(led)
    back = visitor.post(
        "/session/sign-in/", username="counter", password=PASSWORD, next=sign_in_next(sign_in)
    ).leads_to
    assert key_of(visitor.get(back).value_of("quote")) == key_of(token)
    sale_url = visitor.post("/sell/confirm/", quote=token).leads_to
    assert Sale.objects.get().correlation_id in sale_url


def sign_in_next(page):
    return page.value_of("next").replace("&amp;", "&")


def test_a_form_from_before_the_sign_in_comes_back_with_its_key(counter):
    strict = Visitor(counter.agent, enforce_csrf_checks=True)
    _page, token = Visitor(counter.agent).to_check()
    page = strict.post("/sell/confirm/", quote=token)
    assert (page.status, page.leads_to.startswith("/sell/check/?quote=")) == (303, True)
    assert key_of(strict.get(page.leads_to).value_of("quote")) == key_of(token)
    assert Sale.objects.count() == 0


def test_other_forms_from_before_the_sign_in_are_not_lost_either(counter, htmx):
    strict = Visitor(counter.agent, enforce_csrf_checks=True)
    sku = the_sku(RANGE)
    form = {"number": GOOD, "operator": str(sku.operator_id), "sku": str(sku.pk)}
    led = strict.post("/sell/quote/", **form, **{f"amount-{sku.pk}": "7,50"}).leads_to
    page = strict.get(led)
    assert f'value="{sku.pk}" checked' in page.html
    assert 'value="7,50"' in page.html
    assert "+1 876 555 0000" in page.text
    sale = counter.confirm()
    assert strict.post(f"/sales/{sale.correlation_id}/ask/").leads_to == (
        f"/sales/{sale.correlation_id}/"
    )
    told = strict.post("/session/sign-out/")
    assert (told.status, "Nothing was changed." in told.text) == (403, True)
    assert strict.post("/session/sign-in/").leads_to == "/sell/", "signed in in another window"


@pytest.mark.parametrize("scripts", [True, False], ids=["htmx", "plain"])
def test_goods_sent_after_the_session_ended_wait_behind_the_sign_in(counter, scripts):
    form = {"number": GOOD, "sku": str(the_sku().pk)}
    led = Visitor(htmx=scripts).post("/sell/quote/", **form).leads_to
    there = sign_in_next(Visitor().get(led))
    assert f'value="{the_sku().pk}" checked' in Visitor(counter.agent).get(there).html
    huge = Visitor(htmx=scripts).post("/sell/quote/", number="1" * 9000, sku="1").leads_to
    assert len(huge) < 100


def test_a_page_without_a_fragment_takes_the_place_of_the_whole_page(htmx, visitor):
    for path in ("/nothing/", "/sales/00000000-0000-4000-8000-000000000000/"):
        page = htmx.get(path)
        assert page.status == 404
        assert page.response.headers["HX-Retarget"] == "body"
        assert page.response.headers["HX-Reswap"] == "outerSync"
        assert "HX-Retarget" not in visitor.get(path).response.headers
    assert "HX-Retarget" not in htmx.get("/sell/").response.headers


def test_signed_out_visitors_and_the_distributors_people_are_led_away(counter):
    assert Visitor().get("/sell/", number=GOOD).leads_to == (
        "/session/sign-in/?next=%2Fsell%2F%3Fnumber%3D%252B1%2B876-555%2B0000"
    )
    boss = Person.objects.create_user("boss", role=Role.ADMIN, is_staff=True)
    assert Visitor(boss).get("/sell/").leads_to == "/admin/"
    clerk = Person.objects.create_user("clerk", role=Role.ADMIN)
    page = Visitor(clerk).get("/sell/")
    assert (page.status, "Your login belongs to no shop" in page.text) == (403, True)


def test_the_first_event_of_a_sale_names_the_agent(visitor, counter):
    visitor.sell()
    assert SaleEvent.objects.get().by == counter.agent


def test_pages_ask_the_database_a_fixed_number_of_times(visitor, django_assert_num_queries):
    sku = the_sku()
    visitor.get("/sell/", number=GOOD)  # the lookup's answer is kept from now on
    for extra in range(3):
        with django_assert_num_queries(16):
            visitor.get("/sell/", number=GOOD)
        Sku.objects.create(
            provider_id=900 + extra, name=f"More {extra}", operator=sku.operator,
            country=sku.country, product=sku.product, category=sku.category, min_face_value=1,
            max_face_value=1, face_currency="USD",
        )  # fmt: skip
