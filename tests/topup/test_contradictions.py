"""A provider that says one thing and then another, or nonsense: no cent moves by it twice."""

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.utils import timezone

from ledger import services as ledger
from tests.topup.conftest import (
    answer,
    float_of,
    house,
    outcome,
    pin_payload,
    success,
    topup_payload,
)
from topup import books, refusals, schedule
from topup.evidence import Verdict, judge_status
from topup.models import Alarm, Person, Role, Sale, Voucher, VoucherState
from topup.models.alarm import AlarmKind
from topup.services import asking, polling, sales, vouchers
from topup.services.moves import move
from topup.services.refunds import refund_sale
from topup.states import SaleState

pytestmark = pytest.mark.django_db
S, V = SaleState, Verdict
BARE = {"invoice": None}


@pytest.fixture(autouse=True)
def right_books(db):
    yield
    assert list(books.problems()) == []


def apply(sale, *outcomes):
    for found in outcomes:
        sale = sales.apply_outcome(sale_id=sale.pk, outcome=found)
    return sale


def told(payload, code="000"):
    return judge_status(answer(code, payload))


def without_invoice():
    return told(topup_payload(invoice=None))


@pytest.fixture
def late(sold, clock):
    """A sale brought to "done late" by the given answer 000."""

    def make(found, **goods):
        sale = sold(S.IN_DOUBT, age=200, **goods)
        for _ in range(2):
            sale = apply(sale, outcome(V.DENIED, "898"))
            clock.jump(61)
        assert sale.state == S.DECLINED
        sale = apply(sale, found)
        assert sale.state == S.DELIVERED_LATE
        return sale

    return make


def test_refused_after_done_without_details_stays_done(shop, sold):
    sale = apply(sold(), without_invoice(), outcome(V.DECLINED, "502"))
    assert (sale.state, float_of(shop)) == (S.COMPLETED, (D("90.40"), 0))
    assert house("provider") == D("-9.20"), "posted at the quoted cost until the invoice comes"
    assert "claim" in sale.flag
    assert Alarm.objects.get().kind == AlarmKind.CONTRADICTION


@pytest.mark.parametrize("verdict", [V.UNKNOWN, V.DENIED, V.PENDING])
def test_done_without_details_is_done_after_three_questions_whatever_they_bring(
    shop, sold, verdict
):
    sale = apply(sold(), without_invoice(), *[outcome(verdict, "898")] * 2)
    assert (sale.state, sale.was_acknowledged) == (S.PENDING, True)
    sale = apply(sale, outcome(verdict, "898"))
    assert (sale.state, float_of(shop)) == (S.COMPLETED, (D("90.40"), 0))
    assert sale.invoice_is_assumed
    sale = apply(sale, success())
    assert (house("provider"), sale.flag, sale.next_poll_at) == (D("-9.25"), "", None)


def test_a_late_delivery_without_its_invoice_is_corrected_when_it_comes(shop, late):
    sale = late(without_invoice())
    assert (house("provider"), house("late")) == (D("-9.20"), D("-9.20"))
    assert sale.next_poll_at is not None, "the invoice is asked for"
    sale = apply(sale, outcome(V.UNKNOWN), success())
    assert (house("provider"), house("late"), house("variance")) == (D("-9.25"), D("-9.25"), 0)
    assert (sale.invoice_amount, sale.next_poll_at) == (D("9.25"), None)
    assert "decide" in sale.flag, "a person still has to"
    assert float_of(shop) == (100, 0)


def test_a_late_delivery_without_its_code_asks_for_it(agent, late, pin_sku):
    sale = late(told(pin_payload(pins=())), sku=pin_sku, recipient="")
    assert Voucher.objects.get().state == VoucherState.AWAITED
    sale = apply(sale, told(pin_payload()))
    assert (Voucher.objects.get().state, sale.next_poll_at) == (VoucherState.READY, None)
    assert vouchers.read(sale=sale, person=agent) is None


def ask_by_hand(sale, found, clock):
    """What a person's question does, and what the sweep does with the row afterwards."""
    assert asking.ask_now(sale_id=sale.pk, by=None) is True
    assert polling.claim_due() == [sale.pk]
    apply(sale, found)
    clock.jump(schedule.LEASE.total_seconds() + 1)
    return polling.claim_due()


@pytest.mark.parametrize(
    "found", [success(), outcome(V.DECLINED, "502"), outcome(V.DENIED, "898"),
              outcome(V.UNKNOWN), outcome(V.PENDING, "852")], ids=lambda found: found.verdict,
)  # fmt: skip
@pytest.mark.parametrize("state", [S.COMPLETED, S.DELIVERED_LATE, S.REFUNDED])
def test_a_question_by_hand_about_an_ended_sale_is_asked_once(sold, late, clock, state, found):
    sale = late(success()) if state == S.DELIVERED_LATE else sold(S.COMPLETED)
    if state == S.REFUNDED:
        boss = Person.objects.create_user("refunder", role=Role.ADMIN)
        refund_sale(sale=sale, by=boss, reason="it did not arrive")
    assert ask_by_hand(sale, found, clock) == []


def test_a_code_that_the_provider_will_not_give_is_asked_for_by_the_plan(
    sold, pin_sku, clock, monkeypatch
):
    began = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: began + clock.offset)
    sale = apply(sold(sku=pin_sku, recipient=""), told(pin_payload(pins=())))
    for seconds in (2, 3, 5, 10, 30, 30):
        clock.jump(seconds)
        assert polling.claim_due() == [sale.pk]
        sale = apply(sale, outcome(V.DECLINED, "502"))
        assert polling.claim_due() == []
        assert sale.next_poll_at > timezone.now()
    assert sale.state == S.COMPLETED
    assert Alarm.objects.filter(kind=AlarmKind.CONTRADICTION).count() == 1


