"""`manage.py sync_catalog`: sync now, with progress.

Exit codes: 0 applied, 1 failed, 2 another sync is running, 3 held for a person.
"""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.enums import SyncState
from catalog.errors import NotConfirmableError, SyncLostError, SyncRunningError
from catalog.models import SyncRun
from catalog.sync import sync_catalog


class Command(BaseCommand):
    help = "Fetch what can be sold from the provider and bring the catalogue up to date."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--confirm", type=int, metavar="RUN", help="apply what the held sync RUN found odd"
        )
        parser.add_argument("--quiet", action="store_true", help="only say how it ended")

    def handle(self, *args: Any, **options: Any) -> None:
        run = self._sync(options["confirm"], quiet=options["quiet"])
        if run.state == SyncState.FAILED:
            raise CommandError(run.reason, returncode=1)
        if run.state == SyncState.HELD:
            self._say_held(run)
            sys.exit(3)
        self.stdout.write(self.style.SUCCESS(f"Sync {run.pk} applied. {_summary(run)}"))

    def _sync(self, confirm: int | None, *, quiet: bool) -> SyncRun:
        try:
            return sync_catalog(
                confirm_run=SyncRun.objects.get(pk=confirm) if confirm is not None else None,
                progress=None if quiet else self._progress,
            )
        except SyncRun.DoesNotExist:
            raise CommandError(f"There is no sync {confirm}.", returncode=1) from None
        except NotConfirmableError:
            raise CommandError(
                f"Sync {confirm} does not wait for a confirmation. Run sync_catalog without it.",
                returncode=1,
            ) from None
        except SyncRunningError as error:
            since = f" since {error.run.started_at:%H:%M:%S}" if error.run else ""
            raise CommandError(
                f"Another sync is running{since}. Wait for it.", returncode=2
            ) from None
        except SyncLostError:
            raise CommandError(
                "This sync was given up for dead and another began; nothing was written.",
                returncode=1,
            ) from None

    def _progress(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def _say_held(self, run: SyncRun) -> None:
        self.stderr.write(self.style.WARNING(f"Sync {run.pk} is held: {run.reason}"))
        if run.differences:
            self.stderr.write(run.differences)
        if run.has_wrong_currency:
            return
        self.stderr.write(
            "Look at it in the admin under “Catalogue syncs” and confirm it there, "
            f"or run: manage.py sync_catalog --confirm {run.pk}"
        )


def _summary(run: SyncRun) -> str:
    parts = []
    for name, steps in run.counts.items():
        done = [f"{count} {step}" for step, count in steps.items() if count and step != "seen"]
        parts.append(
            f"{name.replace('_', ' ')}: {steps['seen']} ({', '.join(done) or 'no change'})"
        )
    return "; ".join(parts)
