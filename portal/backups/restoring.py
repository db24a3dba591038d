"""Bringing a backup back: everything in one transaction, or nothing.

The file's tables, the migrations that it lacks and what `settle_restored` does about sales
become visible together. So no worker ever sees a sale of the backup that it might send a
second time, and a kill at any moment leaves the database as it was. That is why the SQL of
pg_restore is run here, over our own connection, and not by pg_restore in one of its own.
"""

import re
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.db.migrations.loader import MigrationLoader
from psycopg import Error as DatabaseRefusal

from portal.backups.archive import Archive, bytes_of
from portal.backups.programs import BackupError
from portal.upgrading import require_known_past
from topup import sealing
from topup.errors import WrongProviderError
from topup.models import Sale
from topup.services.desks import make_desks
from topup.services.provider import check_identity
from topup.services.restoring import Aftermath, settle_restored

#: The sweep comes every two seconds: for so long nobody may come to the database.
WATCHED_FOR = 5.0
TRIED = 12  # sealed PINs, half of them the oldest, half the newest
#: What the programs set for their own session; we set what matters for our transaction alone.
#: And words about what belongs to the server's owner, who may be another.
_SESSION = re.compile(
    rb"SET (\w+_timeout|client_encoding|standard_conforming_strings|check_function_bodies"
    rb"|xmloption|client_min_messages|row_security|default_tablespace"
    rb"|default_table_access_method) = |SELECT pg_catalog\.set_config\('search_path'"
    rb"|\\(un)?restrict |COMMENT ON (EXTENSION|SCHEMA) |--"
)
_COPY = re.compile(rb"COPY .+ FROM stdin;\n")


@dataclass(frozen=True)
class Contents:
    """What stands in a database that something is to be restored into."""

    tables: int
    sales: int = 0
    newest_at: datetime | None = None


@dataclass(frozen=True)
class Restored:
    """What came back. `newest` is the last sale that the backup knows."""

    sales: int
    newest: Sale | None
    aftermath: Aftermath


def contents() -> Contents:
    """What the database holds now. Error: `django.db.OperationalError`."""
    names = connection.introspection.table_names()
    if "topup_sale" not in names:
        return Contents(len(names))
    newest = Sale.objects.order_by("-created_at").values_list("created_at", flat=True).first()
    return Contents(len(names), Sale.objects.count(), newest)


def check_file(archive: Archive) -> None:
    """Refuse a file that is cut off, of something else, or of a newer version: `BackupError`."""
    archive.check()
    loader = MigrationLoader(None, load=False)
    loader.load_disk()
    known = set(loader.disk_migrations)
    known |= {name for one in loader.disk_migrations.values() for name in one.replaces}
    newer = sorted(archive.migrations() - known)
    if newer:
        raise BackupError(
            f"{archive.path} was made by a newer version: it has the migration "
            f"{'.'.join(newer[0])}. Restore it with that version."
        )


def try_keys(archive: Archive) -> str:
    """A sentence about the keys at hand. Error: `BackupError` if a sealed PIN does not open."""
    first: list[bytes] = []
    last: deque[bytes] = deque(maxlen=TRIED // 2)
    for row in archive.rows("topup_voucher"):
        if sealed := bytes_of(row["sealed"]):
            (first if len(first) < TRIED // 2 else last).append(sealed)
    tried = [*first, *last]
    if not tried:
        return "It holds no PIN, so the keys could not be tried."
    opened = sum(_opens(sealed) for sealed in tried)
    if opened < len(tried):
        raise BackupError(
            f"Of the {len(tried)} PINs that were tried {opened} can be opened: VOUCHER_KEYS are "
            "not the keys of this backup. Set those of its time, or say --without-keys."
        )
    return f"All {opened} PINs that were tried can be opened."


def _opens(sealed: bytes) -> bool:
    try:
        sealing.unseal(sealed)
    except sealing.SealError:
        return False
    return True


def restore(archive: Archive, *, replace: bool) -> Restored:
    """Bring everything back, and stop selling. Errors: `BackupError`, and nothing was changed.

    `replace` takes what is there away first; without it the database must be empty.
    Calls no provider.
    """
    there = contents()
    if there.tables and not replace:
        raise BackupError(
            f"The database is not empty: it has {there.tables} tables. Use an empty one, "
            "or --replace to take all that is in it away."
        )
    _require_alone(WATCHED_FOR if there.tables else 0.0)
    try:
        with transaction.atomic():
            _load(archive, replace=replace)
            _bring_up_to_date()
            aftermath = settle_restored(made_at=archive.made_at)
            with connection.cursor() as cursor:  # so that what is refused is refused here
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except (CommandError, WrongProviderError) as error:
        raise BackupError(f"{error} Nothing was changed.") from None
    except (DatabaseError, DatabaseRefusal) as error:
        told = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise BackupError(f"The database refused the backup: {told}. Nothing changed.") from None
    newest = Sale.objects.order_by("-created_at", "-pk").first()
    return Restored(Sale.objects.count(), newest, aftermath)


def _require_alone(seconds: float) -> None:
    """Refuse while somebody else uses the database, or comes to it within so many seconds.

    Workers that rest have no connection: how many came by is what the server counts.
    """
    with connection.cursor() as cursor:  # so that our own coming is counted before we look
        cursor.execute("SELECT pg_stat_force_next_flush()")
    came, until = _sessions()[1], time.monotonic() + seconds
    while True:
        others, now = _sessions()
        if others or now != came:
            raise BackupError(
                "The database is in use. Stop the product and every program that has it open."
            )
        if time.monotonic() >= until:
            return
        time.sleep(0.2)


def _sessions() -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND usesysid IS NOT NULL),"
            " (SELECT sessions FROM pg_stat_database WHERE datname = current_database())"
        )
        others, came = cursor.fetchone()
    return int(others), int(came or 0)


def _load(archive: Archive, *, replace: bool) -> None:
    link = connection.connection
    if replace:
        link.execute("DROP SCHEMA public CASCADE")
        link.execute("CREATE SCHEMA public")
        link.execute("GRANT USAGE ON SCHEMA public TO PUBLIC")
    for name in ("check_function_bodies = off", "search_path = ''", "row_security = off",
                 "client_min_messages = warning"):  # fmt: skip
        link.execute(f"SET LOCAL {name}")
    link.execute(b"".join(_statements(archive, "pre-data")))
    _copy(link, archive)
    link.execute(b"".join(_statements(archive, "post-data")))
    for name in ("check_function_bodies", "search_path", "row_security", "client_min_messages"):
        link.execute(f"SET LOCAL {name} TO DEFAULT")


def _statements(archive: Archive, section: str) -> Iterator[bytes]:
    return (line for line in archive.lines(f"--section={section}") if not _SESSION.match(line))


def _copy(link: Any, archive: Archive) -> None:
    """The rows of every table, whatever they begin with, and where sequences go on."""
    lines, statement = archive.lines("--section=data"), b""
    for line in lines:
        if not statement.strip() and _SESSION.match(line):
            continue
        if _COPY.match(line):
            with link.cursor() as cursor, cursor.copy(line) as rows:
                for row in lines:
                    if row == b"\\.\n":
                        break
                    rows.write(row)
            continue
        statement += line
        if statement.endswith(b";\n"):
            link.execute(statement)
            statement = b""


def _bring_up_to_date() -> None:
    require_known_past()
    call_command("migrate", interactive=False, verbosity=0)
    make_desks()
    check_identity()
