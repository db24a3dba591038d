"""Every row of the table of evidence, end to end: real orders to a real provider.

Each story ends with the state, the float, the books, one order per sale in the
provider's journal, and its wallet equal to our account of it.
"""

import time
from decimal import Decimal as D

import pytest

from ledger.models import AccountKind
from ledger.queries import house_balance
from tests.topup.counter import PIN
from topup.models import Alarm, ProviderCall, Stop
from topup.models.alarm import AlarmKind, StopKind
from topup.services import sales, vouchers
from topup.states import Basis, SaleState
from valuetopup._connection import _TimedReader

pytestmark = pytest.mark.django_db
S = SaleState
FULL, CHARGED = D(500), D("490.32")  # the float before and after a sale of 9.68


@pytest.fixture
def hasty(monkeypatch):
    """The answer to an order that was sent is waited for a third of a second."""
    read = _TimedReader.readinto

    def readinto(reader, buffer):
        wire = reader._wire
        if wire.send_before:
            wire.deadline = min(wire.deadline, time.monotonic() + 0.3)
        return read(reader, buffer)

    monkeypatch.setattr(_TimedReader, "readinto", readinto)


def number(trigger):
    return "1876555" + trigger


def assert_ended(counter, sale, state, *, basis="", posts=1):
    """The end of a story that needed no person."""
    sale.refresh_from_db()
    assert (sale.state, sale.basis) == (state, basis)
    delivered = state == S.COMPLETED
    assert counter.float() == (CHARGED if delivered else FULL, 0)
    journal = counter.simulator.control(f"journal?correlationId={sale.correlation_id}")
    assert [row["posts"] for row in journal] == [posts] * bool(posts)
    assert sum(row["executed"] for row in journal) == delivered
    counter.assert_right()


def test_done_at_once(counter):
    sale = counter.sell()
    assert_ended(counter, sale, S.COMPLETED)
    assert sale.provider_reference
    assert sale.next_poll_at is None
    assert ProviderCall.objects.filter(call="status").count() == 0


@pytest.mark.parametrize("code", ["501", "502", "510", "540"])
def test_refused_at_once(counter, code):
    sale = counter.sell(number("0" + code))
    assert_ended(counter, sale, S.DECLINED, basis=Basis.REFUSED)
    assert sale.response_code == code
    assert sale.next_poll_at is None


@pytest.mark.parametrize("trigger", ["0852", "0851"])
def test_pending_then_done(counter, clock, trigger):
    sale = counter.sell(number(trigger))
    assert (sale.state, counter.float()) == (S.PENDING, (FULL, D("9.68")))
    assert_ended(counter, counter.live(sale, clock), S.COMPLETED)


def test_pending_then_refused(counter, clock):
    sale = counter.sell(number("0853"))
    assert sale.state == S.PENDING
    assert_ended(counter, counter.live(sale, clock, until=[S.DECLINED]), S.DECLINED,
                 basis=Basis.REFUSED)  # fmt: skip


DOUBTFUL = ["015", "560", "590", "600", "999"]


@pytest.mark.parametrize("code", [*DOUBTFUL, "898", "899", "777"])
def test_a_doubtful_answer_is_believed_only_when_late_and_repeated(counter, clock, code):
    counter.simulator.fault("code", code=code)
    sale = counter.sell()
    assert (sale.state, counter.float()) == (S.IN_DOUBT, (FULL, D("9.68")))
    sale = counter.live(sale, clock, until=[S.DECLINED])
    basis = Basis.DOUBTFUL if code in DOUBTFUL else Basis.ABSENT
    assert_ended(counter, sale, S.DECLINED, basis=basis)
    assert (sale.settled_at - sale.send_before).total_seconds() >= 150
    assert sale.next_poll_at is not None, "it is asked again"


def test_the_codes_of_the_menu_that_are_doubtful(counter, clock):
    for trigger in ("0560", "0999"):
        sale = counter.sell(number(trigger))
        assert sale.state == S.IN_DOUBT
        assert counter.live(sale, clock, until=[S.DECLINED]).basis == Basis.DOUBTFUL
    counter.assert_right()


@pytest.mark.parametrize("status", [400, 415])
def test_an_order_rejected_as_it_stood_is_declined(counter, status):
    counter.simulator.fault("http", status=status)
    assert_ended(counter, counter.sell(), S.DECLINED, basis=Basis.REFUSED)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_closed_door_cancels_and_stops_selling(counter, status):
    counter.simulator.fault("http", status=status)
    waiting = counter.confirm()
    assert_ended_cancelled(counter, counter.confirm(), waiting)
    assert Stop.objects.get().kind == StopKind.SELLING
    assert Alarm.objects.get().kind == AlarmKind.CONFIGURATION


