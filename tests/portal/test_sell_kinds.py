"""Every kind of goods at the counter, by plain forms: what it asks for, and what is sold."""

import re
from decimal import Decimal as D

import pytest
from django.core.cache import cache
from django.utils import timezone

from catalog.enums import Category
from catalog.models import Product, Sku
from catalog.provider import client
from catalog.sync import fields
from tests.portal.conftest import AIRTIME, GOOD, PIN, Visitor, stands_in
from tests.topup.goods import a_sku, some_skus
from topup import gateway
from topup.models import Kind, Person, Role, Sale, ShopSwitch
from topup.services import accounts, sales
from topup.services.pricing import Quote
from topup.states import SaleState
from valuetopup._rows import Row
from valuetopup.types import AccountDetail

pytestmark = pytest.mark.django_db
NUMBER = "917012345678"  # of an operator whose bundles depend on the number
ACCOUNT = "04123456789"


@pytest.fixture(autouse=True)
def _nothing_kept():
    """The cache is shared, and keys come again when a test is rolled back."""
    cache.clear()


def goods(sku, **more):
    return {"operator": sku.operator_id, "sku": sku.pk, **more}


def to_details(visitor, sku, **more):
    """The page that the goods form leads to."""
    led = visitor.post("/sell/quote/", **goods(sku, **more)).leads_to
    assert led.startswith("/sell/details/?"), led
    return visitor.get(led)


def to_check(visitor, sku, **typed):
    """The check page of goods whose fields were filled in."""
    led = visitor.post("/sell/quote/", details="1", **goods(sku, **typed)).leads_to
    assert led.startswith("/sell/check/"), led
    return visitor.get(led)


def sold(visitor, page):
    visitor.post("/sell/confirm/", quote=page.value_of("quote"))
    sale = Sale.objects.get()
    sales.submit_sale(sale_id=sale.pk)
    sale.refresh_from_db()
    return sale


def amount(sku, value):
    return {f"amount-{sku.pk}": value}


# Bills


@pytest.fixture
def bill(counter):
    return a_sku(Category.BILL_PAY, "electric")


def test_a_bill_asks_whose_it_is_shows_what_is_due_and_is_paid(visitor, bill):
    page = to_details(visitor, bill)
    assert (page.status, "Whose bill?" in page.text) == (200, True)
    assert "Amount in" not in page.text, "the amount comes from the biller"
    found = visitor.get(
        "/sell/details/", details="1", **goods(bill, **{"x-account_number": ACCOUNT})
    )
    assert "Is this the customer’s bill?" in found.text
    assert "Name A. Customer" in found.text
    due = found.value_of_field(f"amount-{bill.pk}")
    assert f"NGN {D(due):,.2f}" in found.text.replace("\xa0", " ")
    check = to_check(visitor, bill, **{"x-account_number": ACCOUNT}, **amount(bill, due))
    assert f"Account number {ACCOUNT}" in check.text
    assert "Name at the biller A. Customer" in check.text
    assert "Fee, in the price already" in check.text
    sale = sold(visitor, check)
    assert (sale.state, sale.kind, sale.face_value) == (SaleState.COMPLETED, Kind.BILL, D(due))
    assert sale.extras == {"account_number": ACCOUNT, "account_name": "A. Customer"}
    own = visitor.get(f"/sales/{sale.correlation_id}/")
    assert f"Account number {ACCOUNT} Name at the biller A. Customer" in own.text


def test_an_account_that_the_biller_does_not_know_is_told_at_its_field(visitor, bill):
    typed = {"x-account_number": "77770501"}
    for page in (visitor.get("/sell/details/", details="1", **goods(bill, **typed)),
                 visitor.post("/sell/quote/", details="1",
                              **goods(bill, **typed, **amount(bill, "2000")))):  # fmt: skip
        assert page.status == 422
        assert 'href="#x-account_number"' in page.html
        assert "The biller does not know this account." in page.text
        assert 'value="77770501"' in page.html
    assert Sale.objects.count() == 0


