"""How long a what-if replay takes, and how much memory, with 100,000 sales and many rules.

    .venv/bin/python bench/whatif.py [--sales 100000] [--rules 5000]

Starts a Postgres of its own. Replays a year under books of 2 and of `--rules` rules, once
with sales that are alike (fixed amounts, as in `bench/seed.py`) and once with costs that
all differ, which is the worst there is. Says how long one choice of a rule takes in each
book: it must not grow with the rules. Also times the check before publishing, and what
publishing tells to 5,000 shops.
"""

import argparse
import os
import sys
import time
import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import django

from tests import services

os.environ.setdefault("LOG_LEVEL", "ERROR")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from bench.seed import Seeded, seed  # noqa: E402
from catalog.models import Operator, Product, Sku  # noqa: E402
from topup.models import Person, PriceBook, PriceRule, Role, Shop  # noqa: E402
from topup.models.price import Method, Use  # noqa: E402
from topup.services import bookcheck, publishing, whatif  # noqa: E402
from topup.services.pricebooks import all_rules, current_book, goods_of, seller_of  # noqa: E402
from topup.services.shops import open_shop  # noqa: E402

CHOICES = 20_000


def say(text: str) -> None:
    print(text, flush=True)


def timed(what: str, work: Callable[[], Any]) -> Any:
    began = time.perf_counter()
    found = work()
    say(f"{what:56} {time.perf_counter() - began:7.2f} s")
    return found


def book_of(size: int, by: Person) -> PriceBook:
    """A draft with rules for all goods and sellers, most of them for one SKU at one shop."""
    draft = publishing.draft_from(book=current_book(), by=by)
    skus, shops = list(Sku.objects.all()), list(Shop.objects.all())
    operators, products = list(Operator.objects.all()), list(Product.objects.all())
    scopes: list[dict[str, Any]] = [{"operator": one} for one in operators]
    scopes += [{"product": one} for one in products]
    scopes += [{"sku": sku, "shop": shop} for sku in skus for shop in shops]
    scopes += [{"shop": shop, "kind": "pin"} for shop in shops]
    PriceRule.objects.bulk_create(
        PriceRule(book=draft, use=Use.PRICE, method=Method.MARKUP,
                  value=Decimal(10 + number % 7), **scopes[number % len(scopes)])
        for number in range(size - 2)
    )  # fmt: skip
    return draft


def replay(what: str, book: PriceBook) -> None:
    until = timezone.now()
    since = until - timedelta(days=400)
    tracemalloc.start()
    shops = timed(what, lambda: whatif.replay(book=book, since=since, until=until))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    sales = sum(sums.sales for sums in shops.values())
    say(f"{'':10}{sales:,} completed sales of {len(shops)} shops, "
        f"{most / 1e6:.1f} MB at most (timed while memory is traced)")  # fmt: skip


def choosing(book: PriceBook) -> None:
    known = all_rules(book)
    skus = [goods_of(sku) for sku in Sku.objects.all()]
    sellers = [seller_of(shop) for shop in Shop.objects.all()]
    began = time.perf_counter()
    for number in range(CHOICES):
        known.terms(skus[number % len(skus)], sellers[number % len(sellers)])
    each = (time.perf_counter() - began) / CHOICES * 1e6
    say(f"both rules of one sale, of {book.rules.count():,} rules {'':10} {each:9.1f} µs")


def all_different() -> None:
    """Every sale with a cost of its own: nothing is alike any more."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE topup_sale DISABLE TRIGGER USER")
        cursor.execute("UPDATE topup_sale SET cost = cost - (id % 9000) * 0.0001")
        cursor.execute("ALTER TABLE topup_sale ENABLE TRIGGER USER")
        cursor.execute("VACUUM ANALYZE topup_sale")


def week() -> None:
    """What finds the sales of one week among those of a year."""
    until = timezone.now()
    plan = whatif.sales_between(until - timedelta(days=7), until).order_by().explain()
    used = [index for index in ("sale_by_time", "Seq Scan") if index in plan]
    say(f"{'a week is found by':56} {', '.join(used) or plan}")


def run(sales: int, size: int) -> None:
    call_command("migrate", verbosity=0)
    seeded: Seeded = timed(f"{sales:,} sales seeded", lambda: seed(sales))
    week()
    small, large = book_of(2, seeded.boss), book_of(size, seeded.boss)
    for book in (small, large):
        choosing(book)
    for book in (small, large):
        replay(f"replay, sales alike, {book.rules.count():,} rules", book)
    all_different()
    for book in (small, large):
        replay(f"replay, no two alike, {book.rules.count():,} rules", book)
    for number in range(5000 - Shop.objects.count()):
        open_shop(name=f"More {number}")
    report = timed("check before publishing", lambda: bookcheck.check(large))
    say(f"{'':10}{report.skus} SKUs, {len(report.findings)} findings, {len(report.twins)} twins")
    second = Person.objects.create_user("second", role=Role.ADMIN)
    told = timed("publish", lambda: publishing.publish(book_id=large.pk, by=second))
    say(f"{'':10}{told:,} shops told")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sales", type=int, default=100_000)
    parser.add_argument("--rules", type=int, default=5_000)
    options = parser.parse_args()
    try:
        run(options.sales, options.rules)
        return 0
    finally:
        connection.close()
        services.pytest_unconfigure()


if __name__ == "__main__":
    sys.exit(main())
