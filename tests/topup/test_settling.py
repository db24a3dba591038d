"""What an outcome does to a sale and to the money: stories, each ending in right books."""

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.utils import timezone

from tests.topup.conftest import (
    answer,
    float_of,
    house,
    outcome,
    pin_payload,
    success,
    topup_payload,
)
from topup import books
from topup.evidence import Verdict, judge_status
from topup.models import Alarm, Sale, Stop, Voucher, VoucherState
from topup.models.alarm import AlarmKind, StopKind
from topup.services import sales, vouchers
from topup.services.alarms import clear_stop
from topup.states import Basis, SaleState

pytestmark = pytest.mark.django_db
S, V = SaleState, Verdict


@pytest.fixture(autouse=True)
def right_books(db):
    yield
    assert list(books.problems()) == []


def apply(sale, *outcomes):
    for found in outcomes:
        sale = sales.apply_outcome(sale_id=sale.pk, outcome=found)
    return sale


def later(monkeypatch, seconds):
    now = timezone.now() + timedelta(seconds=seconds)
    monkeypatch.setattr(timezone, "now", lambda: now)


def test_the_example_of_the_books(shop, sold):
    sale = apply(sold(), success())
    assert sale.state == S.COMPLETED
    assert float_of(shop) == (D("90.40"), D(0))
    assert [house(k) for k in ("provider", "income", "commission", "variance")] == [
        D("-9.25"), D("0.80"), D("-0.40"), D("-0.05"),
    ]  # fmt: skip
    assert (sale.provider_reference, sale.operator_reference) == ("128959196", "OP-1")
    assert sale.next_poll_at is None


def test_a_success_told_twice_is_posted_once(shop, sold):
    apply(sold(), success(), success())
    assert float_of(shop) == (D("90.40"), D(0))


def test_a_refusal_gives_the_money_back_in_the_same_transaction(shop, sold):
    sale = apply(sold(), outcome(V.DECLINED, "501"))
    assert (sale.state, sale.basis) == (S.DECLINED, Basis.REFUSED)
    assert float_of(shop) == (D(100), D(0))
    assert sale.next_poll_at is None


def test_pending_keeps_the_money_held_until_the_final_word(shop, sold):
    sale = apply(sold(), outcome(V.PENDING, "852"), outcome(V.PENDING, "852"))
    assert (sale.state, float_of(shop)) == (S.PENDING, (D(100), D("9.60")))
    sale = apply(sale, success())
    assert (sale.state, float_of(shop)) == (S.COMPLETED, (D("90.40"), D(0)))


def test_pending_then_refused(shop, sold):
    sale = apply(sold(S.PENDING), outcome(V.DECLINED, "502"))
    assert (sale.state, float_of(shop)) == (S.DECLINED, (D(100), D(0)))


def test_no_answer_is_in_doubt_and_a_failed_status_call_learns_nothing(shop, sold):
    sale = apply(sold(), outcome(V.UNKNOWN), outcome(V.UNKNOWN, "H503"))
    assert (sale.state, float_of(shop)) == (S.IN_DOUBT, (D(100), D("9.60")))
    assert sale.next_poll_at is not None


def test_never_sent_is_cancelled_and_the_money_is_back(shop, sold):
    sale = apply(sold(), outcome(V.NOT_SENT))
    assert (sale.state, float_of(shop)) == (S.CANCELLED, (D(100), D(0)))


def test_a_late_not_sent_does_not_overrule_what_the_status_will_say(shop, sold):
    sale = apply(sold(S.IN_DOUBT), outcome(V.NOT_SENT))
    assert (sale.state, float_of(shop)) == (S.IN_DOUBT, (D(100), D("9.60")))


def test_a_closed_door_cancels_stops_selling_and_tells_a_person(sold):
    sale = apply(sold(), outcome(V.MISCONFIGURED, "H401", http_status=401))
    assert sale.state == S.CANCELLED
    assert Stop.objects.get().kind == StopKind.SELLING
    assert Alarm.objects.get().kind == AlarmKind.CONFIGURATION


def deny(code="898"):
    return outcome(V.DENIED, code)