@pytest.mark.parametrize("fault", ["http", "garbage"])
def test_a_biller_that_cannot_be_asked_is_sold_with_what_is_typed(visitor, bill, fault, simulator):
    simulator.fault(fault, kind="bill_fetch", **({"status": 404} if fault == "http" else {}))
    typed = {"x-account_number": ACCOUNT}
    page = visitor.get("/sell/details/", details="1", **goods(bill, **typed))
    assert (page.status, "This biller cannot be asked now" in page.text) == (200, True)
    assert page.value_of_field(f"amount-{bill.pk}") == ""
    check = to_check(visitor, bill, **typed, **amount(bill, "2000"))
    assert "Name at the biller" not in check.text
    sale = sold(visitor, check)
    assert (sale.extras, sale.state) == ({"account_number": ACCOUNT}, SaleState.COMPLETED)


def test_a_bill_in_another_currency_is_shown_and_the_amount_is_typed(visitor, bill):
    Sku.objects.filter(pk=bill.pk).update(face_currency="USD")
    typed = {"x-account_number": ACCOUNT}
    page = visitor.get("/sell/details/", details="1", **goods(bill, **typed))
    assert "Amount due NGN" in page.text
    assert "Amount in USD" in page.text
    assert page.value_of_field(f"amount-{bill.pk}") == ""


def test_what_a_biller_says_besides_is_shown_by_its_own_names(visitor, bill, monkeypatch):
    told = {"accountName": "B. Other", "Meter Type": "single <b>", "Tariff": "R2", "x": None}
    monkeypatch.setattr(gateway, "fetch_account", lambda *_: AccountDetail.read(Row(told)))
    page = visitor.get(
        "/sell/details/", details="1", **goods(bill, **{"x-account_number": ACCOUNT})
    )
    for line in ("Name B. Other", "Meter Type single &lt;b&gt;", "Tariff R2"):
        assert line in page.text
    assert page.text.count("B. Other") == 1


@pytest.mark.parametrize(
    ("due", "hint"),
    [
        ("331.84", "whole amounts: NGN 331 leaves NGN 0.84 open, NGN 332 is NGN 0.16 more."),
        ("9.50", "at least NGN 10: NGN 0.50 more than is due."),
        ("1500.40", "at most NGN 1,500: that leaves NGN 0.40 open."),
        ("331", ""), ("0", ""),
    ],
)  # fmt: skip
def test_a_bill_with_cents_says_what_may_be_paid(visitor, bill, monkeypatch, due, hint):
    Sku.objects.filter(pk=bill.pk).update(
        min_face_value=10, max_face_value=1500, allow_decimal=False
    )
    told = {"accountName": "B. Other", "amountDue": D(due), "currencyCode": "NGN"}
    monkeypatch.setattr(gateway, "fetch_account", lambda *_: AccountDetail.read(Row(told)))
    typed = {"x-account_number": ACCOUNT}
    page = visitor.get("/sell/details/", details="1", **goods(bill, **typed))
    text = page.text.replace("\xa0", " ")
    assert page.value_of_field(f"amount-{bill.pk}") == ("331" if due == "331" else "")
    assert ("This biller takes" in text) is bool(hint)
    assert hint in text


@pytest.mark.parametrize(
    ("paid", "told"), [("2332", "More than is due NGN 0.16"), ("2331", "Stays open NGN 0.84")]
)
def test_what_was_due_stands_where_something_else_is_paid(
    visitor, bill, monkeypatch, paid, told, counter
):
    Sku.objects.filter(pk=bill.pk).update(allow_decimal=False)
    answer = {"amountDue": D("2331.84"), "currencyCode": "NGN"}
    monkeypatch.setattr(gateway, "fetch_account", lambda *_: AccountDetail.read(Row(answer)))
    check = to_check(visitor, bill, **{"x-account_number": ACCOUNT}, **amount(bill, paid))
    line = f"Amount due NGN 2,331.84 {told}"
    assert line in check.text.replace("\xa0", " ")
    visitor.post("/sell/confirm/", quote=check.value_of("quote"))
    sale = Sale.objects.get()
    assert accounts.due_of(sale.extras) == (D("2331.84"), "NGN")
    slip = visitor.get(f"/receipts/{sale.correlation_id}/").text.replace("\xa0", " ")
    assert ("Amount due NGN 2,331.84" in slip, f"{D(paid):,.2f}" in slip) == (True, True)
    own = visitor.get(f"/sales/{sale.correlation_id}/")
    assert line in own.text.replace("\xa0", " ")


