"""How many postings a second: 8 threads on one float, and 8 on eight.

    .venv/bin/python bench/ledger.py [--threads 8] [--seconds 5] [--no-fsync]

Starts a Postgres of its own that keeps what it was told (fsync on), unless DATABASE_URL
names one: a scratch database, never one that matters. A sale is what a sale posts: its
hold, and the entry of five lines that captures it, two transactions; a deposit is one
entry of two lines. Every round ends with the check of the ledger.
"""

import argparse
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("LOG_LEVEL", "ERROR")

from portal.embedded import Postgres
from portal.supervisor import Log, Service, Supervisor
from tests import services

FUNDED = Decimal(1_000_000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--no-fsync", action="store_true", help="what is left without the disk")
    options = parser.parse_args()
    os.environ |= services.ENVIRONMENT
    folder = Path(tempfile.mkdtemp(prefix="tn-", dir="/tmp"))
    folder.chmod(0o755)
    with (folder / "log").open("w") as log:
        servers = Supervisor(Log(log))
        try:
            if "DATABASE_URL" not in os.environ:
                servers.start(_postgres(folder, fast=options.no_fsync))
            _measure(options.threads, options.seconds)
        finally:
            servers.stop()
            services.pytest_unconfigure()
    shutil.rmtree(folder, ignore_errors=True)


def _postgres(folder: Path, *, fast: bool) -> Service:
    postgres = Postgres(folder / "postgres", fast=fast)
    postgres.prepare()
    os.environ["DATABASE_URL"] = postgres.url
    return services.postgres_service(postgres)


def _measure(threads: int, seconds: float) -> None:
    import django

    django.setup()
    from django.core.management import call_command

    from ledger import checks
    from ledger.services import open_float

    call_command("migrate", verbosity=0)
    for name, post in (("sales", _sale), ("deposits", _deposit)):
        for floats in (1, threads):
            made = [
                open_float(code=f"float:{uuid4().hex[:12]}", currency="USD", credit_limit=FUNDED)
                for _ in range(floats)
            ]
            count = _run(partial(_post_on, post, made), threads, seconds)
            rate = count / seconds
            print(f"{name}: {threads} threads on {floats} floats: {rate:,.0f} a second")
    print("problems:", list(checks.problems()) or "none")


def _run(post: Callable[[int], None], threads: int, seconds: float) -> int:
    """How many were posted by all threads together."""
    from django.db import connection

    counts = [0] * threads
    start = threading.Barrier(threads)

    def work(number: int) -> None:
        post(number)  # opens the connection
        start.wait()
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            post(number)
            counts[number] += 1
        connection.close()

    workers = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return sum(counts)


def _post_on(post: Callable[[Any], None], accounts: list[Any], number: int) -> None:
    post(accounts[number % len(accounts)])


def _sale(account) -> None:  # type: ignore[no-untyped-def]
    """Price 10.00, commission 0.40, cost 9.20, invoice 9.25."""
    from ledger import services
    from ledger.models import AccountKind as Kind

    key = uuid4().hex
    hold = services.place_hold(account=account, amount=Decimal("9.60"), key=key)
    amounts = {Kind.PROVIDER: "9.25", Kind.INCOME: "0.80", Kind.COMMISSION: "-0.40",
               Kind.VARIANCE: "-0.05"}  # fmt: skip
    against = [(services.house(kind, "USD"), Decimal(told)) for kind, told in amounts.items()]
    services.capture_hold(hold=hold, key=f"sale:{key}", reference=key, against=against)


def _deposit(account) -> None:  # type: ignore[no-untyped-def]
    from ledger import services

    services.deposit(account=account, amount=Decimal(1), key=uuid4().hex)


if __name__ == "__main__":
    main()