def test_a_denial_is_believed_only_when_late_and_repeated(shop, sold, monkeypatch):
    sale = apply(sold(S.IN_DOUBT, age=60), deny())
    later(monkeypatch, 61)
    sale = apply(sale, deny())
    assert sale.state == S.IN_DOUBT, "121 s after sending is too early"
    later(monkeypatch, 60)
    sale = apply(sale, deny())
    assert (sale.state, sale.basis) == (S.DECLINED, Basis.ABSENT)
    assert float_of(shop) == (D(100), D(0))
    assert sale.next_poll_at - sale.settled_at == timedelta(minutes=10), "it is asked again"


def test_two_different_denials_do_not_add_up(sold, monkeypatch):
    sale = apply(sold(S.IN_DOUBT, age=200), deny("898"))
    later(monkeypatch, 61)
    sale = apply(sale, deny("999"))
    assert (sale.state, sale.denial_code) == (S.IN_DOUBT, "999")
    later(monkeypatch, 61)
    assert apply(sale, deny("999")).basis == Basis.DOUBTFUL


def test_an_acknowledged_sale_is_never_declined_for_being_unknown(sold, monkeypatch):
    sale = apply(sold(S.PENDING, age=200), deny())
    for _ in range(5):
        later(monkeypatch, 61)
        sale = apply(sale, deny())
    assert sale.state == S.IN_DOUBT


def test_many_unknown_sales_stop_automatic_declines(sold, monkeypatch):
    found = [apply(sold(S.IN_DOUBT, age=200), deny()) for _ in range(6)]
    later(monkeypatch, 61)
    sale = apply(found[0], deny())
    assert sale.state == S.IN_DOUBT
    assert Stop.objects.get().kind == StopKind.ABSENCE
    assert Alarm.objects.get().kind == AlarmKind.ABSENT
    later(monkeypatch, 700)
    sale = apply(sale, deny())
    assert sale.state == S.IN_DOUBT, "until a person has looked"
    clear_stop(kind=StopKind.ABSENCE, by=None)
    assert apply(sale, deny()).state == S.DECLINED


def test_a_person_who_lifts_the_stop_has_seen_the_unknown_sales_of_before(sold, monkeypatch):
    found = [apply(sold(S.IN_DOUBT, age=200), deny()) for _ in range(6)]
    later(monkeypatch, 61)
    apply(found[0], deny())
    clear_stop(kind=StopKind.ABSENCE, by=None)
    assert {apply(sale, deny()).state for sale in found} == {S.DECLINED}
    later(monkeypatch, 1)
    more = [apply(sold(S.IN_DOUBT, age=200), deny()) for _ in range(6)]
    later(monkeypatch, 61)
    assert apply(more[0], deny()).state == S.IN_DOUBT, "six more unknown ones stop it again"


def test_a_sale_that_turns_up_does_not_count_as_unknown(sold, monkeypatch):
    found = [apply(sold(S.IN_DOUBT, age=200), deny()) for _ in range(6)]
    apply(found[5], outcome(V.PENDING, "852"))
    later(monkeypatch, 61)
    assert apply(found[0], deny()).state == S.DECLINED


def test_success_after_our_decline_is_seen_booked_and_alarmed(shop, sold, monkeypatch):
    sale = apply(sold(S.IN_DOUBT, age=200), deny())
    later(monkeypatch, 61)
    sale = apply(sale, deny(), success())
    assert sale.state == S.DELIVERED_LATE
    assert float_of(shop) == (D(100), D(0)), "the shop's float waits for a person"
    assert (house("provider"), house("late")) == (D("-9.25"), D("-9.25"))
    assert Alarm.objects.get().kind == AlarmKind.LATE
    apply(sale, success())
    assert house("provider") == D("-9.25")


def test_the_code_of_a_late_delivery_is_kept_from_the_shop(shop, agent, sold, pin_sku, monkeypatch):
    sale = apply(sold(S.IN_DOUBT, age=200, sku=pin_sku, recipient=""), deny())
    later(monkeypatch, 61)
    sale = apply(sale, deny(), judge_status(answer("000", pin_payload())))
    assert sale.state == S.DELIVERED_LATE
    assert Voucher.objects.get().state == VoucherState.READY
    assert vouchers.read(sale=sale, person=agent) is None


