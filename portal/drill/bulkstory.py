"""The drill of a bulk file: sent, started, and sold while workers and broker are killed twice.

Rows take the place of presses: each must have led to one sale, of its own terms.
"""

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from uuid import uuid4

from django.conf import settings
from django.db import DatabaseError, connection

from portal.drill import facts, plan
from portal.drill.facts import Facts, PressFact
from portal.drill.killer import Killer
from portal.drill.place import Place
from portal.drill.plan import Kill
from portal.drill.story import Order, Result, Story
from portal.statewords import LOOKS
from topup.models import BulkFile, BulkRow, Person, SafetyRules, Sale
from topup.models.bulk import BulkState, RowState
from topup.services import bulk, bulkfigures

SKU = 1001104  # 10 USD of airtime, in the simulator's catalogue
#: What is killed at a third of the rows, and at two thirds.
FIRST, SECOND = ("catalogue", "submit"), ("broker", "catalogue", "submit", "poll")


def bulk_order(order: Order, rows: int) -> Order:
    """The order of a drill of one file."""
    return replace(order, sales=rows, kills=len(FIRST + SECOND), parts=(), shoppers=0)


def kills(rows: int) -> list[Kill]:
    """All processes of each part, at two moments."""
    moments = ((max(1, rows // 3), FIRST), (max(2, rows * 2 // 3), SECOND))
    return [Kill(after, 0.0, part, "all") for after, parts in moments for part in parts]


def lines(seed: int, rows: int) -> list[plan.Wish]:
    """A number for each row; of a hundred some twenty misbehave."""
    wishes = plan.wishes(seed, rows, quick=True)
    dice, taken = random.Random(seed), {wish.msisdn for wish in wishes}  # noqa: S311  repeatable
    return [
        wish if wish.trouble.isdigit() or wish.trouble == plan.PLAIN
        else plan.Wish("amount", plan.number(dice, plan.PLAIN, taken), plan.PLAIN)
        for wish in wishes
    ]  # fmt: skip


class BulkStory(Story):
    """One file in one place."""

    def __init__(self, place: Place, order: Order, say: Callable[[str], None]) -> None:
        super().__init__(place, order, say)
        self.wishes = lines(order.seed, order.sales)
        self.file: BulkFile | None = None
        self.killer = Killer(place.supervisor, kills(order.sales), progress=self._opened)
        self._seen, self._looked = 0, 0.0

    def _go(self) -> None:
        starts = self._fund()
        SafetyRules.objects.update(pause_is_on=False)  # its numbers fail on purpose
        self._took("start")
        owner = Person.objects.get(username="owner")
        file = self.file = self._send(owner)
        self._took("looking at the rows")
        total = bulkfigures.figures(file).to_sell.price
        bulk.start(file_id=file.pk, by=owner, total=total, key=uuid4())
        self.killer.start()
        end = time.monotonic() + self.order.seconds + self.order.sales
        self._tell_until(lambda: self._is_sold() or time.monotonic() > end, "selling")
        self._took("selling")
        self._wait()
        self._took("waiting")
        if self._is_over():
            return
        self.result = Result(
            self._facts(starts), self.tally, self.killer.done, self.seconds, self.brakes
        )
        self._account(file)

    def _send(self, owner: Person) -> BulkFile:
        rows = [f"{wish.msisdn},{SKU},row {n}" for n, wish in enumerate(self.wishes)]
        data = "\n".join(["number,sku,reference", *rows]).encode()
        assert owner.shop is not None
        file = bulk.send(by=owner, shop=owner.shop, name="drill.csv", data=data, key=uuid4())
        self._tell_until(lambda: self._state(file) == BulkState.CHECKED, "looking at the rows")
        file.refresh_from_db()
        return file

    def _state(self, file: BulkFile) -> str:
        return BulkFile.objects.values_list("state", flat=True).get(pk=file.pk)

    def _opened(self) -> int:
        """Rows that have a sale; asked for a few times a second at most."""
        if time.monotonic() - self._looked > 0.2:
            self._looked = time.monotonic()
            try:
                self._seen = BulkRow.objects.filter(state=RowState.OPENED).count()
            except DatabaseError:
                connection.close()
        return self._seen

    def _is_sold(self) -> bool:
        return self.file is not None and self._state(self.file) not in (
            BulkState.RUNNING, BulkState.CHECKED,
        )  # fmt: skip

    def _progress(self, what: str) -> str:
        seconds = time.monotonic() - self.began
        told = f"{seconds:4.0f} s  {what} · {self._opened()} of {self.order.sales} rows opened"
        return f"{told} · {len(self.killer.done)} kills"

    def _facts(self, starts: dict[str, Decimal]) -> Facts:
        found = facts.gather(
            presses=[], starts=starts, journal=self.place.journal,
            control=self.place.control, currency=settings.VALUETOPUP_WALLET_CURRENCY,
            missing_parts=sorted(self._missing()), complaints=self._complaints(),
        )  # fmt: skip
        return replace(found, presses=self._rows())

    def _complaints(self) -> list[str]:
        assert self.file is not None
        self.file.refresh_from_db()
        left = self.file.rows.exclude(state=RowState.OPENED).count()
        told = [] if self.file.state == BulkState.DONE else [f"the file is {self.file.state}"]
        return told + ([f"{left} rows have no sale"] if left else [])

    def _rows(self) -> list[PressFact]:
        """Each row as what was agreed for it before anything was sold."""
        assert self.file is not None
        states = dict(Sale.objects.values_list("correlation_id", "state"))
        troubles = {wish.msisdn: wish.trouble for wish in self.wishes}
        return [
            PressFact(
                name=row.correlation_id or "", trouble=troubles[row.recipient],
                charge=row.charge or Decimal(0), recipient=row.recipient,
                sale_names=frozenset([row.correlation_id or ""]),
                heading=str(LOOKS[state].heading) if (state := states.get(
                    row.correlation_id or "")) else "",
            )
            for row in self.file.rows.all()
        ]  # fmt: skip

    def _account(self, file: BulkFile) -> None:
        """Rows, sales and money, as the page of the file tells them."""
        rows = Counter(file.rows.values_list("state", flat=True))
        found = bulkfigures.figures(file)
        self.say("")
        self.say(f"rows: {sum(rows.values())}, " + ", ".join(f"{n} {s}" for s, n in rows.items()))
        for word, part in (("sold", found.sold), ("money back", found.returned),
                           ("under way", found.checked)):  # fmt: skip
            self.say(f"{word}: {part.count} rows, {part.price} {file.currency}")
        self.say(f"confirmed at the start: {file.confirmed_total} {file.currency}")
