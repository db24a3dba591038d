"""A sale after it was sent, on its page and receipt: what it brought, and whose the money is."""

from dataclasses import replace
from decimal import Decimal as D

import pgtrigger
import pytest

from catalog.enums import Category
from catalog.models import Country, Sku, SkuText
from portal import arrivalwords
from portal.receiptblocks import blocks
from tests.portal.conftest import AIRTIME, PIN, Visitor
from tests.topup.offerdesk import make_desk
from tests.topup.test_kinds import a_sku, sell
from topup.models import Kind, Owed, Sale, Tender
from topup.models.voucher import VoucherState
from topup.services import passport, receipts, sales, shifts
from topup.services.counting import Counted
from topup.states import DELIVERED, GIVEN_BACK, UNFINISHED, SaleState

pytestmark = pytest.mark.django_db
S = SaleState
#: What the amount is called, by kind: to come, and come.
WORDS = {
    Kind.AIRTIME: ("Will receive", "Received"),
    Kind.PIN: ("Will receive", "Received"),
    Kind.BILL: ("Arrives at the biller", "Arrived at the biller"),
    Kind.GIFT_CARD: ("Worth", "Worth"),
    Kind.ESIM: ("Worth", "Worth"),
}
ALL_WORDS = {*sum(WORDS.values(), ()), "Customer receives"}
GIVE_BACK = "back to the customer, or sell him something else."


def sale_of(counter, kind):
    """A sale of this kind, sent to the simulator."""
    if kind in {Kind.AIRTIME, Kind.PIN}:
        Sku.objects.update(min_delivered=1512, max_delivered=1512, delivered_currency="JMD")
        return counter.sell(sku=PIN if kind == Kind.PIN else AIRTIME)
    if kind == Kind.BILL:
        sku = a_sku(Category.BILL_PAY, "electric")
        return sell(counter, sku, face_value=D(2000), account_number="04123456789")
    if kind == Kind.GIFT_CARD:
        return sell(counter, a_sku(Category.GIFT_CARD, "amazon"))
    return sell(counter, a_sku(Category.ESIM), device_fits="yes")


@pgtrigger.ignore("topup.Sale:sale_moves")
def put(sale, state):
    """The sale in a state, however it may have come there."""
    Sale.objects.filter(pk=sale.pk).update(state=state)
    sale.refresh_from_db()
    return sale


def url_of(sale):
    return f"/sales/{sale.correlation_id}/"


def rows_of(sale, person):
    """The labels and values of a receipt, as each of its layouts has them."""
    receipt = receipts.build(sale=sale, person=person)
    return {row.label: row.value for block in blocks(receipt) for row in block.rows}


def told_on(page):
    """The labels of the facts on a page that are words for what arrives."""
    labels = page.html.split('class="card facts"')[1].split("</dl>")[0]
    return {word for word in ALL_WORDS if f"<dt>{word}</dt>" in labels}


@pytest.mark.parametrize("kind", Kind.values)
def test_no_page_and_no_paper_says_received_of_what_did_not_arrive(visitor, counter, kind):
    sale = sale_of(counter, kind)
    seen = {}
    for state in SaleState.values:
        put(sale, state)
        page, paper = told_on(visitor.get(url_of(sale))), rows_of(sale, counter.agent)
        assert page == set(paper) & ALL_WORDS, state
        seen[state] = page
    to_come, come = WORDS[kind]
    is_code_there = not hasattr(sale, "voucher") or sale.voucher.state == VoucherState.READY
    come = come if is_code_there else to_come
    wanted = {str(state): {to_come} for state in UNFINISHED}
    wanted |= {str(state): {come} for state in DELIVERED}
    wanted |= {str(state): set() for state in GIVEN_BACK}
    assert seen == wanted


def test_what_arrives_is_written_down_when_it_arrives(counter):
    Sku.objects.update(min_delivered=1512, max_delivered=1512, delivered_currency="JMD")
    sale = counter.confirm()
    assert (sale.promised_amount, sale.delivered_amount) == (D(1512), None)
    refused = counter.sell("18765550501")
    assert (refused.promised_amount, refused.delivered_amount) == (D(1512), None)
    done = sales.submit_sale(sale_id=sale.pk)
    assert (done.delivered_amount, done.delivered_currency) == (D(1512), "JMD")


def test_a_code_on_its_way_is_not_received_yet(visitor, counter, simulator):
    simulator.fault("pins_later", kind="pin", times=2)
    sale = sale_of(counter, Kind.PIN)
    page = visitor.get(url_of(sale))
    assert told_on(page) == {"Will receive"}
    assert "Delivered to the customer." not in page.text
    assert "Received" not in rows_of(sale, counter.agent)


def test_a_bill_is_paid_to_the_biller_and_not_delivered_to_the_customer(visitor, counter):
    sale = sale_of(counter, Kind.BILL)
    page = visitor.get(url_of(sale))
    assert "Done Paid to the biller." in page.text
    assert "Delivered to the customer." not in page.text
    public = visitor.get(f"/r/{passport.token_of(sale)}/").text
    assert ("Paid to the biller." in public, "It was delivered." in public) == (True, False)


