"""A shift at the counter, by plain forms: the story of docs/shift.md, and what is refused."""

import re
from decimal import Decimal as D
from urllib.parse import urlencode

import pytest

from tests.portal.conftest import RANGE, Visitor
from tests.topup.prices import publish
from topup.models import (
    CashMove,
    Owed,
    Person,
    Role,
    Sale,
    Shift,
    ShiftCount,
    ShiftState,
    Tender,
)
from topup.services import claimcode, shifts
from topup.services.counting import Counted
from topup.services.pricing import Quote
from topup.services.sales import submit_sale

pytestmark = pytest.mark.django_db
NOTES = "n-cash-USD-"


@pytest.fixture
def manager(counter):
    return Person.objects.create_user("manager", role=Role.MANAGER, shop=counter.shop)


def start(person, amount="50"):
    return shifts.open_shift(
        person=person, counts=[Counted(Tender.CASH, "USD", D(amount))]
    )  # fmt: skip


def sold(visitor, number="+1 876 555 0000", **pay):
    """A sale by the pages, sent to the simulator."""
    _page, token = visitor.to_check(number=number)
    visitor.post("/sell/confirm/", quote=token, **pay)
    sale = Sale.objects.latest("id")
    submit_sale(sale_id=sale.pk)
    sale.refresh_from_db()
    return sale


def notes(**count):
    """The fields of a count: twenties=2 is two notes of 20."""
    names = {"fifties": "50", "twenties": "20", "tens": "10", "fives": "5", "cents": "0.01"}
    return {NOTES + names[name]: str(number) for name, number in count.items()}


def figures_of(page):
    """The table of the first tender: label and amount."""
    text = page.html.split('class="facts"')[1].split("</dl>")[0]
    rows = re.findall(r"<dt>(.*?)</dt><dd[^>]*>(.*?)</dd>", text, re.DOTALL)
    return {_words(label): _words(value) for label, value in rows}


def _words(html):
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


@pytest.fixture
def ten(counter):
    """Everything costs 10.00 and earns 0.40."""
    publish(
        {"use": "price", "method": "fixed_price", "value": D(10)},
        {"use": "commission", "method": "fixed_commission", "value": D("0.40")},
    )


def test_the_story_of_a_shift(visitor, ten, manager):
    """docs/shift.md tells it; the figures there and here are the same."""
    assert "Open a shift" in visitor.get("/shift/").text
    assert visitor.post("/shift/open/", **notes(twenties=2, tens=1)).leads_to == "/shift/1/"
    sold(visitor)
    sold(visitor, tender="card")
    refused, another = (sold(visitor, "+1 876 555 0501") for _ in range(2))

    page = visitor.get(f"/sales/{refused.correlation_id}/")
    assert "Give $10.00 back to the customer, or use it for another sale." in page.text
    code = claimcode.code_of(refused.correlation_id)
    slip = visitor.get(f"/receipts/{refused.correlation_id}/").text
    visitor.post(f"/receipts/{refused.correlation_id}/print/", paper="58", number=1)
    assert "The shop owes you $10.00 Code for money back " + claimcode.spoken(code) in slip
    pay_out = f"/shift/owed/{refused.owed.pk}/"
    key = visitor.get(pay_out).value_of("key")
    assert visitor.post(pay_out, key=key, tender="cash", code=code).leads_to == "/shift/owed/"

    key = visitor.get("/shift/1/move/").value_of("key")
    visitor.post("/shift/1/move/", key=key, kind="out", amount="20", reason="to the safe")
    page = visitor.get("/shift/1/")
    assert "Should be there" not in page.text, "nobody is told before he has counted"
    led = visitor.post("/shift/1/count/", attempt=1, **notes(twenties=2), **{"a-card-USD": "10"})
    page = visitor.get(led.leads_to)
    assert figures_of(page) == {
        "At the start": "$50.00", "Collected, 3 sales": "$30.00",
        "of it for 2 sales that came to nothing": "$20.00", "Taken out": "-$20.00",
        "Paid back to customers": "-$10.00", "Should be there": "$50.00", "Counted": "$40.00",
        "Gap: missing": "-$10.00",
    }  # fmt: skip
    assert "$10.00 owed to a customer was given back and not recorded. +18765550501" in page.text
    assert f'href="/sales/{another.correlation_id}/"' in page.html

    pay_out = f"/shift/owed/{another.owed.pk}/"
    key = visitor.get(pay_out).value_of("key")
    code = claimcode.code_of(another.correlation_id)
    visitor.post(pay_out, key=key, tender="cash", code=code)
    assert figures_of(visitor.get("/shift/1/"))["Gap"] == "$0.00"
    led = visitor.post("/shift/1/seal/").leads_to
    assert led == "/shift/1/report/"
    first, again = visitor.get(led).text, visitor.get(led).text
    assert first == again
    for told in ("Should be there $40.00", "Counted $40.00", "Commission $0.80", "Card · USD"):
        assert told in first
    assert "1 given back or used, whose slip was never printed (cash) $10.00" in first
    moves = visitor.get("/shift/1/").text.partition("Money in and out")[2]
    assert moves.count("its slip was never printed") == 1, "the second customer has none"
    assert "slip never printed" in visitor.get("/shift/all/").text
    shift = Shift.objects.get()
    assert (shift.state, shift.totals["has_gap"]) == (ShiftState.SEALED, False)
    assert shift.digest in first


