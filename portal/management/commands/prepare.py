"""Makes a database ready: tables, provider, first catalogue, demo data. Safe to repeat."""

import json
import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from portal.demo import DemoRefusedError, demo_kiosk, demo_logins, make_demo_data
from portal.upgrading import require_known_past
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
