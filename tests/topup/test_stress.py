"""Everybody at once, at a provider that fails in every way: no deadlock, and right books."""

import random
import threading
import time
from collections import Counter as Tally
from decimal import Decimal as D

import pytest
from django.db import connection

from catalog.models import Sku
from tests.topup.counter import AIRTIME, PIN, make_counter
from topup import states
from topup.errors import InsufficientFloatError, NotSellableError, PriceChangedError
from topup.models import ProviderCall, Sale, Stop, Voucher
from topup.services import alarms, asking, polling, pricing, sales
from topup.services.shops import add_float
from topup.states import SaleState
from valuetopup.simulator.testing import SimulatorProcess

pytestmark = pytest.mark.django_db(transaction=True)
SECONDS, THREADS = 6, 8
LONGEST = 60  # more, where a machine is too busy to have sold enough by then
S = SaleState
ENDS = (S.COMPLETED, S.DECLINED, S.CANCELLED)
FAULTS = [
    ("code", {"code": "501"}), ("code", {"code": "999"}), ("pending", {"times": 1}),
    ("pending", {"times": 1, "final": "502"}), ("drop", {}), ("drop_before", {}),
    ("http", {"status": 503}), ("http", {"status": 429, "accepted": True}), ("garbage", {}),
    ("no_payload", {"times": 2}), ("no_invoice", {"times": 5}), ("pins_later", {"times": 2}),
    ("invoice_factor", {"factor": "1.004", "skuId": AIRTIME}), ("hang", {"seconds": 0.3}),
]  # fmt: skip


@pytest.fixture
def counter(transactional_db, settings):
    """Half of all orders go wrong somehow, and some questions fail; a second POST is charged."""
    with SimulatorProcess(duplicates="execute") as provider:
        settings.VALUETOPUP_BASE_URL = provider.url
        for number, (name, given) in enumerate(FAULTS):
            provider.fault(name, kind="orders", probability=0.06, seed=number, **given)
        provider.fault("http", kind="status", status=503, probability=0.1)
        yield make_counter(provider, float_of=D(3000))


class Crowd:
    """Threads that each do one random thing after another until the time is over."""

    def __init__(self, counter):
        self.counter, self.errors, self.done = counter, [], Tally()
        self.quotes = []  # of forms that somebody may send a second time
        self.end = time.monotonic() + SECONDS

    def run(self):
        threads = [threading.Thread(target=self.work, args=(n,)) for n in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(SECONDS + LONGEST + 60)
        assert not any(thread.is_alive() for thread in threads)

    def work(self, number):
        dice = random.Random(number)
        deeds = [self.confirm, self.press_again, self.send, self.send, self.sweep, self.ask,
                 self.cancel, self.fund]  # fmt: skip
        try:
            while self.goes_on():
                deed = dice.choice(deeds)
                deed(dice)
                self.done[deed.__name__] += 1
        except Exception as error:
            self.errors.append(error)
            raise
        finally:
            connection.close()

    def goes_on(self):
        over = time.monotonic() - self.end
        if 0 <= over < LONGEST:
            found = Tally(Sale.objects.values_list("state", flat=True))
            return sum(found.values()) <= 20 or not all(found[state] for state in ENDS)
        return over < 0

    def confirm(self, dice):
        sku = Sku.objects.get(provider_id=dice.choice([AIRTIME, AIRTIME, PIN]))
        quote = pricing.quote(
            shop=self.counter.shop, sku=sku, face_value=sku.min_face_value,
            recipient="" if sku.provider_id == PIN else f"1876555{dice.randrange(2000, 9000)}",
        )  # fmt: skip
        self.quotes.append(quote)
        self.open(quote)

    def press_again(self, dice):
        if self.quotes:
            self.open(dice.choice(self.quotes[-4:]))

    def open(self, quote):
        try:
            sales.open_sale(agent=self.counter.agent, quote=quote)
        except (InsufficientFloatError, NotSellableError, PriceChangedError):
            self.done["refused"] += 1

    def some(self, dice, *wanted):
        found = list(Sale.objects.filter(state__in=wanted).values_list("pk", flat=True)[:20])
        return dice.choice(found) if found else None

    def send(self, dice):
        if pk := self.some(dice, S.CREATED):
            sales.submit_sale(sale_id=pk)

    def cancel(self, dice):
        if dice.random() < 0.2 and (pk := self.some(dice, S.CREATED)):
            sales.cancel_sale(sale_id=pk)

    def ask(self, dice):
        if pk := self.some(dice, *states.POLLED, S.COMPLETED, S.DECLINED):
            asking.ask_now(sale_id=pk, by=None)
            sales.poll_sale(sale_id=pk)

    def sweep(self, dice):
        for pk in polling.sweep()["poll"][:5]:
            sales.poll_sale(sale_id=pk)

    def fund(self, dice):
        add_float(shop=self.counter.shop, amount=D(dice.choice([3, -3])), by=None, memo="",
                  key=str(random.random()))  # fmt: skip


def settle(counter, clock):
    """The provider is well again; time passes until every sale has its end."""
    counter.simulator.control("faults", "DELETE")
    for _ in range(40):
        for sale in Sale.objects.filter(state=S.CREATED):
            sales.cancel_sale(sale_id=sale.pk)
        for stop in Stop.objects.filter(cleared_at=None):
            alarms.clear_stop(kind=stop.kind, by=None)
        for pk in polling.sweep()["poll"]:
            sales.poll_sale(sale_id=pk)
        waiting = Sale.objects.filter(state__in=states.OPEN)
        if not waiting.exists() and not Voucher.objects.filter(state="awaited").exists():
            return
        clock.jump(61)
    raise AssertionError(f"never ended: {list(waiting.values('state', 'next_poll_at'))}")


def test_everybody_at_once(counter, clock):
    crowd = Crowd(counter)
    crowd.run()
    assert crowd.errors == []
    settle(counter, clock)
    counter.assert_right()
    ended = Tally(Sale.objects.values_list("state", flat=True))
    assert min(ended[state] for state in ENDS) > 0
    assert sum(ended.values()) > 20
    orders = ProviderCall.objects.filter(call="order").count()
    summary = counter.simulator.control("summary")
    assert (summary["posts"], summary["maxPosts"]) == (orders, 1)
    delivered = sum(ended[state] for state in states.DELIVERED)
    assert summary["executed"] == delivered
    codes = Voucher.objects.filter(state="ready", sale__state=S.COMPLETED)
    assert codes.count() == Sale.objects.filter(kind="pin", state=S.COMPLETED).count()
