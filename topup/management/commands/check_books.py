"""`manage.py check_books`: does every cent add up, now?"""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from topup import books


class Command(BaseCommand):
    help = "Check the ledger and every sale against it. Exit code 1 if something is wrong."

    def handle(self, *args: Any, **options: Any) -> None:
        count = 0
        for name, part in books.PARTS.items():
            began = time.monotonic()
            found = list(part())
            count += len(found)
            for line in found:
                self.stderr.write(line)
            took = time.monotonic() - began
            self.stdout.write(f"{name}: {len(found) or 'no'} problems, {took:.1f} s")
        if count:
            raise CommandError(f"{count} problems in the books.")
        self.stdout.write("The books are right.")
