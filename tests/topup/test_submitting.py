"""Sending: claimed and committed first, sent once or not at all, whatever stops the worker."""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal as D
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from tests.stack import environment_for, wait_for
from tests.topup.counter import AIRTIME, BUNDLE, PIN, RANGE, make_counter
from tests.valuetopup.conftest import envelope
from topup import gateway
from topup.models import ProviderCall, Sale
from topup.models.alarm import StopKind
from topup.services import alarms, polling, sales, submitting
from topup.states import Basis, SaleState
from valuetopup import Client

pytestmark = pytest.mark.django_db
S = SaleState
FULL = D(500)


@pytest.fixture
def shared(transactional_db, simulator):
    """A counter whose rows other connections see."""
    return make_counter(simulator)


def state_of(sale):
    return Sale.objects.values_list("state", flat=True).get(pk=sale.pk)


def in_threads(count, work):
    gate, results = threading.Barrier(count, timeout=60), []

    def run():
        try:
            gate.wait()
            results.append(work())
        except Exception as error:
            results.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


@pytest.mark.django_db(transaction=True)
def test_of_six_workers_with_the_same_message_one_sends(shared):
    for _ in range(3):
        sale = shared.confirm()
        results = in_threads(6, lambda pk=sale.pk: sales.submit_sale(sale_id=pk))
        assert sorted(result is None for result in results) == [False] + [True] * 5
        assert state_of(sale) == S.COMPLETED
    shared.assert_right()
    assert shared.simulator.control("summary")["posts"] == 3


@pytest.mark.django_db(transaction=True)
def test_without_the_conditional_claim_the_database_still_refuses_a_second_order(
    shared, monkeypatch
):
    """The claim is what keeps five workers quiet; the unique order row is the net below it."""

    all_have_looked = threading.Barrier(4, timeout=60)

    def careless(sale, new, **changes):
        all_have_looked.wait()
        changes.pop("note", None)
        Sale.objects.filter(pk=sale.pk).update(state=new, **changes)
        return True

    monkeypatch.setattr(submitting, "move", careless)
    sale = shared.confirm()
    results = in_threads(4, lambda: submitting._claim(sale.pk))
    assert sum(isinstance(result, IntegrityError) for result in results) == 3
    assert sum(isinstance(result, tuple) for result in results) == 1
    Sale.objects.filter(pk=sale.pk).update(state=S.CANCELLED)


@pytest.mark.django_db(transaction=True)
def test_the_claim_is_committed_before_the_provider_is_called(shared, monkeypatch):
    seen = {}
    real = gateway.purchase

    def purchase(sale, call):
        # Another connection: it sees only what is committed.
        seen["state"], seen["call"] = in_threads(
            1, lambda: (state_of(sale), ProviderCall.objects.get(sale=sale))
        )[0]
        assert not connection.in_atomic_block
        return real(sale, call)

    monkeypatch.setattr(gateway, "purchase", purchase)
    before = timezone.now()
    sale = shared.sell()
    assert seen["state"] == S.SUBMITTED
    assert (seen["call"].call, seen["call"].answered_at) == ("order", None)
    assert sale.send_before - sale.submitted_at == timedelta(seconds=20)
    assert before <= sale.submitted_at <= timezone.now()
    assert ProviderCall.objects.get(sale=sale).answered_at is not None


def test_a_second_order_of_a_sale_cannot_even_be_noted(sold):
    sale = sold(S.SUBMITTED)
    with pytest.raises(IntegrityError), transaction.atomic():
        ProviderCall.objects.create(sale=sale, call="order", started_at=timezone.now())


@pytest.mark.parametrize("state", [S.SUBMITTED, S.PENDING, S.IN_DOUBT, S.COMPLETED, S.DECLINED])
def test_a_repeated_message_sends_nothing(sold, simulator, state):
    sale = sold(state)
    assert sales.submit_sale(sale_id=sale.pk) is None
    assert (state_of(sale), simulator.control("journal")) == (state, [])


def test_a_call_inside_a_transaction_is_an_error_of_ours(sold):
    with transaction.atomic(), pytest.raises(gateway.ProviderCallInTransactionError):
        gateway.status(sold(S.IN_DOUBT))


# What the order says


def test_an_amount_travels_with_its_currency_and_a_pin_with_neither(counter, server, settings):
    goods = [{"sku": RANGE, "face": D("12.50")}, {"sku": BUNDLE}, {"sku": PIN}]
    waiting = [counter.confirm(**chosen) for chosen in goods]
    settings.VALUETOPUP_BASE_URL = server.url
    server.behave(envelope("null", code="852"))
    for sale in waiting:
        assert sales.submit_sale(sale_id=sale.pk).state == S.PENDING
    airtime, bundle, pin = server.received
    assert airtime.target.endswith("/transaction/topup")
    assert '"amount":12.5000' in airtime.body
    assert airtime.json | {"amount": 0} == {
        "skuId": RANGE, "correlationId": waiting[0].correlation_id, "amount": 0,
        "transactionCurrencyCode": "USD", "mobile": "18765550000",
    }  # fmt: skip
    assert '"amount":250.0000' in bundle.body
    assert bundle.json["transactionCurrencyCode"] == "JMD", "never the wallet's currency"
    assert pin.json == {"skuId": PIN, "correlationId": waiting[2].correlation_id}