def test_a_shop_that_asks_for_shifts_says_so_and_comes_back_to_the_sale(visitor, counter):
    counter.shop.requires_shift = True
    counter.shop.save()
    _page, token = visitor.to_check()
    page = visitor.post("/sell/confirm/", quote=token, tender="card")
    assert page.status == 422
    assert "You have no open shift. Nothing was sold." in page.text
    assert 'value="card" checked' in page.html, "the choice is kept"
    assert "Sell for" in page.text, "the form too"
    way = re.search(r'href="(/shift/\?quote=[^"]+)"', page.html)[1]
    page = visitor.get(way)
    led = visitor.post("/shift/open/", quote=page.value_of("quote"), **notes(tens=1))
    assert led.leads_to.startswith("/sell/check/?quote=")
    again = visitor.get(led.leads_to).value_of("quote")
    visitor.post("/sell/confirm/", quote=again, tender="card")
    sale = Sale.objects.get()
    assert (sale.shift.number, sale.tender) == (1, Tender.CARD)


def test_counts_are_read_and_what_is_wrong_is_told_and_kept(visitor, counter):
    page = visitor.post("/shift/open/", **notes(twenties=2) | {NOTES + "10": "two"})
    assert page.status == 422
    assert "Type how many there are, in digits: two" in page.text
    assert 'value="two" aria-invalid="true"' in page.html
    assert f'name="{NOTES}20" type="text" inputmode="numeric" dir="ltr"' in page.html
    assert Shift.objects.count() == 0
    start(counter.agent)
    page = visitor.post("/shift/1/count/", **{"a-card-USD": "1,000"})
    assert (page.status, "Is 1,000 a thousand or a part?" in page.text) == (422, True)
    assert ShiftCount.objects.filter(moment="closing").count() == 0


def test_the_same_count_twice_is_one_and_a_new_one_is_kept_beside_it(visitor, counter):
    start(counter.agent)
    for _press in range(2):
        visitor.post("/shift/1/count/", attempt=1, **notes(twenties=1))
    page = visitor.get("/shift/1/count/")
    assert page.value_of("attempt") == "2"
    assert "The earlier ones are kept." in page.text
    visitor.post("/shift/1/count/", attempt=2, **notes(fifties=1))
    assert "Times counted 2" in visitor.get("/shift/1/").text
    assert ShiftCount.objects.filter(moment="closing", tender="cash").count() == 2


def test_money_in_and_out_is_told_what_is_wrong_and_recorded_once(visitor, counter):
    start(counter.agent)
    page = visitor.post("/shift/1/move/", key="", kind="out", amount="-3", reason="")
    assert page.status == 422
    assert "Write down what it is for." in page.text
    assert 'value="-3" aria-invalid="true"' in page.html
    key = visitor.get("/shift/1/move/").value_of("key")
    form = {"key": key, "kind": "in", "reason": "change"}
    for _press in range(2):
        visitor.post("/shift/1/move/", amount="5", **form)
    page = visitor.post("/shift/1/move/", amount="6", **form)
    assert (page.status, "used before with other figures" in page.text) == (422, True)
    assert CashMove.objects.get().amount == D(5)


def test_a_gap_is_sealed_only_with_a_word_and_the_word_is_kept(visitor, counter):
    start(counter.agent)
    visitor.post("/shift/1/count/", **notes(twenties=2))
    page = visitor.post("/shift/1/seal/", note=" ")
    assert (page.status, "There is a gap. Write down why" in page.text) == (422, True)
    visitor.post("/shift/1/seal/", note="a tenner went missing")
    assert "a tenner went missing" in visitor.get("/shift/1/report/").text


