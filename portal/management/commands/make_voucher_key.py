"""Prints a new key for VOUCHER_KEYS. Needs no settings: they ask for it."""

from typing import Any

from cryptography.fernet import Fernet
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Prints a new key for VOUCHER_KEYS. To rotate, put it before the old ones."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(Fernet.generate_key().decode())
