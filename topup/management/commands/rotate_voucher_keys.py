"""`manage.py rotate_voucher_keys`: everything sealed, under the first of VOUCHER_KEYS."""

from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from topup import sealing
from topup.models import AuditSeal, Factor, ProviderCall, Voucher

SEALED: tuple[type[Any], ...] = (Voucher, ProviderCall, Factor, AuditSeal)
BATCH = 500  # rows in memory at a time


class Command(BaseCommand):
    help = (
        "Seal every secret again with the first key of VOUCHER_KEYS. Safe to repeat. "
        "Exit code 1 if some could not be opened: keep the old keys then."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        unopened: list[str] = []
        for model in SEALED:
            count = 0
            for pk, sealed in _sealed_rows(model):
                try:
                    fresh = sealing.reseal(sealed)
                except sealing.SealError:
                    unopened.append(f"{model._meta.verbose_name} {pk}")
                    continue
                # Only if it is still what was read: a worker may have sealed a new one.
                count += model.objects.filter(pk=pk, sealed=sealed).update(sealed=fresh)
            self.stdout.write(f"{count} {model._meta.verbose_name_plural}")
        if unopened:
            shown = ", ".join(unopened[:20])
            raise CommandError(f"{len(unopened)} could not be opened with any key: {shown}")


def _sealed_rows(model: type[Any]) -> Iterator[tuple[int, bytes | memoryview]]:
    """Id and secret of every row that has one, a batch at a time."""
    last = 0
    while True:
        rows = model.objects.filter(pk__gt=last).exclude(sealed=b"").order_by("pk")
        batch = list(rows.values_list("pk", "sealed")[:BATCH])
        yield from batch
        if len(batch) < BATCH:
            return
        last = batch[-1][0]
