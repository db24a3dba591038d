"""`manage.py check_audit`: was the audit log touched? Names the first broken row."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from topup.models import AuditEntry
from topup.services.audit import audit_end, audit_problems, seal_audit


class Command(BaseCommand):
    help = (
        "Check the chain of the audit log, and seal its end if it is whole. Prints the end as "
        "NUMBER:DIGEST: keep it elsewhere, and give it to --had later. Exit code 1 on a problem."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--had", metavar="NUMBER:DIGEST", help="what the log must contain")

    def handle(self, *args: Any, had: str | None, **options: Any) -> None:
        problems = audit_problems()
        if had and not _has(had):
            problems.append(f"The audit log does not contain {had}.")
        if problems:
            raise CommandError("\n".join(problems))
        seal_audit()
        self.stdout.write(f"whole {end}" if (end := audit_end()) else "empty")


def _has(had: str) -> bool:
    number, _colon, digest = had.partition(":")
    return number.isdigit() and AuditEntry.objects.filter(number=number, digest=digest).exists()