def test_a_shift_with_open_sales_is_handed_over(visitor, counter, colleague):
    start(counter.agent)
    sold(visitor, "+1 876 555 0852")
    visitor.post("/shift/1/count/", **notes(fifties=1, tens=1))
    page = visitor.get("/shift/1/")
    assert "1 sale has no final word yet" in page.text
    assert "Seal the shift" not in page.text
    assert visitor.post("/shift/1/seal/").status == 422
    assert visitor.post("/shift/1/hand-over/", to="999999").status == 422
    assert visitor.post("/shift/1/hand-over/", to=colleague.pk).leads_to == "/shift/1/"
    assert "Taken over by colleague (2)" in visitor.get("/shift/1/").text
    assert Visitor(colleague).get("/shift/").leads_to == "/shift/2/"


def test_a_cashier_sees_his_own_shifts_and_those_in_charge_all(
    visitor, counter, colleague, manager, owner, rival
):
    start(counter.agent)
    paths = ["/shift/1/", "/shift/1/move/", "/shift/1/count/"]
    deeds = ["/shift/1/seal/", "/shift/1/hand-over/", "/shift/1/count/", "/shift/1/move/"]
    for stranger in (colleague, rival):
        guest = Visitor(stranger)
        assert [guest.get(path).status for path in paths] == [404, 404, 404]
        assert [guest.post(path).status for path in deeds] == [404, 404, 404, 404]
        assert "No shifts yet." in guest.get("/shift/all/").text
    for person in (manager, owner):
        assert [Visitor(person).get(path).status for path in paths] == [200, 200, 200]
        assert "Shift 1 · counter" in Visitor(person).get("/shift/all/").text
    Visitor(manager).post("/shift/1/count/", **notes(fifties=1))
    Visitor(manager).post("/shift/1/seal/")
    assert Shift.objects.get().sealed_by == manager
    assert visitor.get("/shift/1/report/").status == 200
    assert Visitor(colleague).get("/shift/1/report/").status == 404


def test_a_form_sent_after_the_session_ended_leads_back_to_its_page(counter):
    start(counter.agent)
    ways = {"/shift/1/count/": "/shift/1/count/", "/shift/1/seal/": "/shift/",
            "/shift/open/": "/shift/"}  # fmt: skip
    for path, back in ways.items():
        led = Visitor().post(path, **notes(tens=1)).leads_to
        assert led == "/session/sign-in/?" + urlencode({"next": back})


def test_there_is_no_report_before_the_seal(visitor, counter):
    start(counter.agent)
    assert visitor.get("/shift/1/report/").status == 404
    assert visitor.get("/shift/99999999999999999999/").status == 404


@pytest.fixture
def refused(visitor, counter):
    start(counter.agent)
    return sold(visitor, "+1 876 555 0501").owed


def test_what_is_owed_is_seen_by_the_shop_and_by_nobody_else(refused, colleague, rival, visitor):
    page = Visitor(colleague).get("/shift/owed/")
    assert "+1 876 555 0501" in page.text
    assert claimcode.code_of(refused.sale.correlation_id) not in page.text
    assert "Nothing is owed to anybody." in Visitor(rival).get("/shift/owed/").text
    for method in ("get", "post"):
        assert getattr(Visitor(rival), method)(f"/shift/owed/{refused.pk}/").status == 404
    code = claimcode.code_of(refused.sale.correlation_id)
    assert code not in visitor.get(f"/sales/{refused.sale.correlation_id}/").text
    assert code not in visitor.get(f"/shift/owed/{refused.pk}/").text


def test_a_wrong_code_is_told_and_those_in_charge_do_without(visitor, manager, refused):
    url = f"/shift/owed/{refused.pk}/"
    page = visitor.post(url, key=visitor.get(url).value_of("key"), tender="cash", code="1")
    assert (page.status, "4 tries are left" in page.text) == (422, True)
    assert "Without a code: why" not in page.text
    boss = Visitor(manager)
    key = boss.get(url).value_of("key")
    page = boss.post(url, key=key, tender="cash", reason="")
    assert (page.status, "or write why there is none" in page.text) == (422, True)
    assert boss.post(url, key=key, tender="cash", reason="lost").leads_to == "/shift/owed/"
    row = Owed.objects.get()
    assert (row.without_code, row.move.shift.person.username) == ("lost", "counter")
    assert "paid back" in visitor.get(f"/sales/{row.sale.correlation_id}/").text.lower()
    assert "Code for money back" not in visitor.get(f"/receipts/{row.sale.correlation_id}/").text