@pytest.mark.parametrize("state", sorted(GIVEN_BACK))
def test_without_a_shift_the_page_says_to_give_the_money_back(visitor, counter, state):
    quote = replace(counter.quote(), second_price=D(1600), second_currency="JMD")
    sale = sales.open_sale(agent=counter.agent, quote=quote, collected_currency="JMD").sale
    sale = put(sales.submit_sale(sale_id=sale.pk), state)
    page = visitor.get(url_of(sale))
    assert f"Give JMD 1,600.00 {GIVE_BACK}" in page.text
    assert page.html.count(f'href="/receipts/{sale.correlation_id}/"') == 1
    paper = visitor.get(f"/receipts/{sale.correlation_id}/").text
    assert "Ask the shop for your money." in paper
    for other in sorted(UNFINISHED | DELIVERED):
        assert GIVE_BACK not in visitor.get(url_of(put(sale, other))).text, other


def test_where_a_shift_owes_it_the_slip_says_it_and_nothing_else(visitor, counter):
    counts = [Counted(Tender.CASH, "USD", D(50))]
    shifts.open_shift(person=counter.agent, counts=counts)
    sale = counter.sell("18765550501")
    page = visitor.get(url_of(sale))
    assert Owed.objects.get().sale == sale
    assert (GIVE_BACK in page.text, "Slip with the code" in page.text) == (False, True)
    assert page.html.count(f'href="/receipts/{sale.correlation_id}/"') == 1
    paper = visitor.get(f"/receipts/{sale.correlation_id}/").text
    assert ("The shop owes you" in paper, "Ask the shop for your" in paper) == (True, False)


def test_a_refused_sale_of_a_kiosk_is_told_to_the_counter_in_the_same_words(simulator):
    desk = make_desk(simulator)
    sale = desk.sell(desk.offer("18765550501"))
    page = Visitor(desk.agent).get(url_of(sale))
    assert sale.state == S.DECLINED
    assert f"Give ${sale.price:.2f} {GIVE_BACK}" in page.text
    assert page.html.count(f'href="/receipts/{sale.correlation_id}/"') == 1


def test_who_must_ask_the_operator_is_not_told_that_it_can_be_put_right_here(visitor, counter):
    page = visitor.get(url_of(counter.sell("18765550502")))
    assert "If it is right, the customer should ask the operator." in page.text
    assert "Ask the operator" in page.text
    assert "Can be put right here" not in page.text
    assert "Correct it and sell again" in page.text, "the number may be a wrong one"


def test_an_unfinished_sale_offers_no_second_one_to_the_same_number(visitor, counter):
    sale = counter.sell()
    for state in sorted(UNFINISHED | DELIVERED):
        page = visitor.get(url_of(put(sale, state)))
        is_offered = state in DELIVERED
        assert ("Sell the same again" in page.text) == is_offered, state
        assert (f"number=%2B{sale.recipient}" in page.html) == is_offered, state
        assert "Enter offers the same again" in page.text, "to another number"


@pytest.mark.parametrize("kind", [Kind.PIN, Kind.BILL, Kind.ESIM])
def test_nor_one_of_goods_that_go_to_no_number(visitor, counter, kind):
    sale = sale_of(counter, kind)
    assert "Sell the same again" in visitor.get(url_of(sale)).text
    page = visitor.get(url_of(put(sale, S.IN_DOUBT)))
    assert "Sell the same again" not in page.text
    assert "Enter offers the same again" not in page.text


@pytest.mark.parametrize("kind", [Kind.ESIM, Kind.GIFT_CARD])
def test_country_and_contents_of_goods_without_a_number(visitor, counter, kind):
    sale = sale_of(counter, kind)
    Country.objects.filter(pk=sale.country_code).update(name="Freedonia")
    Sku.objects.filter(pk=sale.sku_id).update(description="1 GB for a week, by the sea")
    SkuText.objects.create(sku=sale.sku, language="es", description="1 GB, junto al mar")
    page = visitor.get(url_of(sale))
    assert "Country Freedonia" in page.text
    assert "1 GB for a week, by the sea" in page.text
    paper = visitor.get(f"/receipts/{sale.correlation_id}/")
    assert "Country Freedonia" in paper.text
    assert "1 GB for a week, by the sea" in paper.text
    visitor.post(f"/receipts/{sale.correlation_id}/language/", language="es")
    assert "1 GB, junto al mar" in visitor.get(f"/receipts/{sale.correlation_id}/").text


def test_the_amount_of_a_range_is_on_its_receipt(visitor, counter):
    sale = sale_of(counter, Kind.BILL)
    Sale.objects.filter(pk=sale.pk).update(delivered_amount=D(90), delivered_currency="USD")
    sale.refresh_from_db()
    assert rows_of(sale, counter.agent)["Amount"] == "NGN\N{NO-BREAK SPACE}2,000.00"
    assert "Amount NGN 2,000.00" in visitor.get(url_of(sale)).text
    Sale.objects.filter(pk=sale.pk).update(
        delivered_amount=sale.face_value, delivered_currency=sale.face_currency
    )
    sale.refresh_from_db()
    assert "Amount" not in rows_of(sale, counter.agent), "what arrives says it"
    assert "Amount" not in rows_of(counter.sell(), counter.agent), "the name says it"


@pytest.mark.parametrize(
    ("told", "words"),
    [("7D", "7 days"), ("1D", "1 day"), ("28 d", "28 days"), ("30 Days", "30 days"), ("", ""),
     ("24H", "24H"), ("0D", "0D"), ("until Sunday", "until Sunday"), ("D", "D")],
)  # fmt: skip
def test_validity_is_told_in_words_where_its_form_is_known(told, words):
    assert arrivalwords.validity(told) == words
