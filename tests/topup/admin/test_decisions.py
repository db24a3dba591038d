"""Disputes, claims and sales decided in the admin: who may, what is told, and the log."""

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from tests.topup.admin.conftest import messages_of, text_of, url
from tests.topup.conftest import float_of, house, pin_payload, success
from tests.topup.test_contradictions import told
from topup import attention, books
from topup.models import Claim, Dispute, Person, Resolution, Role, Sale
from topup.services import claims, disputes, resolving, sales, vouchers
from topup.services.moves import move
from topup.services.refunds import refund_sale
from topup.states import SaleState

pytestmark = pytest.mark.django_db
S = SaleState


@pytest.fixture(autouse=True)
def right_books(db):
    yield
    assert list(books.problems()) == []


@pytest.fixture
def other_desk(db):
    """A client of another superuser."""
    client = Client()
    client.force_login(Person.objects.create_superuser("other", role=Role.ADMIN))
    return client


@pytest.fixture
def dispute(sold, agent):
    sale = sold(S.COMPLETED)
    return disputes.raise_dispute(sale=sale, by=agent, reason="not_received", text="No message")


def decide(client, row, button, **data):
    name = f"{row._meta.model_name}_decide"
    return client.post(url(name, row.pk), {button: "x", **data}, follow=True)


def test_a_dispute_is_refunded_with_an_answer_and_logged(desk, boss, shop, dispute):
    page = text_of(desk.get(url("dispute_decide", dispute.pk)))
    for known in ("No message", "9.60 USD", "9.25 USD", dispute.sale.correlation_id):
        assert known in page
    done = decide(desk, dispute, "refund", answer="You are right.")
    assert messages_of(done) == ["the customer got nothing (refunded)."]
    dispute.refresh_from_db()
    assert (dispute.decided_by, dispute.answer, float_of(shop)) == (
        boss, "You are right.", (100, 0),
    )  # fmt: skip
    entry = LogEntry.objects.get(object_id=str(dispute.pk))
    assert entry.user == boss
    assert entry.change_message.startswith("refund:")
    assert "nothing more to do" in text_of(desk.get(url("dispute_decide", dispute.pk)))


def test_without_an_answer_nothing_happens_and_the_form_says_so(desk, dispute):
    answer = decide(desk, dispute, "refuse")
    assert (answer.status_code, "Write an answer" in text_of(answer)) == (422, True)
    assert Dispute.objects.get().is_open


def test_a_shown_code_takes_a_reviewer_and_a_decider(desk, other_desk, agent, sold, pin_sku):
    sale = sold(sku=pin_sku, recipient="")
    sale = sales.apply_outcome(sale_id=sale.pk, outcome=told(pin_payload("9.20")))
    vouchers.read(sale=sale, person=agent)
    dispute = disputes.raise_dispute(sale=sale, by=agent, reason="bad_code")
    assert "yes: review it first" in text_of(desk.get(url("dispute_decide", dispute.pk)))
    decide(desk, dispute, "review", review="not redeemed")
    assert "Another must decide" in text_of(decide(desk, dispute, "refund", answer="ok"))
    decide(other_desk, dispute, "refund", answer="ok")
    assert Sale.objects.get().state == S.REFUNDED


def test_the_queue_shows_open_ones_first_and_marks_the_overdue(desk, agent, boss, sold):
    made = [
        disputes.raise_dispute(sale=sold(S.COMPLETED), by=agent, reason="twice") for _ in range(3)
    ]
    disputes.refuse(dispute_id=made[0].pk, by=boss, answer="no")
    Dispute.objects.filter(pk=made[2].pk).update(due_at=timezone.now() - timedelta(hours=1))
    page = desk.get(url("dispute_changelist"))
    assert [row.pk for row in page.context["cl"].result_list] == [made[at].pk for at in (2, 1, 0)]
    assert text_of(page).count("overdue</strong>") == 1
    late = desk.get(url("dispute_changelist", query="?is=overdue"))
    assert late.context["cl"].result_count == 1
    assert "Open disputes: 2, of them overdue: 1" in [need.text for need in attention.needs(boss)]


@pytest.mark.parametrize("count", [1, 3])
def test_the_queue_costs_the_same_queries_for_one_and_for_three(
    desk, agent, sold, django_assert_num_queries, count
):
    for _ in range(count):
        disputes.raise_dispute(sale=sold(S.COMPLETED), by=agent, reason="twice")
    desk.get(url("dispute_changelist"))
    with django_assert_num_queries(4):
        page = desk.get(url("dispute_changelist"))
    assert page.context["cl"].result_count == count


def test_rights_are_asked_for(clerk, dispute):
    client = clerk("view_dispute")
    assert "Decide the dispute" not in text_of(client.get(url("dispute_change", dispute.pk)))
    assert decide(client, dispute, "refuse", answer="x").status_code == 403
    client = clerk("view_dispute", "change_dispute")
    page = text_of(client.get(url("dispute_decide", dispute.pk)))
    assert ('name="refuse"' in page, 'name="refund"' in page) == (True, False)
    assert decide(client, dispute, "refund", answer="x").status_code == 403
    assert Dispute.objects.get().is_open
    assert decide(client, dispute, "refuse", answer="x").status_code == 200
    assert not Dispute.objects.get().is_open


