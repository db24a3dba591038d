"""A refund takes back the shop's side once; what the provider charged is claimed."""

import threading
from decimal import Decimal as D

import pytest
from django.db import DatabaseError, connection, transaction

from ledger.models import Entry
from tests.topup.conftest import float_of, house, outcome, pin_payload, success, topup_payload
from tests.topup.test_contradictions import told, without_invoice
from topup import books
from topup.errors import DecisionError
from topup.evidence import Verdict
from topup.models import Claim, ClaimState, Owed, Refund, Sale
from topup.services import claims, refunds, sales, shifts, vouchers
from topup.services.refunds import refund_sale
from topup.services.shops import add_float
from topup.states import SaleState

pytestmark = pytest.mark.django_db
S = SaleState


@pytest.fixture(autouse=True)
def right_books(db):
    yield
    assert list(books.problems()) == []


def lines_of(key):
    entry = Entry.objects.get(key=key)
    return {line.account.kind: line.amount for line in entry.lines.select_related("account")}


def test_a_refund_reverses_what_the_sale_posted_and_claims_the_invoice(shop, boss, sold):
    sale = sold(S.COMPLETED)
    before = lines_of(f"sale:{sale.correlation_id}")
    made = refund_sale(sale=sale, by=boss, reason="nothing came")
    assert lines_of(f"refund:{sale.correlation_id}") == {
        "float": -before["float"], "income": -before["income"],
        "commission": -before["commission"], "variance": -before["variance"],
        "claims": -before["provider"],
    }  # fmt: skip
    assert made.entry.reverses == Entry.objects.get(key=f"sale:{sale.correlation_id}")
    assert (made.entry.posted_by, made.made_by, made.reason) == (boss, boss, "nothing came")
    assert (float_of(shop), house("claims"), house("provider")) == ((100, 0), D("9.25"), D("-9.25"))
    assert (house("income"), house("commission"), house("variance")) == (0, 0, 0)
    claim = Claim.objects.get()
    assert (claim.amount, claim.currency, claim.state) == (D("9.25"), "USD", ClaimState.OPEN)
    event = Sale.objects.get().events.last()
    assert (event.to_state, event.by, event.note) == (S.REFUNDED, boss, "nothing came")


def test_a_refund_is_made_once(shop, boss, sold):
    sale = sold(S.COMPLETED)
    first = refund_sale(sale=sale, by=boss, reason="nothing came")
    assert refund_sale(sale=sale, by=boss, reason="once more") == first
    assert (Refund.objects.count(), Claim.objects.count(), float_of(shop)) == (1, 1, (100, 0))


@pytest.mark.parametrize("state", [S.CREATED, S.PENDING, S.IN_DOUBT, S.DECLINED])
def test_only_a_done_sale_is_refunded(shop, boss, sold, state):
    sale = sold(state)
    before = float_of(shop)
    with pytest.raises(DecisionError, match="Only a sale that is done"):
        refund_sale(sale=sale, by=boss, reason="x")
    assert (float_of(shop), Refund.objects.count()) == (before, 0)


def test_no_shop_refunds_itself_and_nobody_without_a_reason(agent, boss, sold):
    sale = sold(S.COMPLETED)
    with pytest.raises(DecisionError, match="distributor"):
        refund_sale(sale=sale, by=agent, reason="x")
    with pytest.raises(DecisionError, match="why"):
        refund_sale(sale=sale, by=boss, reason="  ")


def test_a_float_below_its_limit_gets_its_money_back(shop, boss, sold):
    sale = sold(S.COMPLETED)
    add_float(shop=shop, amount=D(-200), by=None, memo="x", key="out")
    refund_sale(sale=sale, by=boss, reason="x")
    assert float_of(shop) == (D(-100), 0)


def test_a_code_of_a_refunded_sale_is_not_shown_any_more(agent, boss, sold, pin_sku):
    sale = sold(sku=pin_sku, recipient="")
    sale = sales.apply_outcome(sale_id=sale.pk, outcome=told(pin_payload("9.20")))
    stale = Sale.objects.get()
    refund_sale(sale=sale, by=boss, reason="x")
    assert vouchers.read(sale=stale, person=agent) is None, "a page that was slow is told, too"
    assert sale.voucher.first_shown_at is None


def test_a_shown_code_is_not_refunded_without_a_review(agent, boss, sold, pin_sku):
    sale = sold(sku=pin_sku, recipient="")
    sale = sales.apply_outcome(sale_id=sale.pk, outcome=told(pin_payload("9.20")))
    assert vouchers.read(sale=sale, person=agent) is not None
    shown_at = sale.voucher.first_shown_at
    assert shown_at is not None
    vouchers.read(sale=sale, person=agent)
    sale.voucher.refresh_from_db()
    assert (sale.voucher.first_shown_at, sale.voucher.read_count) == (shown_at, 2)
    with pytest.raises(DecisionError, match="review"):
        refund_sale(sale=sale, by=boss, reason="x")


