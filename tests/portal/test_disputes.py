"""Disputes at the counter: raised from the sale, seen by those whose it is, and answered."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.portal.conftest import PIN, Visitor
from topup.models import Dispute, DisputeState, Person, Role, Sale
from topup.services import disputes, vouchers

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(db):
    return Person.objects.create_user("boss", role=Role.ADMIN, is_staff=True)


@pytest.fixture
def sale(counter):
    return counter.sell("18765550000")


def url_of(sale, rest=""):
    return f"/disputes/{sale.correlation_id}/{rest}"


def page_of(sale):
    return f"/sales/{sale.correlation_id}/"


def test_a_done_sale_offers_it_and_others_do_not(visitor, counter, sale):
    assert "Something is not right" in visitor.get(page_of(sale)).text
    for ending in ("0501", "0852"):
        other = counter.sell(f"1876555{ending}")
        assert "Something is not right" not in visitor.get(page_of(other)).text
        assert visitor.get(url_of(other)).leads_to == page_of(other)


def test_it_is_raised_from_the_sale_with_what_was_sold(visitor, sale):
    form = visitor.get(url_of(sale))
    for known in ("+1 876 555 0000", "Digicel Jamaica 10.00 USD", f"${sale.price:.2f}"):
        assert known in form.text
    led = visitor.post(url_of(sale), reason="not_received", text="No message came")
    assert (led.status, led.leads_to) == (303, page_of(sale))
    page = visitor.get(page_of(sale))
    assert "Your distributor has been told. The distributor answers by" in page.text
    assert ".. " not in page.text
    assert "Disputed The customer got nothing. No message came" in page.text
    assert "Something is not right" not in page.text
    dispute = Dispute.objects.get()
    assert (dispute.sale, dispute.raised_by) == (sale, sale.agent)


def test_pressed_twice_it_is_raised_once(visitor, sale):
    for _ in range(2):
        assert visitor.post(url_of(sale), reason="twice").status == 303
    assert Dispute.objects.count() == 1
    assert visitor.get(url_of(sale)).leads_to == page_of(sale)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({}, "Choose what is not right."),
        ({"reason": "nonsense", "text": "Kept"}, "Choose what is not right."),
        ({"reason": "other", "text": " "}, "Write what happened."),
        ({"reason": "twice", "text": "x" * 501}, "at most 500 letters"),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_is_kept(visitor, sale, typed, words):
    page = visitor.post(url_of(sale), **typed)
    assert (page.status, Dispute.objects.count()) == (422, 0)
    assert words in page.text
    if typed.get("reason") == "other":
        assert re.search(r'value="other" checked', page.html)
    if typed.get("text") == "Kept":
        assert 'value="Kept"' in page.html


def test_too_late_is_said(visitor, sale):
    Sale.objects.update(settled_at=timezone.now() - timedelta(days=31))
    page = visitor.post(url_of(sale), reason="twice")
    assert (page.status, "for 30 days only" in page.text) == (422, True)


def test_it_can_be_taken_back_while_it_is_open(visitor, boss, sale):
    visitor.post(url_of(sale), reason="twice")
    led = visitor.post(url_of(sale, "withdraw/"))
    assert (led.status, led.leads_to) == (303, page_of(sale))
    assert "Dispute taken back" in visitor.get(page_of(sale)).text
    assert Dispute.objects.get().state == DisputeState.WITHDRAWN
    visitor.post(url_of(sale), reason="twice")
    disputes.refuse(dispute_id=Dispute.objects.first().pk, by=boss, answer="It came at 9:14.")
    visitor.post(url_of(sale, "withdraw/"))
    page = visitor.get(page_of(sale))
    assert "This dispute is over: refused." in page.text
    told = "Dispute refused Sold twice by mistake. Answer: It came at 9:14. The sale stays"
    assert told in page.text


def test_the_shop_reads_the_answer_and_sees_its_money(visitor, counter, boss, sale):
    visitor.post(url_of(sale), reason="not_received")
    disputes.refund(dispute_id=Dispute.objects.get().pk, by=boss, answer="You are right.")
    page = visitor.get(page_of(sale))
    assert "Money returned The money is back on your float." in page.text
    assert "Dispute accepted The customer got nothing. Answer: You are right." in page.text
    assert counter.float() == (500, 0)


def test_a_code_is_noted_as_shown_by_the_page_and_gone_after_a_refund(visitor, counter, boss):
    sale = counter.sell(sku=PIN)
    assert sale.voucher.first_shown_at is None
    code = re.search(r'class="pin"><bdi dir="ltr">([^<]+)', visitor.get(page_of(sale)).html)[1]
    sale.voucher.refresh_from_db()
    assert sale.voucher.first_shown_at is not None
    visitor.post(url_of(sale), reason="bad_code")
    dispute = Dispute.objects.get()
    assert dispute.was_shown
    second = Person.objects.create_user("second", role=Role.ADMIN, is_staff=True)
    disputes.review(dispute_id=dispute.pk, by=second, text="not redeemed")
    disputes.refund(dispute_id=dispute.pk, by=boss, answer="ok")
    for path in (page_of(sale), f"/receipts/{sale.correlation_id}/"):
        assert code not in visitor.get(path).text
    assert vouchers.read(sale=Sale.objects.get(), person=counter.agent) is None


@pytest.mark.parametrize("rest", ["", "withdraw/"])
def test_what_belongs_to_others_is_not_there(rival, colleague, visitor, sale, rest):
    visitor.post(url_of(sale), reason="twice")
    for stranger in (rival, colleague):
        assert Visitor(stranger).post(url_of(sale, rest), reason="twice").status == 404
        assert page_of(sale) not in Visitor(stranger).get("/disputes/").html
    assert visitor.get(url_of(sale, "withdraw/")).status == 405
    assert Dispute.objects.get().state == DisputeState.OPEN


def test_an_owner_sees_the_disputes_of_the_shop_and_acts_on_them(owner, visitor, sale):
    visitor.post(url_of(sale), reason="twice")
    page = Visitor(owner).get("/disputes/")
    assert page_of(sale) in page.html
    assert "counter" in page.text
    Visitor(owner).post(url_of(sale, "withdraw/"))
    assert Dispute.objects.get().state == DisputeState.WITHDRAWN


def test_open_disputes_come_first_by_their_deadline(visitor, counter, boss):
    made = [counter.sell(f"187655500{number:02}") for number in range(10, 14)]
    for sale in made:
        visitor.post(url_of(sale), reason="twice")
    first, second, third, fourth = Dispute.objects.order_by("pk")
    Dispute.objects.filter(pk=third.pk).update(due_at=timezone.now() - timedelta(hours=1))
    for one in (first, fourth):
        disputes.refuse(dispute_id=one.pk, by=boss, answer="no")
    page = visitor.get("/disputes/")
    order = re.findall(r"/sales/([0-9a-f-]{36})/", page.html)
    assert order == [made[at].correlation_id for at in (2, 1, 3, 0)]
    assert page.text.count("overdue") == 1
    assert second.sale_id == made[1].pk


def test_a_shop_without_disputes_is_told_how(visitor, counter):
    assert "No disputes." in visitor.get("/disputes/").text
    assert "/disputes/" in visitor.get("/sales/").html


def test_the_list_asks_the_same_number_of_queries_for_one_and_for_three(
    visitor, counter, django_assert_num_queries
):
    for number in (1, 3):
        while Dispute.objects.count() < number:
            sale = counter.sell(f"18765551{Dispute.objects.count():03}")
            visitor.post(url_of(sale), reason="twice")
        visitor.get("/disputes/")
        with django_assert_num_queries(5):
            visitor.get("/disputes/")
