"""Makes a database ready: tables, provider, first catalogue, demo data. Safe to repeat."""

import json
import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from portal.demo import DemoRefusedError, demo_kiosk, demo_logins, make_demo_data
from topup.models import Person
from topup.services.desks import make_desks


class Command(BaseCommand):
    help = "Makes a database ready: tables, provider, first catalogue (safe to repeat)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--demo",
            action="store_true",
            help="also demo shops and logins on an empty database; password in DEMO_PASSWORD",
        )
        parser.add_argument("--report", help="write what `up` should say to this file")

    def handle(self, *args: Any, demo: bool, report: str | None, **options: Any) -> None:
        require_known_past()
        call_command("migrate", interactive=False, verbosity=0)
        make_desks()
        self.say("The database is up to date.")
        self._check_provider()
        password = os.environ.get("DEMO_PASSWORD", "")
        if demo:
            self._make_demo_data(password)
        self._fill_catalogue()
        if report:
            facts = {
                "demo_logins": demo_logins(password) if password else [],
                "demo_kiosk": demo_kiosk() if demo else "",
                "has_people": Person.objects.exists(),
            }
            Path(report).write_text(json.dumps(facts))

    def say(self, text: str) -> None:
        self.stdout.write(text)

    def _check_provider(self) -> None:
        from topup.errors import WrongProviderError
        from topup.services.provider import check_identity, open_provider_account
        from valuetopup.errors import ValueTopupError

        try:
            check_identity()
        except WrongProviderError as error:
            raise CommandError(str(error)) from None
        try:
            open_provider_account()
        except ValueTopupError as error:  # the balance task will ask again
            self.say(f"The provider did not tell its balance: {error}")

    def _make_demo_data(self, password: str) -> None:
        if not password:
            raise CommandError("DEMO_PASSWORD is not set.")
        try:
            if make_demo_data(password):
                self.say("Made demo shops and logins.")
        except DemoRefusedError as error:
            raise CommandError(str(error)) from None

    def _fill_catalogue(self) -> None:
        from catalog.models import Sku

        if Sku.objects.exists():
            return
        self.say("Fetching the catalogue for the first time; this takes some seconds.")
        try:
            call_command("sync_catalog", quiet=True, stdout=self.stdout, stderr=self.stderr)
        except CommandError as error:  # beat will try again
            self.say(f"The catalogue could not be fetched: {error}")


def require_known_past() -> None:
    """Migrations that stand for earlier ones can go on from all of them or from none."""
    loader = MigrationLoader(None, load=False)
    loader.load_disk()
    applied = MigrationRecorder(connection).applied_migrations()
    open_ones = [one for key, one in loader.disk_migrations.items() if key not in applied]
    earlier = [name for migration in open_ones for name in migration.replaces]
    missing = [name for name in earlier if name not in applied]
    if 0 < len(missing) < len(earlier):
        raise CommandError(
            f"The database is of an earlier version: it lacks {'.'.join(missing[0])}. "
            "Bring it up to date first, see docs/operations.md, Upgrading."
        )