@pytest.fixture
def assumed(sold, boss):
    """A sale refunded while its invoice is missing."""
    sale = sold()
    for _ in range(4):
        sale = sales.apply_outcome(sale_id=sale.pk, outcome=without_invoice())
    assert (sale.state, sale.invoice_is_assumed) == (S.COMPLETED, True)
    refund_sale(sale=sale, by=boss, reason="nothing came")
    return Sale.objects.get(pk=sale.pk)


def test_an_invoice_that_comes_after_the_refund_moves_the_claim(assumed):
    assert (house("claims"), Claim.objects.get().amount) == (D("9.20"), D("9.20"))
    assert assumed.next_poll_at is not None, "the invoice is still asked for"
    for _ in range(2):
        sale = sales.apply_outcome(sale_id=assumed.pk, outcome=success())
    assert (sale.state, sale.invoice_amount, sale.next_poll_at) == (S.REFUNDED, D("9.25"), None)
    assert (house("claims"), house("provider")) == (D("9.25"), D("-9.25"))
    assert (house("variance"), Claim.objects.get().amount) == (0, D("9.25"))


def test_a_lower_invoice_makes_the_claim_smaller(assumed):
    sales.apply_outcome(sale_id=assumed.pk, outcome=success(topup_payload("9.00")))
    assert (house("claims"), house("variance"), Claim.objects.get().amount) == (9, 0, 9)


def test_a_write_off_that_was_asked_for_is_asked_for_again_when_the_amount_changes(assumed, boss):
    claim = Claim.objects.get()
    claims.ask_write_off(claim_id=claim.pk, by=boss, note="they say no")
    sales.apply_outcome(sale_id=assumed.pk, outcome=success())
    claim.refresh_from_db()
    assert (claim.state, claim.asked_by, claim.amount) == (ClaimState.OPEN, None, D("9.25"))


def test_an_invoice_after_the_claim_was_closed_is_our_variance(assumed, boss):
    claim = Claim.objects.get()
    claims.claim_credited(claim_id=claim.pk, by=boss, reference="CR-1")
    sales.apply_outcome(sale_id=assumed.pk, outcome=success())
    claim.refresh_from_db()
    assert (house("claims"), house("variance"), claim.amount) == (0, D("-0.05"), D("9.20"))
    assert house("provider") == D("-0.05"), "charged 9.25, credited 9.20"


@pytest.mark.parametrize("found", [outcome(Verdict.UNKNOWN), outcome(Verdict.DECLINED, "502")])
def test_what_is_said_about_a_refunded_sale_moves_no_money(shop, boss, sold, found):
    sale = sold(S.COMPLETED)
    refund_sale(sale=sale, by=boss, reason="x")
    for answer in (found, success()):
        sale = sales.apply_outcome(sale_id=sale.pk, outcome=answer)
        assert (sale.state, float_of(shop), house("claims")) == (S.REFUNDED, (100, 0), D("9.25"))


def test_a_refund_cannot_be_edited(boss, sold):
    refund_sale(sale=sold(S.COMPLETED), by=boss, reason="x")
    for change in (Refund.objects.all().delete, lambda: Refund.objects.update(reason="y")):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


@pytest.mark.django_db(transaction=True)
def test_a_code_is_shown_or_refunded_and_never_both(agent, boss, sold, pin_sku, monkeypatch):
    """The refund has looked at the voucher and not committed: who would read it waits."""
    sale = sold(sku=pin_sku, recipient="")
    sale = sales.apply_outcome(sale_id=sale.pk, outcome=told(pin_payload("9.20")))
    read: list[object] = []
    reader = threading.Thread(
        target=lambda: (read.append(vouchers.read(sale=Sale.objects.get(), person=agent)),
                        connection.close())
    )  # fmt: skip
    looked = refunds.was_shown

    def slowly(locked):
        was_shown = looked(locked)
        reader.start()
        reader.join(0.3)
        assert read == [], "the reader waits"
        return was_shown

    monkeypatch.setattr(refunds, "was_shown", slowly)
    refund_sale(sale=sale, by=boss, reason="x")
    reader.join(60)
    assert read == [None]


def test_a_refund_after_the_seal_owes_the_customer_and_leaves_the_shift_as_it_was(
    agent, boss, sold
):
    shift = shifts.open_shift(person=agent, counts=[])
    sale = sold(S.COMPLETED)
    shifts.count_shift(shift_id=shift.pk, counts=[], by=agent)
    sealed = shifts.seal_shift(shift_id=shift.pk, by=agent, note="all was taken to the bank")
    refund_sale(sale=sale, by=boss, reason="nothing came")
    owed = Owed.objects.get()
    assert (owed.sale, owed.amount, owed.state) == (sale, D("10.00"), "owed")
    assert type(shift).objects.get().digest == sealed.digest
