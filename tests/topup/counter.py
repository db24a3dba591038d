"""A counter that sells through a real simulator, and what must be true after each sale."""

import time
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal as D

from django.utils import timezone

from catalog.enums import Category
from catalog.models import Country, Operator, Product, Sku
from ledger.models import AccountKind
from ledger.queries import house_balance
from topup import books
from topup.models import Person, Role, Sale, Shop
from topup.services import polling, pricing, provider, safety, sales
from topup.services.shops import add_float, open_shop
from valuetopup.simulator.testing import SimulatorProcess

#: SKUs of the simulator's catalogue: provider id, category, lowest and highest face value.
AIRTIME, RANGE, BUNDLE, PIN = 1001104, 1001201, 1001301, 20601501
_SKUS = {
    AIRTIME: (Category.RTR, "Digicel Jamaica 10.00 USD", D(10), D(10), "USD", D("9.30"), D("9.30")),
    RANGE: (Category.RTR, "Digicel-Jamaica 3-100 USD", D(3), D(100), "USD", D("2.79"), D(93)),
    BUNDLE: (Category.RTR, "Digicel Bundle 250 JMD", D(250), D(250), "JMD", D("1.538"), D("1.538")),
    PIN: (Category.PIN, "Digicel Flex Card 200 JMD", D(200), D(200), "JMD", D("1.217"), D("1.217")),
}


class Clock:
    """Moves the product's clock; the simulator's triggers go by a scale of real time."""

    SCALE = 0.005  # seconds of real time for one of ours

    def __init__(self, monkeypatch) -> None:
        self._now, self.offset = timezone.now, timedelta()
        monkeypatch.setattr(timezone, "now", lambda: self._now() + self.offset)

    def stop(self) -> None:
        """From now on it moves only when it is told to."""
        moment = self._now()
        self._now = lambda: moment

    def forward(self, seconds: float) -> None:
        """Let so many seconds pass, for the simulator too."""
        self.offset += timedelta(seconds=seconds)
        time.sleep(seconds * self.SCALE)

    def jump(self, seconds: float) -> None:
        """Let so many seconds pass for us alone."""
        self.offset += timedelta(seconds=seconds)

    def to(self, moment, *, for_all: bool) -> None:
        seconds = max(0.0, (moment - timezone.now()).total_seconds())
        (self.forward if for_all else self.jump)(seconds)


@dataclass
class Counter:
    """One shop with 500 of float, its agent, and the provider."""

    simulator: SimulatorProcess
    shop: Shop
    agent: Person

    def confirm(self, number: str = "18765550000", *, sku: int = AIRTIME, face: D | None = None):
        """A quote and its confirmation; a PIN takes no number."""
        quote = self.quote(number, sku=sku, face=face)
        return sales.open_sale(agent=self.agent, quote=quote).sale

    def quote(self, number: str = "18765550000", *, sku: int = AIRTIME, face: D | None = None):
        """A price of now."""
        chosen = Sku.objects.get(provider_id=sku)
        return pricing.quote(
            shop=self.shop, sku=chosen, face_value=face or chosen.min_face_value,
            recipient="" if chosen.category == Category.PIN else number,
        )  # fmt: skip

    def sell(self, number: str = "18765550000", **goods):
        """Confirmed and sent, in this thread."""
        sale = self.confirm(number, **goods)
        return sales.submit_sale(sale_id=sale.pk) or Sale.objects.get(pk=sale.pk)

    def live(self, sale, clock: Clock, *, until=(), for_all: bool = False, most: int = 30):
        """Ask when the plan says so, as sweep and workers do, until a state or the plan's end.

        `for_all`: the time between two questions passes for the simulator as well.
        """
        for _ in range(most):
            sale.refresh_from_db()
            if sale.state in until or sale.next_poll_at is None:
                return sale
            clock.to(sale.next_poll_at, for_all=for_all)
            assert polling.claim_due() == [sale.pk]
            sale = sales.poll_sale(sale_id=sale.pk)
        raise AssertionError(f"still {sale.state} after {most} questions")

    def float(self) -> tuple[D, D]:
        """Balance and what is held of it."""
        account = type(self.shop.float_account).objects.get(pk=self.shop.float_account_id)
        return account.balance, account.held

    def assert_right(self, *, wallet_agrees: bool = True) -> None:
        """Books without a problem, one order per sale at most, the provider's wallet as ours."""
        assert list(books.problems()) == []
        journal = self.simulator.control("journal")
        assert [row for row in journal if row["posts"] > 1] == []
        ours = set(Sale.objects.values_list("correlation_id", flat=True))
        assert {row["correlationId"] for row in journal} <= ours
        if wallet_agrees:
            told = self.simulator.control("wallet")["available"]
            assert house_balance(AccountKind.PROVIDER, "USD") == told


def make_counter(simulator: SimulatorProcess, *, float_of: D = D(500)) -> Counter:
    """Catalogue rows, a shop, an agent, and the provider's account opened in the books."""
    jamaica = Country.objects.create(code="JM", name="Jamaica", dial_codes=["1876"])
    digicel = Operator.objects.create(provider_id=21, name="Digicel", country=jamaica)
    products = Product.objects.bulk_create(
        Product(provider_id=number, name=name, category=category, operator=digicel)
        for number, (category, name, *_rest) in _SKUS.items()
    )
    Sku.objects.bulk_create(
        Sku(
            provider_id=number, name=name, product=product, operator=digicel, country=jamaica,
            category=category, min_face_value=low, max_face_value=high, face_currency=currency,
            min_cost=costs[0], max_cost=costs[1], cost_currency="USD", dial_codes=["1876"],
            allow_decimal=True, row_hash=name,
        )
        for product, (number, (category, name, low, high, currency, *costs))
        in zip(products, _SKUS.items(), strict=True)
    )  # fmt: skip
    safety.switch_off()  # questions and pauses are tested by themselves
    shop = open_shop(name="Counter")
    add_float(shop=shop, amount=float_of, by=None, memo="start", key="counter")
    agent = Person.objects.create_user("counter", role=Role.CASHIER, shop=shop)
    provider.open_provider_account()
    return Counter(simulator, shop, agent)