@pytest.mark.parametrize("typed", ["", "abc", "5", "999999999"])
def test_a_wrong_amount_of_a_bill_is_told_where_it_is_typed(visitor, bill, typed):
    form = goods(bill, **{"x-account_number": ACCOUNT}, **amount(bill, typed))
    page = visitor.post("/sell/quote/", details="1", **form)
    assert page.status == 422
    assert f'<a href="#amount-{bill.pk}">Type' in page.html
    assert "A. Customer" in page.text


def test_the_fee_is_in_the_price_by_the_catalogue_too(visitor, bill, counter, simulator):
    assert bill.min_cost is not None
    typed = {"x-account_number": ACCOUNT, **amount(bill, "2000")}
    by_estimate = to_check(visitor, bill, **typed)
    simulator.fault("http", kind="estimate", status=404)
    by_catalogue = to_check(visitor, bill, **typed)
    for page in (by_estimate, by_catalogue):
        assert "Fee, in the price already $0.50" in page.text
    costs = [Quote.from_token(page.value_of("quote"), shop=counter.shop).cost
             for page in (by_estimate, by_catalogue)]  # fmt: skip
    assert abs(costs[0] - costs[1]) < D("0.01")


def test_the_provider_is_asked_once_about_an_account(visitor, bill, simulator):
    typed = {"x-account_number": ACCOUNT}
    visitor.get("/sell/details/", details="1", **goods(bill, **typed))
    simulator.fault("http", kind="bill_fetch", status=503)
    check = to_check(visitor, bill, **typed, **amount(bill, "2000"))
    assert "Name at the biller A. Customer" in check.text


def test_who_asks_about_many_accounts_is_held_back_and_may_still_sell(
    visitor, bill, simulator, monkeypatch
):
    monkeypatch.setattr(accounts, "MOST_OF_PERSON", 2)
    asked = []
    fetch = gateway.fetch_account
    monkeypatch.setattr(gateway, "fetch_account", lambda *_: asked.append(1) or fetch(*_))

    def look(number):
        typed = goods(bill, **{"x-account_number": number})
        return visitor.get("/sell/details/", details="1", **typed).text

    assert "A. Customer" in look("1111111")
    assert "A. Customer" in look("1111111"), "what is kept is not asked for again"
    assert "A. Customer" in look("2222222")
    page = look("3333333")
    assert ("A. Customer" in page, "asked about very many accounts" in page) == (False, True)
    assert "A. Customer" in look("2222222")
    assert len(asked) == 2
    typed = {"x-account_number": "3333333", **amount(bill, "2000")}
    assert sold(visitor, to_check(visitor, bill, **typed)).state == SaleState.COMPLETED


def test_a_shop_is_held_back_whoever_of_it_asks(visitor, bill, counter, monkeypatch):
    monkeypatch.setattr(accounts, "MOST_OF_SHOP", 1)
    other = Person.objects.create_user("other", role=Role.CASHIER, shop=counter.shop)
    asked = [accounts.find_account(shop=counter.shop, by=by, sku=bill, number=number).was_asked
             for by, number in ((counter.agent, "111"), (other, "222"))]  # fmt: skip
    assert asked == [True, False]


def test_a_bill_that_the_shop_does_not_sell_is_not_asked_about(visitor, bill, counter):
    ShopSwitch.objects.create(shop=counter.shop, kind=Kind.BILL, is_on=False)
    page = visitor.get(
        "/sell/details/", details="1", **goods(bill, **{"x-account_number": ACCOUNT})
    )
    assert (page.status, "A. Customer" in page.text) == (422, False)


# eSIMs, gift cards, plans