def test_what_is_owed_pays_for_the_next_sale(visitor, refused):
    page, token = visitor.to_check(amount="12", sku=RANGE)
    assert re.search(r"\$[\d.]+ · \+1 876 555 0501 · collect \$", page.text)
    form = {"quote": token, "owed": refused.pk, "tender": "cash"}
    told = visitor.post("/sell/confirm/", code="000", **form)
    assert (told.status, "not the code" in told.text) == (422, True)
    assert f'value="{refused.pk}" selected' in told.html
    assert "Sell for" in told.text, "the form is kept"
    code = claimcode.code_of(refused.sale.correlation_id)
    led = visitor.post("/sell/confirm/", code=code, **form).leads_to
    assert "The money owed was used: collect $" in visitor.get(led).text
    row = Owed.objects.get()
    assert row.used_for == Sale.objects.latest("id")
    receipt = visitor.get(f"/receipts/{row.used_for.correlation_id}/").text
    assert f"of it money owed ${row.amount:.2f}" in receipt


def test_a_second_currency_is_shown_chosen_and_on_the_receipt(visitor, counter):
    shop = counter.shop
    assert "What you collect" not in visitor.to_check()[0].text
    shop.second_currency, shop.second_rate = "JMD", D(150)
    shop.save()
    page, token = visitor.to_check()
    price = Quote.from_token(token, shop=shop).second_price
    local = f"JMD {price:,.2f}".replace("JMD ", "J$") if "J$" in page.text else f"{price:,.2f}"
    assert local in page.text
    led = visitor.post("/sell/confirm/", quote=token, tender="e_money", currency="JMD").leads_to
    sale = Sale.objects.get()
    assert (sale.collected_amount, sale.collected_currency) == (price, "JMD")
    assert sale.currency == "USD", "the books stay in the wallet's currency"
    receipt = visitor.get(led.replace("/sales/", "/receipts/")).text
    assert f"{price:,.2f}" in receipt
    assert f"Price ${sale.price:.2f}" in receipt
    assert "Paid by mobile money" in receipt or "Paid by e-money" in receipt
    again = visitor.post("/sell/confirm/", quote=token, tender="cash").leads_to
    assert (again, Sale.objects.count()) == (led, 1)
    assert "This sale was made before, and paid so:" in visitor.get(led).text


def test_a_tender_that_is_none_sells_nothing(visitor, counter):
    _page, token = visitor.to_check()
    for wrong in ({"tender": "cheque"}, {"currency": "EUR"}):
        page = visitor.post("/sell/confirm/", quote=token, **wrong)
        assert (page.status, "Choose another one." in page.text) == (422, True)
    assert Sale.objects.count() == 0


def test_an_ordinary_cash_sale_is_still_one_press(visitor, counter):
    page, token = visitor.to_check()
    assert 'value="cash" checked' in page.html
    visitor.post("/sell/confirm/", quote=token)
    assert Sale.objects.get().tender == Tender.CASH


def test_lists_ask_the_same_number_of_queries_for_one_and_for_three(
    visitor, counter, django_assert_num_queries
):
    def seal_one():
        shift = start(counter.agent)
        sold(visitor, "+1 876 555 0501")
        counts = [Counted(Tender.CASH, "USD", D(50))]
        shifts.count_shift(shift_id=shift.pk, counts=counts, by=counter.agent)
        shifts.seal_shift(shift_id=shift.pk, by=counter.agent, note="x")

    seal_one()
    with django_assert_num_queries(5):
        visitor.get("/shift/all/")
    with django_assert_num_queries(5):
        visitor.get("/shift/owed/")
    seal_one()
    seal_one()
    with django_assert_num_queries(5):
        visitor.get("/shift/all/")
    with django_assert_num_queries(5):
        visitor.get("/shift/owed/")


def test_a_counted_shift_asks_the_same_number_of_queries_whatever_was_sold(
    visitor, counter, django_assert_max_num_queries
):
    start(counter.agent)
    for _sale in range(3):
        sold(visitor, "+1 876 555 0501")
    visitor.post("/shift/1/count/", **notes(fifties=1))
    with django_assert_max_num_queries(22):
        visitor.get("/shift/1/")


def test_a_long_list_of_shifts_has_pages(visitor, counter):
    for number in range(21):
        Shift.objects.create(
            shop=counter.shop, person=counter.agent, number=number + 1, state="handed_over"
        )
    first = visitor.get("/shift/all/")
    assert ("Older" in first.text, "Shift 21" in first.text) == (True, True)
    assert "Shift 1 " in visitor.get("/shift/all/", page=2).text