def test_the_invoice_does_not_wipe_out_a_flag_for_a_person(sold):
    bare = without_invoice()
    sale = apply(sold(), bare, bare, bare, bare, outcome(V.DECLINED, "502"), success())
    assert (sale.state, sale.invoice_is_assumed) == (S.COMPLETED, False)
    assert "claim" in sale.flag


def test_a_failed_question_does_not_change_what_the_agent_is_told_to_do(sold):
    sale = sold(S.DECLINED)
    advice = refusals.advice(sale)
    sale = apply(sale, outcome(V.UNKNOWN, "H503"), outcome(V.DENIED, "898"))
    assert (sale.response_code, refusals.advice(sale)) == ("501", advice)


@pytest.mark.parametrize("figure", ["1e25", "1e12", "-9.25", "0", "0.00001"])
def test_an_absurd_invoice_counts_as_missing(shop, sold, figure):
    strange = told(topup_payload(figure))
    sale = apply(sold(), *[strange] * 4)
    assert (sale.state, sale.invoice_is_assumed) == (S.COMPLETED, True)
    assert (float_of(shop), house("provider")) == ((D("90.40"), 0), D("-9.20"))


def test_success_of_a_sale_that_never_left_us_is_an_alarm_and_moves_no_money(shop, sold):
    sale = apply(sold(), outcome(V.NOT_SENT), success(), success())
    assert (sale.state, float_of(shop), house("provider")) == (S.CANCELLED, (100, 0), 0)
    assert "never sent" in sale.flag
    assert Alarm.objects.get().kind == AlarmKind.CONTRADICTION


def test_a_code_once_given_is_not_replaced(agent, sold, pin_sku):
    sale = apply(sold(sku=pin_sku, recipient=""), told(pin_payload("9.20", ("111 1111 111",))))
    sale = apply(sale, told(pin_payload("9.20", ("222 2222 222",))), told(pin_payload("9.20", ())))
    assert vouchers.read(sale=sale, person=agent).pins[0].number == "111 1111 111"
    assert sale.next_poll_at is None


def test_absurd_details_do_not_hold_up_a_success(shop, sold):
    detail = {"localCurrencyAmount": D("1e25"), "destinationCurrency": "JMDOLLARS",
              "operatorTransactionId": "x" * 500, "salesTaxAmount": D("-1")}  # fmt: skip
    strange = topup_payload(transactionId=2**62, transactionDate="x" * 500, topupDetail=detail)
    sale = apply(sold(), told(strange))
    assert (sale.state, float_of(shop)) == (S.COMPLETED, (D("90.40"), 0))
    assert sale.delivered_amount == D(1550), "what was quoted stays"


def asked(found, seconds_after, sale):
    """An answer to a question asked so many seconds after `send_before`."""
    return type(found)(**(vars(found) | {
        "asked_at": sale.send_before + timedelta(seconds=seconds_after)}))  # fmt: skip


def test_success_after_a_reversal_by_hand_is_booked_and_alarmed(shop, agent, sold, clock):
    sale = sold(S.PENDING)
    clock.jump(86401)
    polling.sweep()
    sale.refresh_from_db()
    now = timezone.now()
    assert move(sale, S.REVERSED, by=agent, settled_at=now, next_poll_at=now)
    ledger.release_hold(hold_id=sale.hold_id)
    sale = apply(sale, outcome(V.UNKNOWN))
    assert sale.next_poll_at == now + timedelta(minutes=10), "it is asked again"
    sale = apply(sale, success())
    assert (sale.state, float_of(shop)) == (S.DELIVERED_LATE, (100, 0))
    assert house("late") == D("-9.25")
    assert Alarm.objects.filter(kind=AlarmKind.LATE).count() == 1


def test_an_answer_is_as_old_as_its_question(sold, clock):
    """A poller frozen with an early "not known" in its hand proves nothing when it wakes."""
    sale = sold(S.IN_DOUBT, age=20)
    denial = outcome(V.DENIED, "898")
    early = asked(denial, 5, sale)
    clock.jump(80)
    sale = apply(sale, asked(denial, 80, sale))
    clock.jump(100)
    sale = apply(sale, early)
    assert sale.state == S.IN_DOUBT
    assert (sale.denied_at - sale.send_before).total_seconds() == 80
    sale = apply(sale, asked(denial, 149, sale))
    assert sale.state == S.IN_DOUBT
    assert apply(sale, asked(denial, 150, sale)).state == S.DECLINED


def test_an_old_denial_of_another_code_does_not_begin_the_count_anew(sold, clock):
    sale = sold(S.IN_DOUBT, age=20)
    clock.jump(200)
    sale = apply(sale, asked(outcome(V.DENIED, "999"), 100, sale))
    sale = apply(sale, asked(outcome(V.DENIED, "898"), 10, sale))
    assert (sale.denial_code, sale.state) == ("999", S.IN_DOUBT)
    assert apply(sale, asked(outcome(V.DENIED, "999"), 160, sale)).state == S.DECLINED


def test_a_sale_is_not_asked_about_for_ever(sold, clock):
    sale = sold(S.IN_DOUBT)
    clock.jump(31 * 86400)
    sale = apply(sale, outcome(V.UNKNOWN))
    assert sale.next_poll_at is None
    assert Sale.objects.get().state == S.IN_DOUBT