def test_an_esim_is_sold_only_after_the_phone_was_asked_about(visitor, counter):
    esim = a_sku(Category.ESIM)
    page = to_details(visitor, esim, number=GOOD)
    assert "takes an eSIM and is not locked" in page.text
    assert GOOD not in page.text
    missed = visitor.post("/sell/quote/", details="1", **goods(esim))
    assert missed.status == 422
    assert 'href="#x-device_fits">Ask first' in missed.html
    check = to_check(visitor, esim, **{"x-device_fits": "yes"})
    assert "An eSIM cannot be given back" in check.text
    assert "info-name" not in page.html, "its order has no place for details"
    assert sold(visitor, check).state == SaleState.COMPLETED


def test_a_gift_card_carries_the_name_and_may_be_sold_without(visitor, counter):
    card = a_sku(Category.GIFT_CARD, "google play")
    page = to_details(visitor, card)
    assert '<details class="more" open>' in page.html
    check = to_check(visitor, card, **{"x-first_name": "Zoë", "x-last_name": "Ng"})
    assert "First name of the customer Zoë" in check.text
    assert sold(visitor, check).extras == {"first_name": "Zoë", "last_name": "Ng"}
    assert "First name" not in to_check(visitor, card).html.split("</dl>")[0]


def test_a_range_of_a_gift_card_takes_its_amount_beside_it(visitor, counter):
    card = a_sku(Category.GIFT_CARD, "amazon")
    page = visitor.get("/sell/", operator=card.operator_id)
    assert "Gift cards, any amount" in page.text
    told = visitor.post("/sell/quote/", **goods(card, **amount(card, "")))
    assert (told.status, "Type the amount." in told.text) == (422, True)
    led = to_details(visitor, card, **amount(card, "20"))
    assert led.value_of(f"amount-{card.pk}") == "20"
    assert "Amount $20.00" in to_check(visitor, card, **amount(card, "20")).text


def test_months_of_a_plan_are_told_times_the_amount(visitor, counter):
    plan = a_sku(Category.RTR, "lyca")
    number = f"{plan.dial_codes[0]}2025550100"
    assert "Months of plan" in to_details(visitor, plan, number=number).text
    wrong = visitor.post("/sell/quote/", details="1", **goods(plan, number=number),
                         **{"x-plan_months": "13"})  # fmt: skip
    assert (wrong.status, 'value="13"' in wrong.html) == (422, True)
    check = to_check(visitor, plan, number=number, **{"x-plan_months": "3"})
    assert f"Amount 3 months × ${plan.min_face_value:.2f}" in check.text


def test_a_top_up_goes_straight_to_the_price_and_may_carry_more(visitor):
    check, _token = visitor.to_check()
    assert "Sender’s number" in check.text
    link = re.search(r'href="(/sell/details/[^"]*)"', check.html)[1].replace("&amp;", "&")
    page = visitor.get(link)
    assert (page.status, "A few details" in page.text) == (200, True)
    sku = Sku.objects.get(provider_id=AIRTIME)
    check = to_check(visitor, sku, number=GOOD, **{"x-sender_msisdn": "+44 7700 900123"})
    assert "Sender’s number +44 7700 900123" in check.text


# Secrets


@pytest.fixture
def boost(counter):
    """A SKU of one amount: of a range the amount is not what is looked at here."""
    sku = a_sku(Category.RTR, "boost")
    sku.max_face_value = sku.min_face_value
    sku.save()
    return sku


def test_a_boost_pin_is_on_no_page_and_in_no_address(visitor, boost, counter):
    number = f"{boost.dial_codes[0]}2025550100"
    page = to_details(visitor, boost, number=number)
    assert 'type="password" id="x-boost_pin"' in page.html
    form = goods(boost, number=number, **{"x-boost_pin": "0739", "x-sender_msisdn": "bad"})
    wrong = visitor.post("/sell/quote/", details="1", **form)
    assert (wrong.status, stands_in(wrong.html, "0739")) == (422, False)
    form["x-sender_msisdn"] = ""
    led = visitor.post("/sell/quote/", details="1", **form).leads_to
    check = visitor.get(led)
    assert not stands_in(led + check.html, "0739")
    assert "Boost account PIN ••••" in check.text
    behind_the_sign_in = Visitor().post("/sell/quote/", details="1", **form).leads_to
    assert not stands_in(behind_the_sign_in, "0739")
    assert "sell%2Fdetails" in behind_the_sign_in
    sale = sold(visitor, check)
    assert (sale.extras, sale.all_extras) == ({}, {"boost_pin": "0739"})
    assert not stands_in(visitor.get(f"/sales/{sale.correlation_id}/").html, "0739")
    again = visitor.get("/sell/details/", **goods(boost, number=number), **{"x-boost_pin": "0739"})
    assert not stands_in(again.html, "0739")


