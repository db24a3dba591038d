"""`manage.py check_books`: does every cent add up, now?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from topup import books


class Command(BaseCommand):
    help = "Check the ledger and every sale against it. Exit code 1 if something is wrong."

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(books.problems())
        for line in found:
            self.stderr.write(line)
        if found:
            raise CommandError(f"{len(found)} problems in the books.")
        self.stdout.write("The books are right.")
