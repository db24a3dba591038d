"""`manage.py rotate_voucher_keys`: everything sealed, under the first of VOUCHER_KEYS."""

from typing import Any

from django.core.management.base import BaseCommand

from topup import sealing
from topup.models import ProviderCall, Voucher


class Command(BaseCommand):
    help = "Seal every secret again with the first key of VOUCHER_KEYS. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        for model in (Voucher, ProviderCall):
            count = 0
            for pk, sealed in model.objects.exclude(sealed=b"").values_list("pk", "sealed"):
                model.objects.filter(pk=pk, sealed=sealed).update(sealed=sealing.reseal(sealed))
                count += 1
            self.stdout.write(f"{count} {model._meta.verbose_name_plural}")
