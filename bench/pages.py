"""How much longer pages take with 100,000 sales in the database than with 1,000.

    .venv/bin/python bench/pages.py [--large 100000] [--requests 15] [--only statement]

Starts a Postgres and a broker of its own, fills two scratch databases, and asks each
page of both in turn, so that a busy machine is as busy for one as for the other.
Prints the medians and their ratio; exits with 1 if a page takes more than 1.5 times
as long and 5 ms longer. See bench/README.md.
"""

import argparse
import statistics
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import django

from bench.servers import Servers

servers = Servers()
django.setup()

from django.core.cache import caches  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, connections  # noqa: E402
from django.test import Client, override_settings  # noqa: E402
from django.urls import NoReverseMatch  # noqa: E402

from bench import places  # noqa: E402
from bench.seed import Seeded, seed, seeded_before  # noqa: E402
from topup import books  # noqa: E402
from topup.services import totals  # noqa: E402

EMPTY = "bench_empty"
MOST, FLOOR = 1.5, 0.005  # times as long, and seconds that nobody notices


@dataclass
class Base:
    """One database, the people who look at it, and what their pages took."""

    name: str
    sales: int
    seeded: Seeded
    clients: dict[str, Client]
    addresses: dict[str, tuple[str, str]]
    seconds: dict[str, list[float]] = field(default_factory=dict)


def use(name: str) -> None:
    """Everything from here on is asked of this database, and kept in a cache of its own."""
    if name not in _connections:
        _connections[name] = connections.create_connection("default")
        _connections[name].settings_dict["NAME"] = name
    connections["default"] = _connections[name]
    caches["default"].key_prefix = name


_connections: dict[str, Any] = {}


def create(name: str, *, template: str) -> bool:
    """Make a database; False if it is there already."""
    if template in _connections:
        _connections[template].close()  # a template may not be in use
    use("postgres")
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if cursor.fetchone():
            return False
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return True


def make_empty() -> None:
    """A migrated database, to copy."""
    create(EMPTY, template="template0")
    use(EMPTY)
    call_command("migrate", verbosity=0)


def make(sales: int) -> Base:
    """A database of that many sales. Ends the program if its books are wrong."""
    name = f"bench_{sales}"
    is_new = create(name, template=EMPTY)
    use(name)
    call_command("migrate", verbosity=0)
    began = time.monotonic()
    seeded = seed(sales) if is_new else seeded_before()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    wrong = [*books.problems(), *totals.totals_problems()] if is_new else []
    if wrong:
        sys.exit("The seeded books are wrong:\n  " + "\n  ".join(wrong[:20]))
    if is_new:
        say(f"{sales:,} sales seeded in {time.monotonic() - began:.0f} s, books are right")
    clients = {}
    for role in ("boss", "owner", "cashier"):
        clients[role] = Client()
        places.sign_in(clients[role], getattr(seeded, role))
    return Base(name, sales, seeded, clients, found_places(seeded))


def found_places(seeded: Seeded) -> dict[str, tuple[str, str]]:
    """Name → who looks, and the address; places that are not built are left out."""
    found = {}
    for name, (role, address) in places.PLACES.items():
        try:
            found[name] = (role, address(seeded) if callable(address) else address)
        except NoReverseMatch:
            say(f"not there yet: {name}")
    return found


def ask(base: Base, name: str) -> float:
    """How many seconds one request takes."""
    use(base.name)
    role, address = base.addresses[name]
    began = time.perf_counter()
    response = base.clients[role].get(address)
    list(response)  # files are made while they are read
    took = time.perf_counter() - began
    if response.status_code != 200:
        sys.exit(f"{name}: {address} answered {response.status_code}")
    return took


def measure(bases: tuple[Base, ...], names: list[str], requests: int) -> None:
    """Ask in turn; the first looks fill caches and are not counted."""
    for name in names:
        for turn in range(-2, requests):
            for base in bases:
                took = ask(base, name)
                if turn >= 0:
                    base.seconds.setdefault(name, []).append(took)


def is_slow(name: str, bases: tuple[Base, ...]) -> bool:
    """True for more than `MOST` times as long, if anybody could notice."""
    before, after = (statistics.median(base.seconds[name]) for base in bases)
    return after > before * MOST and after - before > FLOOR


def tell(small: Base, large: Base, names: list[str]) -> bool:
    """Print the table; True if every page is quick enough."""
    say(f"\n{'page':44} {small.sales:>9,} {large.sales:>9,}  ratio")
    is_good = True
    for name in names:
        before, after = (statistics.median(base.seconds[name]) for base in (small, large))
        is_bad = is_slow(name, (small, large))
        is_good = is_good and not is_bad
        mark = "  TOO SLOW" if is_bad else ""
        say(
            f"{name:44} {before * 1000:6.1f} ms {after * 1000:6.1f} ms  {after / before:5.2f}{mark}"
        )
    say(f"\n{len(names)} pages; " + ("all in time" if is_good else "some are too slow"))
    return is_good


def say(text: str) -> None:
    print(text, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", type=int, default=1_000)
    parser.add_argument("--large", type=int, default=100_000)
    parser.add_argument("--requests", type=int, default=15)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    try:
        with override_settings(ALLOWED_HOSTS=["testserver"]):
            return 0 if _run(options) else 1
    finally:
        for each in _connections.values():
            each.close()
        servers.stop()


def _run(options: argparse.Namespace) -> bool:
    make_empty()
    bases = small, large = make(options.small), make(options.large)
    names = [name for name in small.addresses if name in large.addresses and options.only in name]
    measure(bases, names, options.requests)
    if slow := [name for name in names if is_slow(name, bases)]:
        measure(bases, slow, 2 * options.requests)  # or was the machine busy just then?
    return tell(small, large, names)


if __name__ == "__main__":
    sys.exit(main())