def test_a_stale_price_is_asked_for_again_with_the_secret(visitor, boost, counter):
    number = f"{boost.dial_codes[0]}2025550100"
    check = to_check(visitor, boost, number=number, **{"x-boost_pin": "7391"})
    old = check.value_of("quote")
    Sku.objects.filter(pk=boost.pk).update(row_hash="another")
    stale = visitor.post("/sell/confirm/", quote=old)
    assert (stale.status, "Get the price again" in stale.text) == (422, True)
    again = visitor.post("/sell/quote/", instead_of=old, details="1",
                         **goods(boost, number=number))  # fmt: skip
    token = visitor.get(again.leads_to).value_of("quote")
    assert Quote.from_token(token, shop=counter.shop).secret_extras == {"boost_pin": "7391"}


# Free details, memory


def test_free_details_are_asked_for_only_where_the_text_does(visitor, counter):
    sku = Sku.objects.get(provider_id=PIN)
    assert visitor.post("/sell/quote/", **goods(sku)).leads_to.startswith("/sell/check/")
    sku.additional_information = "The customer's zip code is required."
    sku.save()
    page = to_details(visitor, sku)
    assert "zip code is required" in page.text
    assert page.html.count('id="info-value-') == 3
    wrong = visitor.post("/sell/quote/", details="1", **goods(sku),
                         **{"info-name-1": "<b>", "info-value-1": "1"})  # fmt: skip
    assert (wrong.status, 'href="#info-name-1"' in wrong.html) == (422, True)
    check = to_check(visitor, sku, **{"info-name-1": "Zip", "info-value-1": "90210"})
    assert "Zip 90210" in check.text
    assert sold(visitor, check).extras == {"info-Zip": "90210"}


def test_more_text_than_an_address_holds_is_told(visitor):
    sku = Sku.objects.get(provider_id=PIN)
    rows = {f"info-{part}-{n}": "ن" * 90 for n in (1, 2, 3) for part in ("name", "value")}
    rows |= {f"info-name-{n}": f"n{n}" for n in (1, 2, 3)}
    page = visitor.post("/sell/quote/", details="1", **goods(sku), **rows)
    assert (page.status, "more text than can be sent" in page.text) == (422, True)


def test_the_longest_details_still_travel_in_an_address(visitor):
    sku = Sku.objects.get(provider_id=PIN)
    rows = {f"info-{part}-{n}": part[0] * most for n in (1, 2, 3)
            for part, most in (("name", 48), ("value", 100))}  # fmt: skip
    rows |= {f"info-name-{n}": f"{'n' * 48}{n}" for n in (1, 2, 3)}
    rows["info-value-3"] = "ن" * 100
    led = visitor.post("/sell/quote/", details="1", **goods(sku), **rows).leads_to
    assert len(led) < 4000, "a request line has 4094 at most"
    assert "ن" * 100 in visitor.get(led).text


def test_what_was_typed_for_an_account_is_there_at_its_next_sale(visitor, bill, rival):
    typed = {"x-account_number": ACCOUNT, "x-check_digits": "77", "x-sender_name": "A. Payer"}
    sold(visitor, to_check(visitor, bill, **typed, **amount(bill, "2000")))
    account = goods(bill, **{"x-account_number": ACCOUNT})
    page = visitor.get("/sell/details/", details="1", **account)
    assert page.value_of_field("x-check_digits") == "77"
    assert page.value_of_field("x-sender_name") == "A. Payer"
    other = Visitor(rival).get("/sell/details/", details="1", **account)
    assert other.value_of_field("x-sender_name") == "", "another shop knows nothing of it"


