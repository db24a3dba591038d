"""`manage.py backup`: everything in the database as one file that was read to its end."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from portal.backups import BackupError, database_alone, make_backup


class Command(BaseCommand):
    help = "Writes a backup of the database to a file, without the keys; safe while it runs."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file", nargs="?", type=Path, help="a new file (topnet-DATE-TIME.dump here)"
        )

    def handle(self, *args: Any, file: Path | None, **options: Any) -> None:
        try:
            with database_alone(may_run=True):
                path = make_backup(file)
        except BackupError as error:
            raise CommandError(str(error)) from None
        except OperationalError:
            raise CommandError("The database does not answer.") from None
        self.stdout.write(f"{path}: {path.stat().st_size:,} bytes, read to its end.")
        self.stdout.write(
            "It does not hold VOUCHER_KEYS and SECRET_KEY: keep them elsewhere. Without "
            "VOUCHER_KEYS nobody can open its PINs; whoever has both can."
        )
