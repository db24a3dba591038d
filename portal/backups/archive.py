"""A backup as a file: whole, ours, and what is in it; read without any database."""

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import IO

from portal.backups.programs import CLEAR, BackupError, complaint, restore_program, run

#: Without these it is no backup of this product.
TABLES = (
    "django_migrations", "topup_shop", "topup_sale", "topup_saleevent", "topup_providercall",
    "topup_voucher", "topup_stop", "topup_auditentry", "ledger_account", "ledger_hold",
    "ledger_entry", "ledger_line",
)  # fmt: skip
_DATA = re.compile(r"^\d+; \d+ \d+ TABLE DATA public (\w+) ", re.MULTILINE)
_MADE = re.compile(r"^;\s+Archive created at (.+)$", re.MULTILINE)
_COPY = re.compile(rb"COPY public\.\"?(\w+)\"? \((.+)\) FROM stdin;")
_END = b"\\.\n"


class Archive:
    """A file that pg_dump wrote in its custom format."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def check(self) -> None:
        """Read all of it. Error: `BackupError` for a file cut off, damaged, or of something else.

        Its list alone stands at its beginning: a file that was cut off still has that.
        """
        if not self.path.is_file():
            raise BackupError(f"{self.path} is no file.")
        missing = [name for name in TABLES if name not in self.tables]
        if missing:
            raise BackupError(
                f"{self.path} is no backup of this product: it has no table {missing[0]}."
            )
        command = [restore_program(), "--file=/dev/null", self.path]
        run(command, failed=f"{self.path} is cut off or damaged")

    @cached_property
    def _list(self) -> str:
        with self.path.open("rb") as file:
            begins = file.read(5)
        if begins != b"PGDMP":
            raise BackupError(f"{self.path} is no backup: it is not of pg_dump's custom format.")
        command = [restore_program(), "--list", self.path]
        return run(command, failed=f"{self.path} cannot be read")

    @cached_property
    def tables(self) -> frozenset[str]:
        """The tables whose rows are in it."""
        return frozenset(_DATA.findall(self._list))

    @property
    def made_at(self) -> str:
        """When it was made, as in "2026-11-30 12:00:00 UTC"."""
        found = _MADE.search(self._list)
        return found[1].strip() if found else "an unknown time"

    def lines(self, *options: str) -> Iterator[bytes]:
        """Its SQL, line by line; options are those of pg_restore, such as `--section=data`.

        Error: `BackupError` when it cannot be read to its end.
        """
        command = [str(restore_program()), "--no-owner", "--no-privileges", *options]
        command += ["--file=-", str(self.path)]
        with tempfile.TemporaryFile() as errors:
            process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=errors, env={**os.environ, **CLEAR}
            )
            assert process.stdout is not None
            try:
                yield from process.stdout
                if process.wait():
                    errors.seek(0)
                    raise BackupError(f"{self.path} cannot be read: {complaint(errors.read())}")
            finally:
                _end(process, process.stdout)

    def rows(self, table: str) -> Iterator[dict[str, str]]:
        """The rows of one table as text; a null is not among the columns."""
        columns: list[str] = []
        for line in self.lines("--data-only", f"--table={table}"):
            if not columns:
                found = _COPY.match(line)
                columns = (
                    [name.strip(' "') for name in found[2].decode().split(",")] if found else []
                )
            elif line == _END:
                return
            else:
                cells = line.decode().rstrip("\n").split("\t")
                yield {name: _text(cell) for name, cell in zip(columns, cells, strict=True)
                       if cell != r"\N"}  # fmt: skip

    def migrations(self) -> set[tuple[str, str]]:
        """Which migrations had been applied, as (app, name)."""
        return {(row["app"], row["name"]) for row in self.rows("django_migrations")}


def bytes_of(cell: str) -> bytes:
    r"""Of a bytea, which is written as \x0123."""
    return bytes.fromhex(cell.removeprefix("\\x"))


def _text(cell: str) -> str:
    return cell.replace("\\\\", "\\")  # all that the columns read here can hold


def _end(process: "subprocess.Popen[bytes]", stream: IO[bytes]) -> None:
    """Whoever has read enough lets the program go."""
    if process.poll() is None:
        process.kill()
    stream.close()
    process.wait()