def assert_ended_cancelled(counter, first, waiting):
    assert sales.submit_sale(sale_id=first.pk).state == S.CANCELLED
    assert counter.float() == (FULL, D("9.68")), "the other sale still waits"
    assert sales.submit_sale(sale_id=waiting.pk) is None
    waiting.refresh_from_db()
    assert waiting.state == S.CANCELLED
    assert_ended(counter, first, S.CANCELLED)
    assert_ended(counter, waiting, S.CANCELLED, posts=0)


def test_a_wrong_password_is_a_closed_door(counter, settings):
    sale = counter.confirm()
    settings.VALUETOPUP_PASSWORD = "wrong"
    assert sales.submit_sale(sale_id=sale.pk).state == S.CANCELLED
    assert Stop.objects.get().kind == StopKind.SELLING
    assert_ended(counter, sale, S.CANCELLED)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_an_http_error_proves_nothing(counter, clock, status):
    counter.simulator.fault("http", status=status, accepted=True)
    sale = counter.sell()
    assert (sale.state, counter.float()) == (S.IN_DOUBT, (FULL, D("9.68")))
    assert_ended(counter, counter.live(sale, clock), S.COMPLETED)


@pytest.mark.parametrize("trigger", ["0121", "0503"])
def test_an_answer_that_is_lost_proves_nothing(counter, clock, trigger):
    sale = counter.sell(number(trigger))
    assert sale.state == S.IN_DOUBT
    assert_ended(counter, counter.live(sale, clock), S.COMPLETED)


def test_garbage_proves_nothing(counter, clock):
    counter.simulator.fault("garbage")
    sale = counter.sell()
    assert sale.state == S.IN_DOUBT
    assert_ended(counter, counter.live(sale, clock), S.COMPLETED)


@pytest.mark.parametrize("fault", ["hang", "drip"])
def test_an_answer_that_takes_too_long_proves_nothing(counter, hasty, clock, fault):
    counter.simulator.fault(fault, seconds=3)
    sale = counter.sell()
    assert (sale.state, counter.float()) == (S.IN_DOUBT, (FULL, D("9.68")))
    sale = counter.live(sale, clock, for_all=True)
    if fault == "hang":
        assert "in progress" in [str(event.get_to_state_display()) for event in sale.events.all()]
    assert_ended(counter, sale, S.COMPLETED)


def test_no_answer_for_two_minutes(counter, hasty, clock):
    sale = counter.sell(number("0120"))
    assert sale.state == S.IN_DOUBT
    assert_ended(counter, counter.live(sale, clock, for_all=True), S.COMPLETED)


def test_dropped_before_it_was_accepted(counter, clock):
    sale = counter.sell(number("0122"))
    assert sale.state == S.IN_DOUBT
    sale = counter.live(sale, clock, until=[S.DECLINED])
    assert_ended(counter, sale, S.DECLINED, basis=Basis.ABSENT)


def test_nobody_listens(counter, settings):
    sale = counter.confirm()
    settings.VALUETOPUP_BASE_URL = "http://127.0.0.1:9/api/v2"
    assert sales.submit_sale(sale_id=sale.pk).state == S.CANCELLED
    assert_ended(counter, sale, S.CANCELLED, posts=0)
    assert not Stop.objects.exists(), "a network that is down for a moment stops nothing"


def test_not_known_at_first_then_done_is_never_declined(counter, clock):
    sale = counter.sell(number("0121"))
    for code, count in (("898", 2), ("852", 1)):
        counter.simulator.fault("code", kind="status", code=code, count=count)
    sale = counter.live(sale, clock)
    assert S.DECLINED not in sale.events.values_list("to_state", flat=True)
    assert sale.events.filter(note="the provider denies it").exists()
    assert_ended(counter, sale, S.COMPLETED)


def test_done_after_our_decline_is_seen_booked_and_alarmed(counter, clock):
    sale = counter.sell(number("0121"))
    counter.simulator.fault("code", kind="status", code="898")
    sale = counter.live(sale, clock, until=[S.DECLINED])
    assert (sale.state, sale.basis, counter.float()) == (S.DECLINED, Basis.ABSENT, (FULL, 0))
    assert not Alarm.objects.exists()
    counter.simulator.control("faults", "DELETE")
    sale = counter.live(sale, clock)
    assert (sale.state, sale.next_poll_at) == (S.DELIVERED_LATE, None)
    assert counter.float() == (FULL, 0), "the shop's float waits for a person"
    assert house_balance(AccountKind.LATE, "USD") == D("-9.30")
    assert Alarm.objects.get().kind == AlarmKind.LATE
    counter.assert_right()