def test_pending_after_our_decline_is_an_alarm_and_success_still_counts(sold, monkeypatch):
    sale = apply(sold(S.IN_DOUBT, age=200), deny())
    later(monkeypatch, 61)
    sale = apply(sale, deny(), outcome(V.PENDING, "852"))
    assert (sale.state, sale.was_acknowledged) == (S.DECLINED, True)
    assert Alarm.objects.get().kind == AlarmKind.CONTRADICTION
    assert apply(sale, success()).state == S.DELIVERED_LATE


def test_failure_after_done_stays_done_flagged_and_alarmed(shop, sold):
    sale = apply(sold(S.COMPLETED), outcome(V.DECLINED, "502"))
    assert (sale.state, float_of(shop)) == (S.COMPLETED, (D("90.40"), D(0)))
    assert "claim" in sale.flag
    assert Alarm.objects.get().kind == AlarmKind.CONTRADICTION


@pytest.mark.parametrize("payload", [None, topup_payload(invoice=None)])
def test_done_without_its_invoice_is_asked_three_times_then_posted_as_quoted(shop, sold, payload):
    bare = judge_status(answer("000", payload))
    sale = apply(sold(), bare, bare, bare)
    assert (sale.state, float_of(shop)) == (S.PENDING, (D(100), D("9.60")))
    sale = apply(sale, bare)
    assert (sale.state, sale.invoice_is_assumed) == (S.COMPLETED, True)
    assert (house("provider"), house("variance")) == (D("-9.20"), D(0))
    assert sale.flag
    assert sale.next_poll_at is not None
    sale = apply(sale, success())
    assert (house("provider"), house("variance")) == (D("-9.25"), D("-0.05"))
    assert (sale.flag, sale.next_poll_at, sale.invoice_amount) == ("", None, D("9.25"))


def test_an_invoice_beyond_the_limit_alarms_and_pauses_the_sku(shop, sold, sku):
    within = judge_status(answer("000", topup_payload("9.2920")))
    apply(sold(), within)
    sku.refresh_from_db()
    assert sku.paused_at is None
    apply(sold(), judge_status(answer("000", topup_payload("9.2921"))))
    sku.refresh_from_db()
    assert sku.paused_at is not None
    assert Alarm.objects.get().kind == AlarmKind.VARIANCE
    assert float_of(shop)[0] == D("80.80"), "the shop pays what it was quoted"


def test_a_pin_is_sealed_and_opened_only_by_its_shop(agent, other_agent, sold, pin_sku):
    done = judge_status(answer("000", pin_payload(pins=("000 0000 001", "000 0000 002"))))
    sale = apply(sold(sku=pin_sku, recipient=""), done)
    voucher = Voucher.objects.get()
    assert b"000 0000 001" not in bytes(voucher.sealed)
    content = vouchers.read(sale=sale, person=agent)
    assert [pin.number for pin in content.pins] == ["000 0000 001", "000 0000 002"]
    assert content.pins[0].control_number == "10000001"
    assert content.pins[0].expiration_date == "1/1/2030"
    with pytest.raises(PermissionDenied):
        vouchers.read(sale=sale, person=other_agent)
    kept = Sale.objects.values().get() | {"calls": list(sale.calls.values())}
    assert "000 0000 001" not in str(kept) + str(list(sale.events.values()))


def test_a_missing_code_is_awaited_and_asked_for(agent, sold, pin_sku):
    bare = judge_status(answer("000", pin_payload(pins=())))
    sale = apply(sold(sku=pin_sku, recipient=""), bare)
    assert (sale.state, Voucher.objects.get().state) == (S.COMPLETED, VoucherState.AWAITED)
    assert sale.next_poll_at is not None
    assert vouchers.read(sale=sale, person=agent) is None
    sale = apply(sale, bare, outcome(V.UNKNOWN), judge_status(answer("000", pin_payload())))
    assert vouchers.read(sale=sale, person=agent).pins[0].number == "000 0000 001"
    assert sale.next_poll_at is None


def test_a_move_that_is_not_in_the_table_is_refused_by_the_database(sold):
    sale = sold(S.DECLINED)
    with pytest.raises(DatabaseError), transaction.atomic():
        Sale.objects.filter(pk=sale.pk).update(state=S.COMPLETED)
    with pytest.raises(DatabaseError), transaction.atomic():
        Sale.objects.filter(pk=sale.pk).update(price=D(1), charge=D("0.60"))