def test_what_was_typed_for_a_number_is_there_at_its_next_sale(visitor):
    sku = Sku.objects.get(provider_id=AIRTIME)
    sold(visitor, to_check(visitor, sku, number=GOOD, **{"x-sender_msisdn": "447700900123"}))
    page = visitor.get("/sell/details/", details="1", **goods(sku, number=GOOD))
    assert page.value_of_field("x-sender_msisdn") == "447700900123"


def test_changing_something_keeps_what_was_typed(visitor, counter):
    card = a_sku(Category.GIFT_CARD, "amazon")
    typed = {"x-first_name": "Zoë", "info-name-1": "Zip", "info-value-1": "1"}
    check = to_check(visitor, card, **typed, **amount(card, "20"))
    change = re.search(r'href="(/sell/\?[^"]*)"', check.html)[1].replace("&amp;", "&")
    page = visitor.get(change)
    for name, value in typed.items():
        assert page.value_of(name) == value
    assert f'value="{card.pk}" checked' in page.html


def test_goods_that_are_gone_lead_back_to_the_sell_page(visitor):
    for query in ({"sku": "999"}, {"sku": "x"}, {}, {"number": "12", "sku": "1"}):
        assert visitor.get("/sell/details/", **query).leads_to.startswith("/sell/")


# Bundles of one number


@pytest.fixture
def plans(counter):
    """The catalogue knows all plans but the first that the number may buy."""
    skus = some_skus(Category.RTR, "jio", most=40)
    told = client().bundles(skus[0].product.provider_id, NUMBER)
    Sku.objects.filter(provider_id=told[0].sku_id).delete()
    return told


def test_a_number_is_offered_its_own_bundles_only(visitor, plans):
    page = visitor.get("/sell/", number=NUMBER)
    assert "Bundles of this number" in page.text
    shown = set(map(int, re.findall(r'name="sku" id="sku-(\d+)"', page.html)))
    ids = set(Sku.objects.filter(pk__in=shown).values_list("provider_id", flat=True))
    product = Product.objects.get(require_fetch_bundle=True)
    of_product = set(Sku.objects.filter(product=product).values_list("provider_id", flat=True))
    assert ids & of_product == {bundle.sku_id for bundle in plans}
    assert Sku.objects.get(is_dynamic=True).provider_id == plans[0].sku_id


def test_a_bundle_that_the_catalogue_lacks_is_sold_to_its_number_and_to_no_other(visitor, plans):
    visitor.get("/sell/", number=NUMBER)
    sku = Sku.objects.get(is_dynamic=True)
    other = next(n for n in (f"9170{digits}345678" for digits in range(10, 90))
                 if plans[0].sku_id not in {
                     b.sku_id for b in client().bundles(sku.product.provider_id, n)})  # fmt: skip
    told = visitor.post("/sell/quote/", **goods(sku, number=other))
    assert (told.status, "not on offer for this number" in told.text) == (422, True)
    led = visitor.post("/sell/quote/", **goods(sku, number=NUMBER)).leads_to
    sale = sold(visitor, visitor.get(led))
    assert (sale.provider_sku_id, sale.state) == (plans[0].sku_id, SaleState.COMPLETED)


def test_without_a_number_it_is_asked_for_first(visitor, plans):
    sku = Sku.objects.filter(require_fetch_bundle=True).first()
    page = visitor.get("/sell/", operator=sku.operator_id)
    assert "Some bundles depend on the number." in page.text
    assert f'id="sku-{sku.pk}"' not in page.html
    assert "Find" in page.text


def test_a_list_that_cannot_be_had_is_told_and_what_demands_it_not_sold(visitor, plans, simulator):
    product = Product.objects.get(require_fetch_bundle=True)
    free = Sku.objects.filter(product=product).first()
    Sku.objects.filter(pk=free.pk).update(require_fetch_bundle=False)
    demanding = Sku.objects.filter(product=product).exclude(pk=free.pk).first()
    simulator.fault("http", kind="bundles", status=503)
    page = visitor.get("/sell/", number=NUMBER)
    assert "The bundles of this number cannot be asked for now." in page.text
    assert (f'id="sku-{free.pk}"' in page.html, f'id="sku-{demanding.pk}"' in page.html) == (
        True, False,
    )  # fmt: skip
    told = visitor.post("/sell/quote/", **goods(demanding, number=NUMBER))
    assert (told.status, "cannot be asked for now" in told.text) == (422, True)
    assert visitor.post("/sell/quote/", **goods(free, number=NUMBER)).leads_to.startswith(
        "/sell/check/"
    )


