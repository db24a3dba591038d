"""The product's own processes at work: workers, beat, broker and provider are real."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.stack import running_stack, wait_for
from tests.topup.counter import PIN, make_counter
from topup import schedule
from topup.models import ProviderCall, Sale
from topup.services import vouchers
from topup.states import OPEN, SaleState

pytestmark = pytest.mark.django_db(transaction=True)
SWEEP = 2.0  # seconds between two sweeps
HANGING = "18765550777"


@pytest.fixture(scope="module")
def stack(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), running_stack() as running:
        yield running


@pytest.fixture
def counter(stack, transactional_db):
    stack.reset()
    yield make_counter(stack.simulator)
    # A task that is still at work must not meet the emptied tables.
    wait_for(lambda: not _open_sales(), "the last sale to end", seconds=60)


def _open_sales():
    return Sale.objects.filter(state__in=OPEN).exclude(recipient=HANGING)


def state_of(sale):
    return Sale.objects.values_list("state", flat=True).get(pk=sale.pk)


def wait_for_state(sale, state, seconds=60):
    return wait_for(lambda: state_of(sale) == state, f"{state}, it is {state_of(sale)}",
                    seconds=seconds)  # fmt: skip


def asked_after(sale):
    """Seconds from sending to each status call."""
    sale.refresh_from_db()
    calls = ProviderCall.objects.filter(sale=sale, call="status").order_by("id")
    return [(call.started_at - sale.submitted_at).total_seconds() for call in calls]


def assert_on_time(sale, times):
    """Asked so often; each time when it was due after the time before."""
    asked = asked_after(sale)
    assert len(asked) == times
    due = [next(at for at in schedule.FIRST if at > before) for before in (0, *asked[:-1])]
    late = [at - plan for at, plan in zip(asked, due, strict=True)]
    assert all(0 <= delay <= SWEEP + 6 for delay in late), f"asked at {asked}"


def test_sales_settle_by_themselves(counter):
    pending = counter.confirm("18765550852")
    refused = counter.confirm("18765550501")
    pin = counter.confirm(sku=PIN)
    wait_for_state(pin, SaleState.COMPLETED)
    wait_for_state(refused, SaleState.DECLINED)
    wait_for_state(pending, SaleState.COMPLETED, seconds=60)
    assert_on_time(pending, 3)
    pin.refresh_from_db()
    assert len(vouchers.read(sale=pin, person=counter.agent).pins) == 1
    counter.assert_right()
    assert counter.float() == (500 - pending.charge - pin.charge, 0)


def test_twelve_hanging_orders_hold_up_neither_the_thirteenth_nor_the_questions(stack, counter):
    stack.simulator.fault("hang", mobile=HANGING, seconds=15)
    stack.simulator.fault("pending", mobile="18765550111", times=1)
    hanging = [counter.confirm(HANGING) for _ in range(12)]
    wait_for(lambda: len(stack.posts()) == 12, "twelve orders at the provider")
    pending = counter.confirm("18765550111")
    sale = counter.confirm("18765550112")
    for other in (sale, pending):
        wait_for_state(other, SaleState.COMPLETED)
    assert [state_of(sale) for sale in hanging] == [SaleState.SUBMITTED] * 12
    assert_on_time(pending, 2)
    # Seconds later the answers come, to workers that have waited all along.
    for sale in hanging:
        wait_for_state(sale, SaleState.COMPLETED, seconds=60)
    counter.assert_right()


def test_a_sale_whose_message_died_with_the_broker_is_sent_once_by_the_sweep(stack, counter):
    stack.kill("submit")  # so that the message waits in the broker
    lost = counter.confirm("18765550113")
    stack.kill("broker")
    started = time.monotonic()
    unsent = counter.confirm("18765550114")
    assert time.monotonic() - started < 10, "the agent does not wait for the broker"
    assert state_of(unsent) == SaleState.CREATED, "a dead broker costs nothing but the nudge"
    stack.start("broker")
    stack.start("submit")
    for sale in (lost, unsent):
        wait_for_state(sale, SaleState.COMPLETED, seconds=60)
    assert stack.posts() == {lost.correlation_id: 1, unsent.correlation_id: 1}
    counter.assert_right()


def test_a_sale_that_nobody_sends_for_a_minute_is_cancelled(stack, counter):
    stack.kill("submit")
    sale = counter.confirm()
    minute_ago = timezone.now() - timedelta(seconds=61)
    Sale.objects.filter(pk=sale.pk).update(created_at=minute_ago)
    wait_for_state(sale, SaleState.CANCELLED)
    stack.start("submit")
    stack.wait_for_workers()  # its message is still there, and changes nothing
    assert stack.posts() == {}
    assert counter.float() == (500, 0)
    counter.assert_right()
