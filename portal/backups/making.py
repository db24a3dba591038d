"""Making a backup: under a temporary name, read to its end, and only then called what it is."""

import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from django.db import connection

from portal.backups.archive import Archive
from portal.backups.programs import BackupError, database_parameters, dump_program, run

#: What is in browsers' cookies, too; who restores signs in anew.
LEFT_OUT = ("django_session",)


def make_backup(path: Path | None = None) -> Path:
    """Write everything in the database to a file that nobody else may read; the file.

    Safe beside a running product: it is the database of one moment. Errors: `BackupError`,
    `django.db.OperationalError`; then there is no file.
    """
    path = path or Path(f"topnet-{datetime.now(UTC):%Y%m%d-%H%M%S}.dump")
    if path.exists():
        raise BackupError(f"{path} is there already. Name another file.")
    if "topup_sale" not in connection.introspection.table_names():
        raise BackupError("The database has no tables, so there is nothing to keep.")
    program = dump_program(_server_version())
    half = _half(path)
    try:
        _dump(program, half)
        Archive(half).check()
        _keep(half, path)
    finally:
        half.unlink(missing_ok=True)
    return path


def _server_version() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        return int(cursor.fetchone()[0]) // 10000


def _half(path: Path) -> Path:
    """An empty file beside it, ours alone to read."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise BackupError(f"{path} cannot be written: {error.strerror}.") from None
    os.close(handle)
    return Path(name)


def _dump(program: Path, half: Path) -> None:
    told, environment = database_parameters()
    command = [program, "--format=custom", "--no-owner", "--no-privileges", f"--file={half}"]
    command += [f"--exclude-table-data={name}" for name in LEFT_OUT]
    run([*command, f"--dbname={told}"], failed="No backup was made", environment=environment)


def _keep(half: Path, path: Path) -> None:
    with half.open("rb") as file:
        os.fsync(file.fileno())
    try:
        os.link(half, path)  # unlike a rename it never takes the place of a file
    except FileExistsError:
        raise BackupError(f"{path} is there already. Name another file.") from None
    except OSError:  # a disk without links
        half.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
