"""What a row of a bulk file takes, of one with 1,000 rows and of one with 10,000.

    .venv/bin/python bench/bulk.py [--rows 10000] [--each 200]

A Postgres, a broker and a simulator of its own (unless DATABASE_URL names a scratch database).
A file is sent whole. Its first and its last rows are looked at, and then sold one by one, their
orders sent between the rows, by the services that do so for everybody; those between are filled
in by SQL, as rows that were looked at and as sales that ended well, for all of them would take
most of an hour. So the last rows are looked at and sold as at the end of a file. Fails if a row
there takes more than 1.5 times as long as at the beginning.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.servers import Servers

if TYPE_CHECKING:
    from topup.models import BulkFile, Person

MOST_TIMES = 1.5
SKU = 1001104  # 10 USD of airtime, in the simulator's catalogue
LOOKED_AT = """
    UPDATE topup_bulkrow r SET state = 'waiting', recipient = r.cells ->> 'number',
           sku_id = o.sku_id, sku_name = o.sku_name, face_value = o.face_value, price = o.price,
           face_currency = o.face_currency, charge = o.charge, most_price = o.most_price
      FROM topup_bulkrow o
     WHERE r.file_id = %(file)s AND r.state = 'unchecked' AND o.file_id = r.file_id AND o.number = 2
       AND r.number <= (SELECT max(number) FROM topup_bulkrow WHERE file_id = %(file)s) - %(left)s
"""
SOLD = """
    SET LOCAL session_replication_role = replica;
    UPDATE topup_bulkrow SET state = 'opened', correlation_id = gen_random_uuid()::text
     WHERE file_id = %(file)s AND state = 'waiting'
       AND number <= (SELECT max(number) FROM topup_bulkrow WHERE file_id = %(file)s) - %(left)s;
    INSERT INTO ledger_hold
    SELECT (jsonb_populate_record(h, jsonb_build_object('key', r.correlation_id, 'id',
            nextval(pg_get_serial_sequence('ledger_hold', 'id'))))).*
      FROM topup_bulkrow r JOIN topup_sale s ON s.id = %(like)s
      JOIN ledger_hold h ON h.id = s.hold_id
     WHERE r.state = 'opened' AND NOT EXISTS
           (SELECT 1 FROM topup_sale o WHERE o.correlation_id = r.correlation_id);
    INSERT INTO topup_sale
    SELECT (jsonb_populate_record(s, jsonb_build_object('correlation_id', r.correlation_id,
            'recipient', r.recipient, 'hold_id', h.id, 'id',
            nextval(pg_get_serial_sequence('topup_sale', 'id'))))).*
      FROM topup_bulkrow r JOIN topup_sale s ON s.id = %(like)s
      JOIN ledger_hold h ON h.key = r.correlation_id AND h.id <> s.hold_id
     WHERE r.state = 'opened' AND NOT EXISTS
           (SELECT 1 FROM topup_sale o WHERE o.correlation_id = r.correlation_id)
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--each", type=int, default=200, help="rows at each end of a file (200)")
    options = parser.parse_args()
    servers = Servers()
    try:
        from valuetopup.simulator.testing import SimulatorProcess

        with SimulatorProcess(lookup="production") as simulator:
            os.environ["VALUETOPUP_BASE_URL"] = simulator.url
            return _measure(options.rows, options.each)
    finally:
        servers.stop()


def _measure(rows: int, each: int) -> int:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    boss = _boss()
    worst = max(_one_file(boss, count, each, first=at) for at, count in enumerate((1_000, rows)))
    print(f"the last rows take {worst:.2f} times as long as the first; {MOST_TIMES} is the most")
    return int(worst > MOST_TIMES)


