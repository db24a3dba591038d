"""`manage.py make_roles`: the groups of the distributor's desks."""

from typing import Any

from django.core.management.base import BaseCommand

from topup.services.desks import DESKS, make_desks


class Command(BaseCommand):
    help = "Make the distributor's desks (groups), or put their rights right. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        changed = make_desks()
        for name in DESKS:
            self.stdout.write(f"{name}: {'made' if name in changed else 'as it should be'}")
