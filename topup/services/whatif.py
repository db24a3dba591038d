"""What-if: the completed sales of a past period under another price book, shop by shop.

Every sale keeps its own cost and face value; shops stand in the tree where they stand
now; only the rules differ. Sales that are alike in all that rules look at are added up
by the database and worked out once, so memory and time go by how different sales are,
not by how many. Sums are exact.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from celery import current_app
from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils import timezone

from topup import rules
from topup.models import Person, PriceBook, Sale, Shop, WhatIf, WhatIfState
from topup.rules import Goods, Rulebook, Seller
from topup.services.pricebooks import all_rules, seller_of
from topup.states import SaleState

AT_ONCE = 2000  # sales that a page may wait for; more are counted by a worker
TELL_EVERY = 1.0  # seconds between two words of progress
DEAD_AFTER = timedelta(minutes=3)  # without one
KEPT_TERMS = 50_000
_ALIKE = (
    "shop_id", "kind", "sku_id", "sku__product_id", "sku__operator_id", "sku__country_id",
    "cost", "face_value", "face_currency", "currency", "months", "price",
    "commission",
)  # fmt: skip


@dataclass
class Sums:
    """What sales brought then, and would bring now, in the wallet's currency.

    A sale that would be refused now (at a loss, or without a price) is `blocked` and
    brings nothing now.
    """

    sales: int = 0
    blocked: int = 0
    price_then: Decimal = Decimal(0)
    price_now: Decimal = Decimal(0)
    commission_then: Decimal = Decimal(0)
    commission_now: Decimal = Decimal(0)
    margin_then: Decimal = Decimal(0)
    margin_now: Decimal = Decimal(0)

    @property
    def gain(self) -> Decimal:
        """What the shop would earn more."""
        return self.commission_now - self.commission_then

    @property
    def margin_gain(self) -> Decimal:
        """What the distributor would keep more."""
        return self.margin_now - self.margin_then

    def __add__(self, other: "Sums") -> "Sums":
        names = [each.name for each in fields(self)]
        return Sums(**{name: getattr(self, name) + getattr(other, name) for name in names})


@dataclass(frozen=True)
class ShopResult:
    """The sums of one shop."""

    shop_id: int
    sums: Sums


@dataclass
class Replay:
    """The sums of every shop while they are counted."""

    book: Rulebook
    sellers: dict[int, Seller]
    shops: dict[int, Sums] = field(default_factory=dict)
    done: int = 0

    def __post_init__(self) -> None:
        self.terms = lru_cache(KEPT_TERMS)(self.book.terms)

    def add(self, row: tuple[Any, ...]) -> None:
        """Sales that are alike, and how many."""
        shop_id, kind, sku, product, operator, country, *amounts, price, commission, count = row
        cost, face_value, face_currency, currency, months = amounts
        sums = self.shops.setdefault(shop_id, Sums())
        sums.sales += count
        sums.price_then += price * count
        sums.commission_then += commission * count
        sums.margin_then += (price - commission - cost) * count
        goods = Goods(kind, sku, product, operator, country)
        self.done += count
        terms = self.terms(goods, self.sellers[shop_id])
        if terms is None:
            sums.blocked += count
            return
        made = rules.amounts(
            terms, cost=cost, face_value=face_value, face_currency=face_currency,
            currency=currency, months=months,
        )  # fmt: skip
        if rules.refusal(terms, made):
            sums.blocked += count
            return
        sums.price_now += made.price * count
        sums.commission_now += made.commission * count
        sums.margin_now += (made.charge - cost) * count


def replay(
    *, book: PriceBook, since: datetime, until: datetime,
    tell: Callable[[int], None] = lambda done: None,
) -> dict[int, Sums]:  # fmt: skip
    """The sums by shop; `tell` is called with the number of sales done so far."""
    shops = Shop.objects.only("ancestors", "tier").iterator(chunk_size=2000)
    counting = Replay(all_rules(book), {shop.pk: seller_of(shop) for shop in shops})
    for row in _alike(since, until):
        counting.add(row)
        tell(counting.done)
    return counting.shops


def sales_between(since: datetime, until: datetime) -> QuerySet[Sale]:
    """The completed sales that were confirmed in a period."""
    return Sale.objects.filter(
        created_at__gte=since, created_at__lt=until, state=SaleState.COMPLETED
    )


def _alike(since: datetime, until: datetime) -> Iterator[tuple[Any, ...]]:
    grouped = sales_between(since, until).order_by().values_list(*_ALIKE)
    return grouped.annotate(count=Count("pk")).iterator(chunk_size=2000)


# --- asked for, counted, kept -------------------------------------------------------------------


def start(*, book: PriceBook, since: datetime, until: datetime, by: Person) -> WhatIf:
    """Ask for a replay: few sales are counted now, many by a worker."""
    asked = WhatIf.objects.create(book=book, since=since, until=until, asked_by=by)
    if sales_between(since, until)[: AT_ONCE + 1].count() <= AT_ONCE:
        run(what_if_id=asked.pk)
        asked.refresh_from_db()
    else:
        transaction.on_commit(lambda: _nudge(asked.pk), robust=True)
    return asked


def start_again(*, what_if_id: int) -> bool:
    """Count once more what has failed, or whose worker or message was lost. Safe to repeat."""
    lost = timezone.now() - DEAD_AFTER
    rows = WhatIf.objects.filter(pk=what_if_id)
    stopped = rows.filter(state=WhatIfState.FAILED) | rows.filter(
        state__in=[WhatIfState.WAITING, WhatIfState.RUNNING], moved_at__lt=lost
    )
    moved = stopped.update(state=WhatIfState.WAITING, sales_done=0, moved_at=timezone.now())
    if moved:
        transaction.on_commit(lambda: _nudge(what_if_id), robust=True)
    return bool(moved)


def _nudge(what_if_id: int) -> None:
    current_app.send_task("topup.what_if_task", [what_if_id], queue="catalogue")


def run(*, what_if_id: int) -> None:
    """Count one replay and keep its result. A second worker at the same one does nothing."""
    mine = WhatIf.objects.filter(pk=what_if_id)
    if not mine.filter(state=WhatIfState.WAITING).update(
        state=WhatIfState.RUNNING, moved_at=timezone.now()
    ):
        return
    asked = mine.select_related("book").get()
    try:
        mine.update(sales_total=sales_between(asked.since, asked.until).count())
        found = replay(
            book=asked.book, since=asked.since, until=asked.until, tell=_teller(what_if_id)
        )
    except Exception:
        mine.update(state=WhatIfState.FAILED, moved_at=timezone.now())
        raise
    mine.update(
        state=WhatIfState.DONE, moved_at=timezone.now(), result=_written(found),
        sales_done=sum(sums.sales for sums in found.values()),
    )  # fmt: skip


def _teller(what_if_id: int) -> Callable[[int], None]:
    """Writes down how many are done, once a second and not for every row."""
    last = time.monotonic()

    def tell(done: int) -> None:
        nonlocal last
        if time.monotonic() - last < TELL_EVERY:
            return
        last = time.monotonic()
        WhatIf.objects.filter(pk=what_if_id).update(sales_done=done, moved_at=timezone.now())

    return tell


def _written(found: dict[int, Sums]) -> list[list[Any]]:
    return [
        [shop_id, *(str(value) if isinstance(value, Decimal) else value
                    for value in (getattr(sums, each.name) for each in fields(sums)))]
        for shop_id, sums in found.items()
    ]  # fmt: skip


def result_of(asked: WhatIf) -> list[ShopResult]:
    """The sums by shop, who wins most first and who loses most last."""
    rows = [ShopResult(shop_id, _read(values)) for shop_id, *values in asked.result]
    return sorted(rows, key=lambda row: (-row.sums.gain, row.shop_id))


def _read(values: list[Any]) -> Sums:
    sales, blocked, *figures = values
    return Sums(sales, blocked, *map(Decimal, figures))


def total_of(rows: list[ShopResult]) -> Sums:
    return sum((row.sums for row in rows), Sums())
