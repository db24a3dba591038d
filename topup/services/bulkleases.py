"""One worker at a time has a file: a lease in its row, which is also how its work is found.

Whoever writes for a file shows the lease that it has; one that has lost it writes nothing.
"""

from datetime import datetime, timedelta
from typing import Any

from celery import current_app
from django.db import transaction
from django.utils import timezone

from topup.models import BulkFile
from topup.models.bulk import BulkState

#: Longer than one row may take: a lookup, an estimate and the sale.
LEASE = timedelta(seconds=45)
BATCH = 50


@transaction.atomic
def claim(file_id: int) -> BulkFile | None:
    """The file, leased to the caller; None if it is not due or somebody has it."""
    due = BulkFile.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        pk=file_id, next_work_at__lte=timezone.now()
    )
    file = due.select_related("shop__float_account", "made_by", "started_by").first()
    if file is None:
        return None
    file.next_work_at = timezone.now() + LEASE
    file.save(update_fields=["next_work_at"])
    return file


def renew(file: BulkFile, *, state: BulkState, **changes: Any) -> bool:
    """Hold the lease longer and write changes; False if it is lost or the state is another.

    In a transaction it also holds the row: nobody pauses or cancels until its end.
    """
    lease = timezone.now() + LEASE
    if not _write(file, state, next_work_at=lease, **changes):
        return False
    file.next_work_at = lease
    return True


def release(file: BulkFile, *, at: datetime | None) -> None:
    """Give the file back; it is due again `at` then, or never if None."""
    rows = BulkFile.objects.filter(pk=file.pk, next_work_at=file.next_work_at)
    rows.update(next_work_at=at)


def end(
    file: BulkFile, *, was: BulkState, state: BulkState, note: str = "", at: datetime | None = None,
    **more: Any,
) -> bool:  # fmt: skip
    """Leave the state `was`; due again `at` then, or never. False if the lease is lost."""
    return _write(file, was, next_work_at=at, state=state, note=note[:300], **more)


def _write(file: BulkFile, was: BulkState, **changes: Any) -> bool:
    mine = BulkFile.objects.filter(pk=file.pk, next_work_at=file.next_work_at, state=was)
    return bool(mine.update(**changes))


def due() -> list[int]:
    """Files that a worker should take up: new ones, and those whose worker is gone."""
    rows = BulkFile.objects.filter(next_work_at__lte=timezone.now()).order_by("next_work_at")
    return list(rows.values_list("pk", flat=True)[:BATCH])


def nudge(file_id: int) -> None:
    """Tell a worker at once; the sweep would find the file without it."""
    current_app.send_task("topup.bulk_task", [file_id], queue="catalogue", expires=30)