STATUS_FAULTS = [
    *[("http", {"status": status}) for status in (400, 401, 403, 404, 408, 415, 429, 500, 503)],
    ("garbage", {}), ("drop", {}),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "given"), STATUS_FAULTS)
def test_a_failed_status_call_learns_nothing(counter, clock, fault, given):
    sale = counter.sell(number("0852"))
    for age in (10, 200, 400):
        counter.simulator.fault(fault, kind="status", count=1, **given)
        clock.jump(age)
        sale = sales.poll_sale(sale_id=sale.pk)
        assert (sale.state, counter.float()) == (S.PENDING, (FULL, D("9.68")))
        assert sale.next_poll_at is not None
    assert not Stop.objects.exists(), "a status call stops no selling"
    assert_ended(counter, counter.live(sale, clock), S.COMPLETED)


def test_a_404_means_not_known_only_while_a_finished_id_is_known(counter, clock):
    def ask():
        clock.jump(61)
        counter.simulator.fault("http", kind="status", status=404, count=1)
        return sales.poll_sale(sale_id=lost.pk)

    lost = counter.sell(number("0122"))
    clock.jump(200)
    for _ in range(3):
        lost = ask()
    assert (lost.state, lost.denial_code) == (S.IN_DOUBT, ""), "no finished id to compare with"
    counter.simulator.control("faults", "DELETE")
    assert counter.sell().state == S.COMPLETED
    lost = ask()
    assert (lost.state, lost.denial_code) == (S.IN_DOUBT, "H404")
    lost = ask()
    assert (lost.state, lost.basis) == (S.DECLINED, Basis.ABSENT)
    counter.assert_right()


def test_a_404_for_every_id_is_a_wrong_address_not_a_denial(counter, clock):
    known, lost = counter.sell(), counter.sell(number("0121"))
    counter.simulator.fault("http", kind="status", status=404)
    for _ in range(3):
        clock.jump(100)
        lost = sales.poll_sale(sale_id=lost.pk)
    assert (known.state, lost.state, lost.denial_code) == (S.COMPLETED, S.IN_DOUBT, "")
    counter.simulator.control("faults", "DELETE")
    assert counter.live(lost, clock).state == S.COMPLETED
    counter.assert_right()


def test_a_pin_is_delivered_and_sealed(counter):
    sale = counter.sell(sku=PIN)
    assert sale.state == S.COMPLETED
    assert vouchers.read(sale=sale, person=counter.agent).pins[0].number
    counter.assert_right()


def test_a_pin_whose_code_comes_later(counter, clock):
    counter.simulator.fault("pins_later", times=2)
    sale = counter.sell(sku=PIN)
    assert (sale.state, vouchers.is_awaited(sale)) == (S.COMPLETED, True)
    paid = counter.float()
    sale = counter.live(sale, clock)
    assert vouchers.read(sale=sale, person=counter.agent).pins[0].number
    assert (counter.float(), sale.next_poll_at) == (paid, None)
    counter.assert_right()


@pytest.mark.parametrize("fault", ["no_payload", "no_invoice"])
def test_done_without_its_invoice(counter, clock, fault):
    counter.simulator.fault(fault, times=2)
    sale = counter.sell()
    assert (sale.state, counter.float()) == (S.PENDING, (FULL, D("9.68")))
    assert_ended(counter, counter.live(sale, clock), S.COMPLETED)


def test_done_with_an_invoice_that_comes_much_later(counter, clock):
    counter.simulator.fault("no_invoice", times=6)
    sale = counter.sell()
    sale = counter.live(sale, clock, until=[S.COMPLETED])
    assert (sale.invoice_is_assumed, bool(sale.flag)) == (True, True)
    assert counter.float() == (CHARGED, 0)
    sale = counter.live(sale, clock)
    assert (sale.invoice_is_assumed, sale.flag) == (False, "")
    assert_ended(counter, sale, S.COMPLETED)


@pytest.mark.parametrize(("factor", "pauses"), [("1.01", False), ("1.011", True), ("0.9", True)])
def test_the_difference_to_the_invoice_is_the_distributor_s(counter, factor, pauses):
    counter.simulator.fault("invoice_factor", factor=factor)
    sale = counter.sell()
    assert house_balance(AccountKind.VARIANCE, "USD") == D("9.3") - D("9.3") * D(factor)
    assert (sale.sku.paused_at is not None) == pauses
    assert Alarm.objects.filter(kind=AlarmKind.VARIANCE).count() == pauses
    assert_ended(counter, sale, S.COMPLETED)
