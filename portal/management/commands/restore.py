"""`manage.py restore`: a backup comes back whole or not at all, and selling stays stopped."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection

from portal.backups import Archive, BackupError, Restored, database_alone, restore
from portal.backups.restoring import check_file, contents, try_keys


class Command(BaseCommand):
    help = (
        "Brings a backup back into an empty database, or with --replace into one that has data. "
        "Stop the product first. Selling stays stopped until a person lifts it."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        add = parser.add_argument
        add("file", type=Path)
        add("--replace", action="store_true", help="take all that is in the database away first")
        add("--yes", action="store_true", help="with --replace: ask nothing")
        add("--without-keys", action="store_true", help="although its PINs cannot be opened")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            with database_alone(may_run=False):
                self._restore(Archive(file), options)
        except BackupError as error:
            raise CommandError(str(error)) from None
        except OperationalError:
            raise CommandError("The database does not answer.") from None

    def _restore(self, archive: Archive, options: dict[str, Any]) -> None:
        check_file(archive)
        keys = "The keys were not tried." if options["without_keys"] else try_keys(archive)
        if options["replace"] and not options["yes"]:
            self._ask()
        self._tell(archive, restore(archive, replace=options["replace"]))
        self.stdout.write(keys)
        wrong = self._check()
        self.stdout.write(
            "Selling is stopped. What was sold after the backup is not known here, but to the "
            "provider: docs/operations.md, After a restore."
        )
        if wrong:
            raise CommandError(f"Everything came back, but {wrong} found problems, see above.")

    def _ask(self) -> None:
        there = contents()
        if not there.tables:
            return
        name = connection.settings_dict["NAME"]
        if not sys.stdin.isatty():
            raise BackupError(f"--replace takes away what is in {name}. Say --yes, too.")
        newest = f", the newest of {there.newest_at:%Y-%m-%d %H:%M} UTC" if there.newest_at else ""
        self.stdout.write(f"This takes away {name} with its {there.sales} sales{newest}.")
        try:
            typed = input(f"Type {name} to go on: ").strip()
        except (EOFError, KeyboardInterrupt):
            typed = ""
        if typed != name:
            raise BackupError("Nothing was changed.")

    def _tell(self, archive: Archive, told: Restored) -> None:
        say = self.stdout.write
        say(f"Restored: {told.sales} sales, from a backup of {archive.made_at}.")
        if told.newest:
            say(
                f"The newest is of {told.newest.created_at:%Y-%m-%d %H:%M:%S} UTC: "
                f"{told.newest.correlation_id}"
            )
        done = told.aftermath
        say(f"{done.asked} sales that were not sent yet are asked about, and never sent again.")
        say(
            f"Ended, for they might be sold twice: {done.files} bulk files, {done.items} items "
            f"in baskets, {done.offers} offers of kiosks. Everybody signs in anew."
        )

    def _check(self) -> str:
        """Which checks found something; it was so in the backup, and the restore stands."""
        found = []
        for name in ("check_books", "check_audit"):
            try:
                call_command(name, stdout=self.stdout, stderr=self.stderr)
            except CommandError as error:
                self.stderr.write(str(error))
                found.append(name)
        return " and ".join(found)