def _boss() -> "Person":
    """Of a shop with much float, for which the simulator's airtime is on sale."""
    from catalog.models import Country, Operator, Product, Sku
    from topup.models import Person, Role
    from topup.services import provider
    from topup.services.shops import add_float, open_shop

    jamaica = Country.objects.create(code="JM", name="Jamaica", dial_codes=["1876"])
    digicel = Operator.objects.create(provider_id=21, name="Digicel", country=jamaica)
    goods = {"name": "Airtime", "category": "rtr", "operator": digicel, "country": jamaica}
    product = Product.objects.create(provider_id=SKU, **goods)
    ten, cost = {"min_face_value": 10, "max_face_value": 10}, {"min_cost": 9.3, "max_cost": 9.3}
    Sku.objects.create(
        provider_id=SKU, product=product, face_currency="USD", cost_currency="USD",
        dial_codes=["1876"], row_hash="ten", **goods, **ten, **cost,
    )  # fmt: skip
    shop = open_shop(name="Counter")
    add_float(shop=shop, amount=Decimal(10_000_000), by=None, memo="start", key="start")
    provider.open_provider_account()
    return Person.objects.create_user("manager", role=Role.MANAGER, shop=shop)


def _one_file(boss: "Person", rows: int, each: int, *, first: int) -> float:
    """Send, look at, start and sell one file; how much longer its last rows take."""
    from topup.models import Sale
    from topup.services import bulk, bulkfigures

    print(f"\n{rows} rows")
    numbers = (f"18762{first}{n // 9000}{n % 9000 + 1000}" for n in range(rows))
    lines = ["number,sku,reference", *(f"{number},{SKU},row" for number in numbers)]
    data, key = "\n".join(lines).encode(), uuid4()
    assert boss.shop is not None
    shop = boss.shop
    file = timed("sent", lambda: bulk.send(by=boss, shop=shop, name="f.csv", data=data, key=key))
    looked = [_looked_at(file, each)]
    _fill(LOOKED_AT, file=file.pk, left=each)
    looked.append(_looked_at(file, rows))
    total = timed("its figures", lambda: bulkfigures.figures(file)).to_sell.price
    timed("started", lambda: bulk.start(file_id=file.pk, by=boss, total=total, key=uuid4()))
    sold = [_sold(file, each)]
    like = Sale.objects.filter(state="completed").latest("pk").pk
    _fill(SOLD, file=file.pk, left=each, like=like)
    sold.append(_sold(file, each))
    timed("its figures at the end", lambda: bulkfigures.figures(file))
    timed("its result as a file", lambda: list(bulkfigures.result_rows(file)))
    bulk.cancel(file_id=file.pk, by=boss)
    return max(looked[1] / looked[0], sold[1] / sold[0])


def timed[T](what: str, work: Callable[[], T]) -> T:
    began = time.perf_counter()
    found = work()
    print(f"{what:40} {time.perf_counter() - began:12.2f} s")
    return found


def _looked_at(file: "BulkFile", until: int) -> float:
    """Look at rows until so many were; what one takes, in milliseconds."""
    from topup.services import bulkchecks, bulkleases

    took = []
    while file.checked_count < until and (held := bulkleases.claim(file.pk)):
        began = time.perf_counter()
        more = bulkchecks.check_rows(held, until=time.monotonic() + 0.001)
        seconds = time.perf_counter() - began
        if more:
            bulkleases.release(held, at=held.made_at)
        before = file.checked_count
        file.refresh_from_db()
        if file.checked_count > before:
            took.append(seconds * 1000 / (file.checked_count - before))
    print(f"looking at a row {min(took):35.1f} ms")
    return min(took)


def _sold(file: "BulkFile", count: int) -> float:
    """What a row takes, in milliseconds, without its order: of the fastest tenth, the slowest."""
    from topup.models import Sale
    from topup.services import bulkleases, bulkselling, sales

    took = []
    for _ in range(count):
        held = bulkleases.claim(file.pk)
        assert held is not None
        began = time.perf_counter()
        bulkselling.sell_rows(held, until=time.monotonic() + 0.0001)
        took.append((time.perf_counter() - began) * 1000)
        bulkleases.release(held, at=held.made_at)
        for pk in Sale.objects.filter(state="created").values_list("pk", flat=True):
            sales.submit_sale(sale_id=pk)
    left = file.rows.filter(state="waiting").count()
    fast = statistics.quantiles(took, n=10)[0]  # others on the machine slow down the rest
    print(f"a row, {left:6} still to be sold {fast:20.1f} ms")
    return fast


def _fill(sql: str, **values: int) -> None:
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


if __name__ == "__main__":
    raise SystemExit(main())
