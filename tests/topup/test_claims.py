"""A claim on the provider is closed once: by money that came back, or by two people."""

from decimal import Decimal as D

import pytest
from django.db import DatabaseError, transaction

from ledger.models import Entry
from tests.topup.conftest import house
from topup import books
from topup.errors import DecisionError
from topup.models import Alarm, Claim, ClaimState
from topup.services import claims, provider
from topup.services.refunds import refund_sale
from topup.states import SaleState

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def right_books(db):
    yield
    assert list(books.problems()) == []


@pytest.fixture
def claim(sold, boss):
    refund_sale(sale=sold(SaleState.COMPLETED), by=boss, reason="nothing came")
    return Claim.objects.get()


def test_a_credited_claim_is_back_in_the_wallet_once(claim, boss):
    for _ in range(2):
        made = claims.claim_credited(claim_id=claim.pk, by=boss, reference=" CR-77 ")
    assert (made.state, made.reference, made.closed_by) == (ClaimState.CREDITED, "CR-77", boss)
    assert (house("claims"), house("provider")) == (0, 0)
    entry = Entry.objects.get(kind="claim")
    assert (entry.key, entry.memo) == (f"claim:{claim.sale.correlation_id}", "CR-77")


def test_a_credit_needs_the_providers_reference(claim, boss):
    with pytest.raises(DecisionError, match="reference"):
        claims.claim_credited(claim_id=claim.pk, by=boss, reference="  ")
    assert house("claims") == D("9.25")


def test_a_write_off_takes_two(claim, boss, second):
    with pytest.raises(DecisionError, match="Nobody has asked"):
        claims.write_off(claim_id=claim.pk, by=second)
    for _ in range(2):
        claims.ask_write_off(claim_id=claim.pk, by=boss, note="too old, they say")
    with pytest.raises(DecisionError, match="second person"):
        claims.write_off(claim_id=claim.pk, by=boss)
    assert house("claims") == D("9.25")
    for _ in range(2):
        made = claims.write_off(claim_id=claim.pk, by=second)
    assert (made.state, made.asked_by, made.closed_by) == (ClaimState.WRITTEN_OFF, boss, second)
    assert (house("claims"), house("refunds"), house("provider")) == (0, D("-9.25"), D("-9.25"))
    assert Entry.objects.get(kind="write_off").memo == "too old, they say"


def test_a_write_off_needs_a_reason_and_is_asked_for_once(claim, boss, second):
    with pytest.raises(DecisionError, match="why"):
        claims.ask_write_off(claim_id=claim.pk, by=boss, note=" ")
    claims.ask_write_off(claim_id=claim.pk, by=boss, note="no")
    with pytest.raises(DecisionError, match="Another person"):
        claims.ask_write_off(claim_id=claim.pk, by=second, note="no, too")


def test_a_write_off_that_was_asked_for_can_be_taken_back(claim, boss):
    claims.ask_write_off(claim_id=claim.pk, by=boss, note="no")
    assert claims.keep_claim(claim_id=claim.pk, by=boss).state == ClaimState.OPEN


def test_a_closed_claim_stays_as_it_is(claim, boss, second):
    claims.ask_write_off(claim_id=claim.pk, by=boss, note="no")
    claims.write_off(claim_id=claim.pk, by=second)
    for deed in (
        lambda: claims.claim_credited(claim_id=claim.pk, by=boss, reference="late"),
        lambda: claims.ask_write_off(claim_id=claim.pk, by=boss, note="again"),
        lambda: claims.keep_claim(claim_id=claim.pk, by=boss),
    ):
        with pytest.raises(DecisionError, match="closed already"):
            deed()
    for change in ({"state": "open"}, {"amount": 1}, {"note": "x"}):
        with pytest.raises(DatabaseError, match="does not change"), transaction.atomic():
            Claim.objects.update(**change)
    assert (house("claims"), house("refunds")) == (0, D("-9.25"))


def test_no_shop_decides_about_claims(claim, agent):
    with pytest.raises(DecisionError, match="distributor"):
        claims.claim_credited(claim_id=claim.pk, by=agent, reference="CR")


def test_the_database_wants_two_people_and_a_reference(claim, boss):
    for columns in (
        {"state": "written_off", "asked_by": boss, "closed_by": boss},
        {"state": "credited", "closed_by": boss, "reference": ""},
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            Claim.objects.update(**columns)


def test_the_wallet_agrees_before_and_after_the_credit(counter, simulator, boss):
    """A refund moves nothing at the provider; a credit does, and the books with it."""
    sale = counter.sell()
    refund_sale(sale=sale, by=boss, reason="nothing came")
    assert provider.check_balance() == 0
    claim = Claim.objects.get()
    wallet = simulator.control("wallet")["available"]
    simulator.control("reset", "POST", {"wallet": wallet + claim.amount})
    assert provider.check_balance() == claim.amount
    claims.claim_credited(claim_id=claim.pk, by=boss, reference="CR-1")
    assert provider.check_balance() == 0
    assert [alarm.kind for alarm in Alarm.objects.all()] == ["balance"]
