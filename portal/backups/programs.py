"""Postgres' own programs, of a version that fits, and the embedded server while `up` rests."""

import io
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from portal import stack
from portal.embedded import EmbeddedError, Postgres
from portal.embedded.postgres import postgres_bin
from portal.embedded.state import Running, State
from portal.supervisor import Log, StartError, Supervisor

_NO_PARAMETERS = {"pool", "assume_role", "isolation_level", "server_side_binding"}


class BackupError(Exception):
    """A backup cannot be made or brought back; the text is one line and says what to do."""


def dump_program(server: int) -> Path:
    """pg_dump of the server's version, or the next newer one: an older one refuses."""
    found = _programs("pg_dump")
    fitting = sorted((major, path) for path, major in found.items() if major >= server)
    if fitting:
        return fitting[0][1]
    if not found:
        raise BackupError(
            f"No pg_dump found. Install Postgres' client programs, version {server} or newer, "
            "or set PG_BIN to their folder."
        )
    raise BackupError(
        f"The server is Postgres {server}, the newest pg_dump found is of {max(found.values())}: "
        "install the client programs of the server's version, or set PG_BIN to their folder."
    )


def restore_program() -> Path:
    """The newest pg_restore: it reads what older ones wrote, not the other way round."""
    found = _programs("pg_restore")
    if not found:
        raise BackupError(
            "No pg_restore found. Install Postgres' client programs, or set PG_BIN to their folder."
        )
    return max(found, key=lambda path: found[path])


@cache
def _programs(name: str) -> dict[Path, int]:
    """Every such program of this machine and its major version."""
    folders = [Path(os.environ["PG_BIN"])] if os.environ.get("PG_BIN") else []
    if not folders:
        if on_path := shutil.which(name):
            folders.append(Path(on_path).parent)
        folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"))
        with suppress(EmbeddedError):
            folders.append(postgres_bin())
    found = {}
    for folder in folders:
        told = _version(folder / name)
        if told:
            found[folder / name] = told
    return found


def _version(program: Path) -> int:
    try:
        told = subprocess.check_output([program, "--version"], text=True, stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        return 0
    number = re.search(r"\d+", told)
    return int(number[0]) if number else 0


def run(command: list[Any], *, failed: str, environment: dict[str, str] | None = None) -> str:
    """What the program printed. Error: `BackupError` with the last line that it complained in."""
    with tempfile.TemporaryFile() as out:
        done = subprocess.run(
            command, stdout=out, stderr=subprocess.PIPE, check=False,
            env={**os.environ, **CLEAR, **(environment or {})},
        )  # fmt: skip
        out.seek(0)
        told = out.read().decode(errors="replace")
    if done.returncode:
        raise BackupError(f"{failed}: {complaint(done.stderr)}")
    return told


#: Programs speak English, and tell times in UTC.
CLEAR = {"LC_ALL": "C", "TZ": "UTC"}


def complaint(stderr: bytes) -> str:
    """The first line in which a program says what is wrong, without its own name."""
    lines = [line.strip() for line in stderr.decode(errors="replace").splitlines() if line.strip()]
    found = [line for line in lines if "error:" in line] or lines or ["no word of why"]
    return re.sub(r"^\S+: (?:error: )?", "", found[0])[:300]


def database_parameters() -> tuple[str, dict[str, str]]:
    """Where Django's database is, for Postgres' programs; the password only by the environment."""
    known = connection.settings_dict
    parts = {
        "dbname": known["NAME"], "user": known["USER"], "host": known["HOST"],
        "port": known["PORT"],
        **{name: value for name, value in known["OPTIONS"].items() if name not in _NO_PARAMETERS},
    }  # fmt: skip
    told = make_conninfo(**{name: str(value) for name, value in parts.items() if value})
    return told, {"PGPASSWORD": known["PASSWORD"]} if known["PASSWORD"] else {}


@contextmanager
def database_alone(*, may_run: bool) -> Iterator[None]:
    """The database answers; the embedded one is started for this if no `up` runs.

    With `may_run` a running `up` is used as it is, else it is refused. Error: `BackupError`.
    """
    folder = Path(settings.DATA_DIR)
    if not settings.EMBEDDED:
        yield
        return
    if not settings.VOUCHER_KEYS:
        raise BackupError(
            f"{folder} has no keys of the embedded product. Bring its embedded.json back, "
            "or start the product once: ./dev up"
        )
    state = State(folder)
    try:
        state.lock()
    except Running as other:
        if not may_run:
            raise BackupError(f"The product runs at {other.address}. Stop it: ./dev stop") from None
        yield
        return
    try:
        with _server(folder):
            yield
    finally:
        state.release()


@contextmanager
def _server(folder: Path) -> Iterator[None]:
    supervisor = Supervisor(Log(io.StringIO()))
    try:
        server = Postgres(folder / "postgres")
        server.clear_leftover()
        server.prepare()
        supervisor.start(stack.postgres(server))
    except (EmbeddedError, StartError) as error:
        supervisor.stop()
        raise BackupError(str(error)) from None
    try:
        _use(server.url)
        yield
    finally:
        connection.close()
        supervisor.stop()


def _use(url: str) -> None:
    """The folder may have come from another place: its server is where it was started now."""
    parts = conninfo_to_dict(url)
    connection.close()
    connection.settings_dict.update(
        NAME=parts["dbname"], USER=parts["user"], HOST=parts["host"], PORT="", PASSWORD=""
    )