# What is not sent any more


def test_a_sale_older_than_a_minute_is_not_sent(counter, clock):
    clock.stop()
    sale = counter.confirm()
    clock.jump(59)
    polling.sweep()
    assert state_of(sale) == S.CREATED
    clock.jump(1.5)
    assert sales.submit_sale(sale_id=sale.pk) is None
    assert_not_sent(counter, sale)


def test_the_sweep_cancels_what_nobody_has_sent_for_a_minute(counter, clock):
    sale = counter.confirm()
    clock.jump(61)
    assert polling.sweep() == {"submit": [], "poll": []}
    assert_not_sent(counter, sale)


def test_a_sale_whose_quote_has_expired_is_not_sent(counter, settings, clock):
    settings.QUOTE_SECONDS = 30
    sale = counter.confirm()
    clock.jump(31)
    assert sales.submit_sale(sale_id=sale.pk) is None
    assert_not_sent(counter, sale)


def test_nothing_is_sent_while_selling_is_stopped(counter):
    sale = counter.confirm()
    alarms.stop(StopKind.SELLING, "tried")
    assert sales.submit_sale(sale_id=sale.pk) is None
    assert_not_sent(counter, sale)


def assert_not_sent(counter, sale):
    assert state_of(sale) == S.CANCELLED
    assert sale.events.last().note
    assert (counter.float(), counter.simulator.control("journal")) == ((FULL, 0), [])
    counter.assert_right()


def test_an_error_of_our_own_leaves_the_sale_in_doubt_and_asked_about(counter, monkeypatch, clock):
    sale = counter.confirm("18765550122")
    monkeypatch.setattr(Client, "topup", lambda self, **order: 1 / 0)
    sale = sales.submit_sale(sale_id=sale.pk)
    assert (sale.state, counter.float()) == (S.IN_DOUBT, (FULL, D("9.68")))
    assert "ZeroDivisionError" in ProviderCall.objects.get(sale=sale).error
    assert counter.live(sale, clock, until=[S.DECLINED]).basis == Basis.ABSENT


# A worker that is stopped between claim and send


@contextmanager
def frozen_worker(sale, where, simulator, seconds=1):
    """A worker's process, stopped after its claim; the block gets a function that wakes it."""
    worker = subprocess.Popen(
        [sys.executable, "-m", "tests.topup.frozen_worker", str(sale.pk), where, str(seconds)],
        stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2],
        env=os.environ | environment_for(simulator),
    )  # fmt: skip

    def wake():
        worker.send_signal(signal.SIGCONT)
        return worker.communicate(timeout=60)[0].split()[-1]

    with worker:
        try:
            wait_for(lambda: _is_stopped(worker.pid), "the worker to be stopped")
            yield wake
        finally:
            worker.kill()


def _is_stopped(pid):
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("where", "sku", "seconds"),
    [("claimed", AIRTIME, 1), ("connected", AIRTIME, 3), ("claimed", PIN, 1)],
)
def test_a_worker_frozen_between_claim_and_send_sends_nothing(
    shared, simulator, where, sku, seconds
):
    sale = shared.confirm(sku=sku)
    with frozen_worker(sale, where, simulator, seconds) as wake:
        assert (state_of(sale), shared.float()) == (S.SUBMITTED, (FULL, sale.charge))
        time.sleep(seconds + 0.1)
        assert wake() == S.CANCELLED
    assert_not_sent(shared, sale)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.django_db(transaction=True)
def test_a_worker_that_wakes_in_time_sends(shared, simulator):
    sale = shared.confirm()
    with frozen_worker(sale, "claimed", simulator, 60) as wake:
        assert wake() == S.COMPLETED
    shared.assert_right()
    assert [row["posts"] for row in simulator.control("journal")] == [1]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.django_db(transaction=True)
def test_a_worker_that_wakes_after_the_decline_sends_nothing(shared, simulator, clock):
    """Five minutes later: doubted, asked about, declined, the money given back, then it wakes."""
    sale = shared.confirm()
    with frozen_worker(sale, "claimed", simulator) as wake:
        clock.jump(1 + 35)
        polling.sweep()
        assert state_of(sale) == S.IN_DOUBT
        sale = shared.live(sale, clock, until=[S.DECLINED])
        assert (sale.basis, shared.float()) == (Basis.ABSENT, (FULL, 0))
        time.sleep(1.1)
        assert wake() == S.DECLINED
    assert simulator.control("journal") == []
    assert sale.events.last().note == "it never left us"
    shared.assert_right()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("where", "state", "posts"), [("claimed", S.DECLINED, 0), ("answered", S.COMPLETED, 1)]
)
def test_a_worker_that_is_killed_leaves_a_sale_that_ends_by_itself(
    shared, simulator, clock, where, state, posts
):
    sale = shared.confirm()
    with frozen_worker(sale, where, simulator, 10):
        pass  # SIGKILL
    assert state_of(sale) == S.SUBMITTED
    clock.jump(10 + 35 + 1)
    polling.sweep()
    sale = shared.live(sale, clock, until=[state])
    assert sum(row["posts"] for row in simulator.control("journal")) == posts
    assert shared.float() == (FULL - posts * D("9.68"), 0)
    shared.assert_right()
