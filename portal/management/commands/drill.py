"""Kills every part of a product of its own while people sell, and counts every cent."""

import argparse
import os
import secrets
import sys
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal import stack
from portal.drill.plan import PARTS
from portal.embedded import EmbeddedError
from portal.supervisor import StartError


def _parts(text: str) -> tuple[str, ...]:
    given = tuple(part.strip() for part in text.split(",") if part.strip())
    if unknown := set(given) - set(PARTS):
        raise ArgumentTypeError(
            f"no part is called {', '.join(sorted(unknown))}: {', '.join(PARTS)}"
        )
    return given


def _count(text: str) -> int:
    if text.isdigit() and int(text) < 100_000:
        return int(text)
    raise ArgumentTypeError(f"must be a whole number, not {text}")


class Command(BaseCommand):
    help = "The kill drill: sells while every part is killed at random, then counts every cent."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--sales", type=_count, default=200, help="to be made (200)")
        parser.add_argument("--kills", type=_count, default=16, help="SIGKILLs to be sent (16)")
        parser.add_argument("--seed", type=_count, help="repeats what is sold and killed when")
        parser.add_argument("--shoppers", type=_count, default=6, help="who sell at once (6)")
        parser.add_argument(
            "--seconds", type=_count, default=300, help="to wait for the last end (300)"
        )
        parser.add_argument(
            "--parts", type=_parts, default=PARTS, help=f"to kill: {','.join(PARTS)}"
        )
        parser.add_argument(
            "--quick", action="store_true", help="no order that takes most of a minute to end"
        )
        parser.add_argument(
            "--bulk", type=_count, default=0, metavar="ROWS",
            help="sell a file of so many rows instead; workers and broker are killed twice",
        )  # fmt: skip
        parser.add_argument("--keep", action="store_true", help="keep the folder")
        parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["inside"]:
            self._enter(options)
        try:
            self._drill(options)
        except (StartError, EmbeddedError) as error:
            raise CommandError(str(error)) from None

    def _enter(self, options: dict[str, Any]) -> None:
        """Become the drill in an environment of its own: settings are read at the start."""
        from portal.drill.place import lay_out

        seed = options["seed"] if options["seed"] is not None else secrets.randbelow(100_000)
        names = ("sales", "kills", "shoppers", "seconds", "bulk")
        command = [sys.executable, str(Path(stack.ROOT) / "manage.py"), "drill", "--inside"]
        command += [f"--{name}={options[name]}" for name in names]
        command += [f"--seed={seed}", f"--parts={','.join(options['parts'])}"]
        command += [f"--{name}" for name in ("quick", "keep") if options[name]]
        try:
            environment = lay_out()
        except EmbeddedError as error:
            raise CommandError(str(error)) from None
        os.execve(sys.executable, command, environment)

    def _drill(self, options: dict[str, Any]) -> None:
        from portal.drill import report, verdict
        from portal.drill.bulkstory import BulkStory, bulk_order
        from portal.drill.place import Place
        from portal.drill.story import Order, Story

        names = ("sales", "kills", "seed", "shoppers", "seconds", "parts", "quick")
        order = Order(**{name: options[name] for name in names})
        order = bulk_order(order, options["bulk"]) if options["bulk"] else order
        place = Place()
        keep = True
        try:
            self.say(f"the drill: {order.sales} sales, {order.kills} kills, seed {order.seed}")
            story = BulkStory if options["bulk"] else Story
            result = story(place, order, self.say).run()
            keep = options["keep"]
            if result is None:
                self.say("stopped")
                raise SystemExit(1)
            report.tell(order, result, self.say)
            findings = verdict.findings(result.facts)
            keep = keep or bool(findings)
        finally:
            place.stop()
            if keep:
                self.say(f"kept: {place.folder} (log, journal, database)")
            else:
                place.remove()
        self._judge(findings)

    def _judge(self, findings: list[str]) -> None:
        for sentence in findings:
            self.say(f"WRONG: {sentence}")
        if findings:
            raise SystemExit(1)
        self.say("PASSED: every sale is final, nothing was sent twice, every cent is right")

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
