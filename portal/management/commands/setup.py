"""Makes the first admin, shop, agent and float, with questions or without."""

import getpass
import os
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, ProgrammingError

from portal import first
from portal.first import SetupError, Wanted
from topup.errors import WrongProviderError
from topup.models import Person
from topup.services.provider import check_identity


class Command(BaseCommand):
    help = "Makes the first admin, shop, agent and float. Safe to repeat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add = parser.add_argument
        add("--noinput", action="store_true", help="ask nothing; make only what is named")
        add("--admin", metavar="NAME", help="user name of the distributor's admin")
        add("--admin-password", help="better in ADMIN_PASSWORD; without both one is made")
        add("--shop", metavar="NAME")
        add("--agent", metavar="NAME", help="user name of the shop's agent")
        add("--agent-password", help="better in AGENT_PASSWORD; without both one is made")
        add("--float", dest="float_amount", metavar="AMOUNT", help="the shop's float to begin with")
        add("--currency", help="of the float; must be that of the wallet")

    def handle(self, *args: Any, **options: Any) -> None:
        self.currency = settings.VALUETOPUP_WALLET_CURRENCY
        if options["currency"] not in {None, self.currency}:
            raise CommandError(
                f"The wallet is in {self.currency} (VALUETOPUP_WALLET_CURRENCY), "
                f"and so is every float; not in {options['currency']}."
            )
        self._check_database()
        try:
            wanted = self._given(options) if options["noinput"] else self._ask(options)
            told = first.make_first(wanted)
        except SetupError as error:
            raise CommandError(str(error)) from None
        except (EOFError, KeyboardInterrupt):
            raise CommandError("Nothing was made. Without a terminal use --noinput.") from None
        for line in told:
            self.stdout.write(line)

    def _check_database(self) -> None:
        try:
            Person.objects.exists()
            check_identity()
        except OperationalError:
            raise CommandError(
                "The database does not answer."
                + (" Start it first, in another terminal: ./dev up" if settings.EMBEDDED else "")
            ) from None
        except ProgrammingError:
            raise CommandError("The database has no tables. Run: manage.py prepare") from None
        except WrongProviderError as error:
            raise CommandError(str(error)) from None

    def _given(self, options: dict[str, Any]) -> Wanted:
        if not options["admin"] and not options["shop"]:
            raise CommandError("Name what to make: --admin, --shop, --agent, --float.")
        return Wanted(
            admin=options["admin"] or "",
            admin_password=_password(options, "admin"),
            shop=options["shop"] or "",
            agent=options["agent"] or "",
            agent_password=_password(options, "agent"),
            float_amount=first.read_amount(options["float_amount"] or "", self.currency),
        )

    def _ask(self, options: dict[str, Any]) -> Wanted:
        """Ask for what the options leave open; an empty answer leaves a part out."""
        asked: dict[str, Any] = {}
        asked["admin"] = options["admin"] or self._answer("User name of the admin", _name, "admin")
        asked["admin_password"] = self._ask_password("admin", asked["admin"], options)
        asked["shop"] = options["shop"] or self._answer("Name of the first shop (empty: none)")
        if asked["shop"]:
            amount = options["float_amount"]
            if amount is None:
                question = f"Its float to begin with, in {self.currency}"
                amount = self._answer(question, self._amount, "0")
            asked["float_amount"] = first.read_amount(amount, self.currency)
            agent = options["agent"] or self._answer("User name of its agent (empty: none)", _name)
            asked["agent"] = agent
            asked["agent_password"] = self._ask_password("agent", agent, options)
        return Wanted(**asked)

    def _answer(self, question: str, check: Callable[[str], Any] = str, default: str = "") -> str:
        hint = f" [{default}]" if default else ""
        while True:
            answer = input(f"{question}{hint}: ").strip() or default
            try:
                check(answer)
            except SetupError as error:
                self.stderr.write(str(error))
            else:
                return answer

    def _ask_password(self, who: str, name: str, options: dict[str, Any]) -> str:
        known = _password(options, who)
        if known or not name or Person.objects.filter(username=name).exists():
            return known
        while True:
            password = getpass.getpass(f"Password of {name} (empty: one is made): ")
            if not password:
                return ""
            try:
                first.check_password(password, name)
            except SetupError as error:
                self.stderr.write(str(error))
                continue
            if getpass.getpass("The same again: ") == password:
                return password
            self.stderr.write("That was another one. Try again.")

    def _amount(self, text: str) -> None:
        first.read_amount(text, self.currency)


def _name(text: str) -> None:
    if text:
        first.check_name(text)


def _password(options: dict[str, Any], who: str) -> str:
    variable = {"admin": "ADMIN_PASSWORD", "agent": "AGENT_PASSWORD"}[who]
    return options[f"{who}_password"] or os.environ.get(variable, "")
