"""Disputes: who may raise one and when, who decides, and what a shown code changes."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from tests.topup.conftest import float_of, pin_payload
from tests.topup.test_contradictions import told
from topup import books
from topup.errors import DecisionError, DisputeError
from topup.models import Dispute, DisputeState, Person, Role, Sale
from topup.services import disputes, sales, vouchers
from topup.services.refunds import refund_sale
from topup.states import SaleState

pytestmark = pytest.mark.django_db
S, D = SaleState, DisputeState


@pytest.fixture(autouse=True)
def right_books(db):
    yield
    assert list(books.problems()) == []


def complain(sale, by, reason="not_received", text=""):
    return disputes.raise_dispute(sale=sale, by=by, reason=reason, text=text)


@pytest.fixture
def dispute(sold, agent):
    return complain(sold(S.COMPLETED), agent)


@pytest.fixture
def pin_sale(sold, pin_sku):
    sale = sold(sku=pin_sku, recipient="")
    return sales.apply_outcome(sale_id=sale.pk, outcome=told(pin_payload("9.20")))


def test_a_dispute_has_a_deadline_and_is_in_the_timeline(agent, dispute, settings):
    hours = (dispute.due_at - timezone.now()).total_seconds() / 3600
    assert round(hours) == settings.DISPUTE_HOURS == 72
    assert (dispute.state, dispute.raised_by, dispute.was_shown) == (D.OPEN, agent, False)
    event = dispute.sale.events.last()
    assert (event.note, event.by) == ("disputed: not_received", agent)


def test_a_sale_has_one_open_dispute(agent, dispute):
    assert complain(dispute.sale, agent, "twice") == dispute
    disputes.withdraw(dispute_id=dispute.pk, by=agent)
    assert complain(dispute.sale, agent, "twice") != dispute
    with pytest.raises(DatabaseError), transaction.atomic():
        Dispute.objects.create(
            sale=dispute.sale, reason="twice", raised_by=agent, due_at=timezone.now()
        )


@pytest.mark.parametrize("state", [S.CREATED, S.PENDING, S.DECLINED])
def test_only_a_done_sale_is_disputed(agent, sold, state):
    with pytest.raises(DisputeError, match="done"):
        complain(sold(state), agent)


def test_a_sale_is_disputed_within_so_many_days(agent, sold, settings):
    sale = sold(S.COMPLETED)
    settings.DISPUTE_DAYS = 2
    Sale.objects.update(settled_at=timezone.now() - timedelta(days=2, minutes=1))
    sale.refresh_from_db()
    assert not disputes.may_raise(sale=sale, latest=None)
    with pytest.raises(DisputeError, match="2 days"):
        complain(sale, agent)
    Sale.objects.update(settled_at=timezone.now() - timedelta(days=1, hours=23))
    assert complain(sale, agent).state == D.OPEN


def test_a_reason_is_chosen_and_something_else_is_told(agent, sold):
    sale = sold(S.COMPLETED)
    for reason, text in (("", ""), ("nonsense", ""), ("other", "  ")):
        with pytest.raises(DisputeError):
            complain(sale, agent, reason, text)
    assert complain(sale, agent, "other", " it beeped ").text == "it beeped"


def test_a_cashier_disputes_his_own_sales_those_in_charge_all(shop, agent, other_agent, sold):
    colleague = Person.objects.create_user("colleague", role=Role.CASHIER, shop=shop)
    manager = Person.objects.create_user("manager", role=Role.MANAGER, shop=shop)
    sale = sold(S.COMPLETED)
    for stranger in (colleague, other_agent):
        with pytest.raises(DisputeError):
            complain(sale, stranger)
    dispute = complain(sale, manager)
    seen = [list(disputes.disputes_for(one)) for one in (agent, manager, colleague, other_agent)]
    assert seen == [[dispute], [dispute], [], []]
    with pytest.raises(DisputeError):
        disputes.withdraw(dispute_id=dispute.pk, by=other_agent)
    assert disputes.withdraw(dispute_id=dispute.pk, by=agent).state == D.WITHDRAWN


def test_a_refusal_has_an_answer_and_moves_nothing(shop, boss, dispute):
    before = float_of(shop)
    with pytest.raises(DecisionError, match="answer"):
        disputes.refuse(dispute_id=dispute.pk, by=boss, answer=" ")
    for _ in range(2):
        found = disputes.refuse(dispute_id=dispute.pk, by=boss, answer="It was delivered at 9:14.")
    assert (found.state, found.decided_by, found.answer) == (
        D.REFUSED, boss, "It was delivered at 9:14.",
    )  # fmt: skip
    assert (float_of(shop), Sale.objects.get().state) == (before, S.COMPLETED)


def test_a_dispute_that_is_right_is_refunded_once(shop, boss, dispute):
    for _ in range(2):
        found = disputes.refund(dispute_id=dispute.pk, by=boss, answer="You are right.")
    assert (found.state, found.refund.dispute, float_of(shop)) == (D.REFUNDED, found, (100, 0))
    assert Sale.objects.get().state == S.REFUNDED
    assert found.refund.reason == "the customer got nothing: You are right."


def test_a_decided_dispute_stays_decided(agent, boss, dispute):
    disputes.refuse(dispute_id=dispute.pk, by=boss, answer="no")
    for deed in (
        lambda: disputes.refund(dispute_id=dispute.pk, by=boss, answer="yes"),
        lambda: disputes.review(dispute_id=dispute.pk, by=boss, text="x"),
    ):
        with pytest.raises(DecisionError, match="is over: refused"):
            deed()
    with pytest.raises(DisputeError, match="is over"):
        disputes.withdraw(dispute_id=dispute.pk, by=agent)
    with pytest.raises(DatabaseError, match="does not change"), transaction.atomic():
        Dispute.objects.update(state="open")


def test_no_shop_decides_its_own_dispute(agent, dispute):
    for deed in (
        lambda: disputes.refund(dispute_id=dispute.pk, by=agent, answer="yes"),
        lambda: disputes.refuse(dispute_id=dispute.pk, by=agent, answer="no"),
        lambda: disputes.review(dispute_id=dispute.pk, by=agent, text="x"),
    ):
        with pytest.raises(DecisionError, match="distributor"):
            deed()


def test_a_shown_code_is_refunded_after_a_review_by_another(agent, boss, second, pin_sale, shop):
    vouchers.read(sale=pin_sale, person=agent)
    dispute = complain(pin_sale, agent, "bad_code")
    assert dispute.was_shown
    with pytest.raises(DecisionError, match="Another person must review"):
        disputes.refund(dispute_id=dispute.pk, by=boss, answer="ok")
    with pytest.raises(DecisionError, match="found out"):
        disputes.review(dispute_id=dispute.pk, by=boss, text="")
    disputes.review(dispute_id=dispute.pk, by=boss, text="The operator says: not redeemed.")
    with pytest.raises(DecisionError, match="Another person has reviewed"):
        disputes.review(dispute_id=dispute.pk, by=second, text="me too")
    with pytest.raises(DecisionError, match="you have reviewed it"):
        disputes.refund(dispute_id=dispute.pk, by=boss, answer="ok")
    assert disputes.refund(dispute_id=dispute.pk, by=second, answer="ok").state == D.REFUNDED
    assert float_of(shop) == (100, 0)


def test_a_code_shown_after_the_dispute_was_raised_needs_the_review_too(agent, boss, pin_sale):
    dispute = complain(pin_sale, agent, "bad_code")
    assert not dispute.was_shown
    vouchers.read(sale=pin_sale, person=agent)
    with pytest.raises(DecisionError, match="review"):
        disputes.refund(dispute_id=dispute.pk, by=boss, answer="ok")
    assert Sale.objects.get().state == S.COMPLETED


def test_a_code_that_nobody_saw_is_refunded_by_one_and_never_shown(agent, boss, pin_sale):
    dispute = complain(pin_sale, agent, "bad_code")
    assert disputes.refund(dispute_id=dispute.pk, by=boss, answer="ok").was_shown is False
    assert vouchers.read(sale=Sale.objects.get(), person=agent) is None


def test_a_refund_goes_through_the_open_dispute(boss, dispute):
    with pytest.raises(DecisionError, match="open dispute"):
        refund_sale(sale=dispute.sale, by=boss, reason="by the back door")


def test_the_database_refuses_a_shown_code_decided_by_its_reviewer(agent, boss, pin_sale):
    vouchers.read(sale=pin_sale, person=agent)
    dispute = complain(pin_sale, agent, "bad_code")
    columns = {
        "state": "refunded", "reviewed_by": boss, "decided_by": boss, "answer": "x",
        "decided_at": timezone.now(),
    }  # fmt: skip
    refused = pytest.raises(DatabaseError, match="dispute_shown_code_was_reviewed")
    with refused, transaction.atomic():
        Dispute.objects.filter(pk=dispute.pk).update(**columns)