def test_a_provider_that_is_down_keeps_only_one_customer_waiting(visitor, plans, monkeypatch):
    from valuetopup.errors import NoAnswerError

    asked = []

    def hang(product, msisdn, **_):
        asked.append(msisdn)
        raise NoAnswerError

    monkeypatch.setattr(gateway, "bundles", hang)
    for number in (NUMBER, "917112345678", NUMBER):
        assert (
            "cannot be asked for now"
            in visitor.get(
                "/sell/",
                number=number,
                operator=Product.objects.get(require_fetch_bundle=True).operator_id,
            ).text
        )
    assert asked == [NUMBER]


# The check page


def test_the_check_page_splits_tax_and_names_rate_and_hold(visitor, counter):
    sku = a_sku(Category.RTR, "dominican")
    form = goods(sku, number="18095550100", **amount(sku, "100"))
    check = visitor.get(visitor.post("/sell/quote/", **form).leads_to)
    quote = Quote.from_token(check.value_of("quote"), shop=counter.shop)
    assert quote.tax > 0
    left = quote.delivered_amount - quote.tax
    said = check.text.replace("\xa0", " ")
    assert f"of it tax DOP {quote.tax:,.2f}" in said
    assert f"left after tax DOP {left:,.2f}" in said
    until = timezone.localtime(quote.expires_at, counter.shop.zone)
    assert f"This price holds until {until:%H:%M:%S}" in check.text


@pytest.mark.parametrize("by", ["the provider’s estimate of now", "the catalogue"])
def test_the_rate_says_who_names_it(visitor, counter, simulator, by):
    sku = Sku.objects.get(provider_id=AIRTIME)
    Sku.objects.filter(pk=sku.pk).update(
        min_delivered=D(1500), max_delivered=D(1500), delivered_currency="JMD"
    )
    if by == "the catalogue":
        simulator.fault("http", kind="estimate", status=404)
    page, _token = visitor.to_check()
    assert re.search(rf"Rate \$1 = JMD\s*1\d\d\.\d\d, by {by}", page.text)


# Browsing by kind


def test_chips_lead_to_the_countries_of_a_kind(visitor, counter):
    a_sku(Category.BILL_PAY, "electric")
    page = visitor.get("/sell/browse/")
    assert re.findall(r"\?kind=(\w+)", page.html) == ["airtime", "pin", "bill"]
    bills = visitor.get("/sell/browse/", kind="bill")
    assert ('/sell/browse/NG/?kind=bill"' in bills.html, "/browse/JM/" in bills.html) == (
        True,
        False,
    )
    assert "Electric" in visitor.get("/sell/browse/NG/", kind="bill").text
    assert "Nothing is on sale for this" in visitor.get("/sell/browse/NG/", kind="esim").text
    assert "kind=bill" in visitor.get("/sell/").html
    assert "Nothing on sale matches" in visitor.get("/sell/browse/", kind="pin", q="electric").text
    ShopSwitch.objects.create(shop=counter.shop, kind=Kind.BILL, is_on=False)
    assert "kind=bill" not in visitor.get("/sell/browse/").html


def test_sims_and_the_unknown_are_nowhere(visitor, counter):
    sim = a_sku(Category.SIM)
    assert fields.category("Hologram") == Category.OTHER
    for kind in ("sim", "other", "x"):
        Sku.objects.filter(pk=sim.pk).update(category=kind if kind != "x" else "other")
        assert sim.name not in visitor.get("/sell/", operator=sim.operator_id).text
        assert sim.name not in visitor.get("/sell/browse/", q=sim.name.split()[0], kind=kind).text
        told = visitor.post("/sell/quote/", details="1", **goods(sim))
        assert (told.status, "not on sale any more" in told.text) == (422, True)
        assert visitor.get("/sell/details/", **goods(sim)).status in {200, 303}
