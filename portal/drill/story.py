"""The order of things: start, sell and kill, wait, look, count.

The main thread only watches over the programs (it alone may start them, see
`Child.start`); everything else happens in threads beside it.
"""

import contextlib
import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial

import requests
from django.conf import settings
from django.db import DatabaseError, connection

from portal import stack
from portal.drill import facts, plan
from portal.drill.killer import Done, Killer
from portal.drill.place import Place
from portal.drill.shopper import GaveUpError, Shopper, Tally
from topup.models import Person, Shop, Stop
from topup.models.alarm import StopKind
from topup.services import alarms, safety
from topup.services.shops import add_float

PEOPLE = ("agent", "agent2", "owner")
FLOAT = Decimal(100_000)
TELL_EVERY = 5.0  # seconds


@dataclass(frozen=True)
class Order:
    """What the drill is to be."""

    sales: int
    kills: int
    seed: int
    shoppers: int
    seconds: float  # to wait for the last end
    parts: tuple[str, ...] = plan.PARTS
    quick: bool = False


@dataclass
class Result:
    """What came of it."""

    facts: facts.Facts
    tally: Tally
    kills: list[Done]
    seconds: dict[str, float] = field(default_factory=dict)
    brakes: int = 0


class Story:
    """One drill in one place."""

    def __init__(self, place: Place, order: Order, say: Callable[[str], None]) -> None:
        self.place, self.order, self.say = place, order, say
        self.tally = Tally()
        self.began = time.monotonic()
        self.seconds: dict[str, float] = {}
        self.brakes = 0
        self.result: Result | None = None
        self.error: BaseException | None = None
        planned = plan.kills(order.seed, order.kills, sales=order.sales, parts=order.parts)
        self.killer = Killer(place.supervisor, planned, progress=lambda: len(self.tally.presses))

    def run(self) -> Result | None:
        """All of it; None if it was stopped by a signal. Errors: `StartError`, and ours."""
        supervisor = self.place.supervisor
        supervisor.catch_signals()
        self.place.start_servers()
        safety.switch_off()  # shoppers sell the same again and again, to numbers that misbehave
        self.place.start_product()
        if supervisor.stopping.is_set():
            return None
        teller = threading.Thread(target=self._tell, name="drill")
        teller.start()
        supervisor.watch()
        teller.join()
        if self.error:
            raise self.error
        return self.result

    def _tell(self) -> None:
        try:
            self._go()
        except GaveUpError:
            pass  # stopped by a signal, or told in a complaint
        except BaseException as error:
            self.error = error
        finally:
            self.killer.finish()
            connection.close()
            self.place.supervisor.stopping.set()

    def _go(self) -> None:
        starts = self._fund()
        self._took("start")
        shoppers = self._shoppers()
        self.killer.start()
        self._sell(shoppers)
        self._took("selling")
        self._wait()
        self._took("waiting")
        self._look(shoppers)
        self._took("looking")
        if self._is_over():
            return
        found = facts.gather(
            presses=self.tally.presses, starts=starts, journal=self.place.journal,
            control=self.place.control, currency=settings.VALUETOPUP_WALLET_CURRENCY,
            missing_parts=sorted(self._missing()), complaints=self.tally.complaints,
        )  # fmt: skip
        self.result = Result(found, self.tally, self.killer.done, self.seconds, self.brakes)

    def _is_over(self) -> bool:
        return self.place.supervisor.stopping.is_set()

    def _took(self, what: str) -> None:
        self.seconds[what] = time.monotonic() - self.began - sum(self.seconds.values())

    def _fund(self) -> dict[str, Decimal]:
        for shop in Shop.objects.select_related("float_account"):
            add_float(shop=shop, amount=FLOAT, by=None, memo="drill", key=f"drill:{shop.pk}")
        return facts.float_balances()

    # Selling

    def _shoppers(self) -> list[Shopper]:
        shoppers = [
            Shopper(
                self.place.address, PEOPLE[number % len(PEOPLE)], self.place.password,
                tally=self.tally, dice=random.Random(self.order.seed * 1000 + number),  # noqa: S311
                is_over=self._is_over,
            )
            for number in range(self.order.shoppers)
        ]  # fmt: skip
        for shopper in shoppers:
            shopper.sign_in()
        return shoppers

    def _sell(self, shoppers: list[Shopper]) -> None:
        wishes = iter(plan.wishes(self.order.seed, self.order.sales, quick=self.order.quick))
        taking = threading.Lock()

        def shop(shopper: Shopper) -> None:
            while not self._is_over():
                with taking:
                    wish = next(wishes, None)
                if wish is None:
                    return
                with self._complaint(shopper):
                    shopper.sell(wish, before_confirm=partial(self._trouble, wish))

        self._all_at_once(shoppers, shop, "selling")

    def _all_at_once(
        self, shoppers: list[Shopper], deed: Callable[[Shopper], None], what: str
    ) -> None:
        threads = [threading.Thread(target=deed, args=(shopper,)) for shopper in shoppers]
        for thread in threads:
            thread.start()
        self._tell_until(lambda: not any(thread.is_alive() for thread in threads), what)
        for thread in threads:
            thread.join()

    @contextlib.contextmanager
    def _complaint(self, shopper: Shopper) -> Iterator[None]:
        try:
            yield
        except GaveUpError as error:
            self.tally.complain(f"{shopper.person}: {error}")

    def _trouble(self, wish: plan.Wish) -> None:
        """Switch on the fault of a wish whose number is no trigger; lost if the simulator is."""
        if not wish.trouble.islower() or wish.trouble == plan.PLAIN:
            return
        fault = {"fault": wish.trouble, "mobile": wish.msisdn, "count": 1}
        with contextlib.suppress(requests.RequestException):
            requests.post(f"{self.place.control}faults", json=fault, timeout=2)

    # Afterwards

    def _wait(self) -> None:
        end = time.monotonic() + self.order.seconds
        self._tell_until(lambda: self._is_settled() or time.monotonic() > end, "waiting")
        self.killer.finish()

    def _is_settled(self) -> bool:
        left = self._left()
        return left == 0 and not self.killer.is_due() and not self._missing()

    def _left(self) -> int | None:
        """Sales without an end; None while the database does not say."""
        try:
            self._lift_brake()
            return facts.unfinished()
        except DatabaseError:
            connection.close()
            return None

    def _lift_brake(self) -> None:
        """Many orders unknown at once wait for a person; the drill is that person."""
        if Stop.objects.filter(kind=StopKind.ABSENCE, cleared_at=None).exists():
            self.brakes += 1
            self.say("automatic declines were stopped (orders unknown to the provider): lifted")
            admin = Person.objects.get(username="admin")
            alarms.clear_stop(kind=StopKind.ABSENCE, by=admin)

    def _missing(self) -> set[str]:
        gone = self.place.missing()
        if not self.killer.back():
            gone |= {kill.part for kill in self.killer.done if kill.back_after is None}
        if not stack.answers(f"{self.place.address}health/ready/"):
            gone.add("web")
        return gone

    def _look(self, shoppers: list[Shopper]) -> None:
        """Everybody reads his sales' pages again."""

        def look(shopper: Shopper) -> None:
            for press in self.tally.presses:
                if press.shopper is shopper and not self._is_over():
                    with self._complaint(shopper):
                        shopper.look(press)

        self._all_at_once(shoppers, look, "looking")

    def _tell_until(self, is_done: Callable[[], bool], what: str) -> None:
        told = 0.0
        while not is_done() and not self._is_over():
            if time.monotonic() - told >= TELL_EVERY:
                told = time.monotonic()
                self.say(self._progress(what))
            time.sleep(0.3)

    def _progress(self, what: str) -> str:
        parts = [f"{time.monotonic() - self.began:4.0f} s  {what}"]
        parts.append(f"{len(self.tally.presses)} of {self.order.sales} confirmed")
        parts.append(f"{len(self.killer.done)} kills")
        if what == "waiting":
            left = self._left()
            parts.append("the database is away" if left is None else f"{left} without an end")
        if missing := self.place.missing():
            parts.append("down: " + ", ".join(sorted(missing)))
        return " · ".join(parts)
