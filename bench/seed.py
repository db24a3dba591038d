"""A year of business in a scratch database: shops, people, sales, and books that are right.

Written by SQL with the triggers switched off, in the shape that the services leave
behind; `check_books` must find nothing afterwards. Never for a database that matters.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from bench.rows import STATEMENTS
from catalog.enums import Category
from catalog.models import Country, Operator, Product, Sku
from ledger.models import AccountKind
from ledger.services import house, make_checkpoints
from topup.models import Level, Notice, Person, Role, Shift, Shop
from topup.services import counting, forecast, totals
from topup.services.counting import Counted
from topup.services.shifts import digest_of, open_shift
from topup.services.shops import add_float, open_shop

LARGEST = "Shop 00"  # has a fifth of all sales
ZONES = ("America/Jamaica", "America/New_York", "")
SHOPS, OPERATORS, SKUS = 40, 8, 5
FUNDED = Decimal(1_000_000)
DAYS = 365
#: Tables that are written below, with triggers of ours on them.
TABLES = (
    "ledger_account", "ledger_hold", "ledger_entry", "ledger_line", "topup_sale",
    "topup_saleevent", "topup_providercall", "topup_refund", "topup_claim", "topup_dispute",
    "topup_alarm", "topup_depositrequest", "topup_shift", "topup_shiftcount",
    "topup_cashmove", "topup_owed",
)  # fmt: skip


@dataclass(frozen=True)
class Seeded:
    """Who looks at the pages."""

    boss: Person
    owner: Person
    cashier: Person
    shop: Shop


def seed(sales: int) -> Seeded:
    """Fill an empty, migrated database with that many sales of twelve months."""
    _shops()
    boss = _boss()
    _goods()
    with transaction.atomic(), connection.cursor() as cursor, _open_tables(cursor):
        _write(cursor, sales, boss)
    _today(seeded_before())
    make_checkpoints()
    totals.roll_up_all()
    forecast.add_up_hours()
    return seeded_before()


def seeded_before() -> Seeded:
    """Who looks at the pages of a database that was filled already: the largest shop."""
    shop = Shop.objects.select_related("float_account").get(name=LARGEST)
    people = {person.role: person for person in Person.objects.filter(shop=shop)}
    boss = Person.objects.get(username="boss")
    return Seeded(boss, people[Role.OWNER], people[Role.CASHIER], shop)


def _today(seeded: Seeded) -> None:
    """What is open at a shop now: a shift, and a word of the distributor."""
    open_shift(person=seeded.cashier, counts=[Counted("cash", "USD", Decimal(100))])
    for number in range(3):
        Notice.objects.create(shop=seeded.shop, text=f"Prices change on day {number}.")


def _boss() -> Person:
    return Person.objects.create_superuser("boss", role=Role.ADMIN)


def _shops() -> None:
    branches = [
        open_shop(name=f"Branch {n}", level=Level.SUB_DISTRIBUTOR, time_zone="America/Jamaica")
        for n in range(2)
    ]
    for number in range(SHOPS):
        shop = open_shop(name=f"Shop {number:02}", parent=branches[number % 2],
                         time_zone=ZONES[number % 3])  # fmt: skip
        add_float(shop=shop, amount=FUNDED, by=None, memo="start", key=f"seed-{number}")
        for role in (Role.OWNER, Role.MANAGER, Role.CASHIER):
            Person.objects.create(username=f"{role}-{number}", role=role, shop=shop)


def _goods() -> None:
    country = Country.objects.create(code="JM", name="Jamaica", dial_codes=["1876"])
    for number in range(OPERATORS):
        operator = Operator.objects.create(
            provider_id=number, name=f"Operator {number}", country=country
        )
        product = Product.objects.create(
            provider_id=number, name=f"Product {number}", category=Category.RTR, operator=operator
        )
        for size in range(SKUS):
            face = Decimal(5 * (size + 1))
            Sku.objects.create(
                provider_id=100 * number + size, name=f"{operator.name} {face} USD",
                product=product, operator=operator, country=country, category=Category.RTR,
                min_face_value=face, max_face_value=face, face_currency="USD",
                min_cost=face * Decimal("0.9"), max_cost=face * Decimal("0.9"),
                cost_currency="USD", dial_codes=["1876"], row_hash=f"{number}-{size}",
            )  # fmt: skip


@contextmanager
def _open_tables(cursor: Any) -> Iterator[None]:
    """Without our triggers, and with a default for columns that nobody names below."""
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    cursor.execute(_NAKED, {"tables": list(TABLES)})
    naked = [(table, column, _EMPTY[kind]) for table, column, kind in cursor.fetchall()]
    for table in TABLES:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    for table, column, empty in naked:
        cursor.execute(f"ALTER TABLE {table} ALTER {column} SET DEFAULT {empty}")
    yield
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for table, column, _empty in naked:
        cursor.execute(f"ALTER TABLE {table} ALTER {column} DROP DEFAULT")
    for table in TABLES:
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


_NAKED = """
    SELECT table_name, column_name, data_type FROM information_schema.columns
     WHERE table_schema = 'public' AND table_name = ANY(%(tables)s) AND is_nullable = 'NO'
       AND column_default IS NULL AND is_identity = 'NO'
"""
_EMPTY = {
    "character varying": "''", "text": "''", "jsonb": "'{}'", "boolean": "false", "bytea": "''",
    "timestamp with time zone": "now()", "numeric": "0", "integer": "0", "smallint": "0",
    "bigint": "0", "uuid": "gen_random_uuid()",
}  # fmt: skip


def _write(cursor: Any, sales: int, boss: Person) -> None:
    kinds = (AccountKind.PROVIDER, AccountKind.INCOME, AccountKind.COMMISSION,
             AccountKind.VARIANCE, AccountKind.CLAIMS, AccountKind.BANK)  # fmt: skip
    values: dict[str, Any] = {f"{kind}_id": house(kind, "USD").pk for kind in kinds}
    values |= {"sales": sales, "days": DAYS, "boss": boss.pk, "shops": SHOPS}
    values |= {"digest": digest_of({}), "largest": LARGEST}
    values["slips"] = max(sales // 50, 30 * SHOPS)  # deposits and shifts: a page at every shop
    for statement in STATEMENTS:
        cursor.execute(statement, values)
    shifts = list(Shift.objects.select_related("shop"))
    for shift in shifts:  # pages show those of the largest shop; of the others the check reads
        if shift.shop.name == LARGEST:
            shift.totals = counting.totals(shift) | {"note": "", "sealed_by": "owner"}
        shift.digest = digest_of(shift.totals)
    Shift.objects.bulk_update(shifts, ["totals", "digest"], batch_size=500)