@pytest.fixture
def claim(sold, boss):
    refund_sale(sale=sold(S.COMPLETED), by=boss, reason="x")
    return Claim.objects.get()


def test_a_claim_is_credited_with_a_reference(desk, boss, claim):
    assert "1 open claim on the provider: 9.25 USD" in [n.text for n in attention.needs(boss)]
    assert decide(desk, claim, "credited").status_code == 422
    decide(desk, claim, "credited", reference="CR-1")
    claim.refresh_from_db()
    assert (claim.state, claim.reference, claim.closed_by) == ("credited", "CR-1", boss)
    assert (house("claims"), attention.needs(boss)) == (0, [])


def test_a_claim_is_written_off_by_two(desk, other_desk, claim):
    decide(desk, claim, "ask", note="they say no")
    assert "second person" in text_of(decide(desk, claim, "write_off"))
    decide(other_desk, claim, "write_off")
    assert house("refunds") == D("-9.25")
    found = desk.get(url("claim_changelist", query="?is=written_off"))
    assert found.context["cl"].result_count == 1


def test_money_of_a_claim_needs_the_right_to_post(clerk, claim):
    client = clerk("view_claim", "change_claim")
    assert decide(client, claim, "credited", reference="CR").status_code == 403
    assert decide(client, claim, "ask", note="no").status_code == 200
    claims.keep_claim(claim_id=claim.pk, by=Person.objects.get(username="boss"))


@pytest.fixture
def in_review(sold):
    sale = sold(S.PENDING, age=90000)
    move(sale, S.IN_REVIEW)
    return sale


HAND = {"reason": "they told us", "evidence": "Ann, 14:05"}


def test_a_sale_is_ended_by_hand_with_reason_and_evidence(desk, boss, shop, in_review):
    page = text_of(desk.get(url("sale_change", in_review.pk)))
    assert url("sale_decide", in_review.pk) in page
    for missing in ({}, {"way": "completed"}, {"way": "charge", **HAND}):
        assert decide(desk, in_review, "resolve", **missing).status_code == 422
    decide(desk, in_review, "resolve", way="completed", **HAND)
    assert (Sale.objects.get().state, float_of(shop)) == (S.COMPLETED, (D("90.40"), 0))
    assert LogEntry.objects.get(object_id=str(in_review.pk)).user == boss
    timeline = text_of(desk.get(url("sale_change", in_review.pk)))
    assert "by hand: they told us (Ann, 14:05)" in timeline


def test_above_the_limit_another_agrees_or_drops_it(
    desk, other_desk, boss, shop, in_review, settings
):
    settings.SECOND_PERSON_ABOVE = 1
    decide(desk, in_review, "resolve", way="reversed", **HAND)
    assert Sale.objects.get().state == S.IN_REVIEW
    texts = [need.text for need in attention.needs(boss)]
    assert "1 decision about a sale waits for a second person" in texts
    assert "second person must agree" in text_of(decide(desk, in_review, "agree"))
    page = text_of(other_desk.get(url("sale_decide", in_review.pk)))
    assert "they told us" in page
    decide(other_desk, in_review, "agree")
    assert (Sale.objects.get().state, float_of(shop)) == (S.REVERSED, (100, 0))
    done = desk.get(url("resolution_changelist", query="?is=done"))
    assert done.context["cl"].result_count == 1


def test_ending_by_hand_needs_the_right_to_post(clerk, in_review):
    client = clerk("view_sale", "change_sale")
    assert decide(client, in_review, "resolve", way="reversed", **HAND).status_code == 403
    assert Resolution.objects.count() == 0


def test_a_sale_is_sent_to_review(desk, sold):
    sale = sold(S.IN_DOUBT)
    decide(desk, sale, "review", reason="the shop called")
    assert Sale.objects.get().state == S.IN_REVIEW


def test_a_late_delivery_is_settled_once(desk, boss, shop, in_review):
    resolving.resolve(sale=in_review, by=boss, way="reversed", **HAND)
    sales.apply_outcome(sale_id=in_review.pk, outcome=success())
    assert (
        decide(desk, in_review, "settle", way="charge", amount="99", reason="x").status_code == 422
    )
    decide(desk, in_review, "settle", way="charge", amount="5", reason="agreed")
    assert float_of(shop) == (95, 0)
    assert "nothing more to do" in text_of(desk.get(url("sale_decide", in_review.pk)))


def test_a_press_that_came_too_late_changes_nothing(desk, boss, in_review):
    resolving.resolve(sale=in_review, by=boss, way="reversed", **HAND)
    page = decide(desk, in_review, "resolve", way="completed", **HAND)
    assert "nothing more to do" in text_of(page)
    assert Sale.objects.get().state == S.REVERSED
