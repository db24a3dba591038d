"""`manage.py reset_factor NAME`: for the one superuser who lost app and recovery codes."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from topup.models import Person
from topup.services.second_factor import factor_of, reset


class Command(BaseCommand):
    help = "Take a person's second factor away; the next sign-in sets up a new one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, username: str, **options: Any) -> None:
        person = Person.objects.filter(username=username).first()
        if person is None or factor_of(person) is None:
            raise CommandError(f"{username} has no second factor.")
        reset(person=person, by=None)
        self.stdout.write(
            f"Taken away. Whoever signs in as {username} next sets up a new one: "
            f"give a new password first (manage.py changepassword {username})."
        )
