"""What must be so before a database that was brought back from a backup sells again.

The backup does not know what was done after it was made; the provider does, and so do
customers. Whatever in it might be sold a second time under the key it has, or as if it had
not been sold, is ended here. Calls no provider; in one transaction with the restore itself.
"""

from dataclasses import dataclass

from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from topup.models import (
    Basket,
    BasketItem,
    BulkFile,
    KioskClaim,
    KioskOffer,
    ProviderCall,
    Sale,
    Stop,
)
from topup.models.alarm import StopKind
from topup.models.basket import BasketState
from topup.models.bulk import BulkState, RowState
from topup.models.offer import LIVE, OfferState
from topup.services import alarms
from topup.services.moves import move
from topup.states import SaleState

NOTE = "a backup was restored: it may have been sent after the backup was made"
#: Rows made after the backup had numbers that are on paper, in pages and in messages.
GAP = 100_000


@dataclass(frozen=True)
class Aftermath:
    """How much was ended: sales that are asked about, files, items of baskets, offers."""

    asked: int
    files: int
    items: int
    offers: int


@transaction.atomic
def settle_restored(*, made_at: str) -> Aftermath:
    """Stop selling, and end what might be sold twice. Safe to repeat.

    A person lifts the stop after he has compared with the provider: docs/operations.md.
    """
    _stop_selling(made_at)
    leave_gap()
    Session.objects.all().delete()
    return Aftermath(doubt_unsent(), cancel_files(), empty_baskets(), end_offers())


def _stop_selling(made_at: str) -> None:
    reason = f"restored from a backup of {made_at}"
    alarms.stop(StopKind.SELLING, reason)
    stopped = Stop.objects.filter(kind=StopKind.SELLING, cleared_at=None)
    for one in stopped.exclude(reason__contains=reason):  # it was stopped when it was backed up
        one.reason = f"{reason}; before that: {one.reason}"[:300]
        one.save(update_fields=["reason"])


def doubt_unsent() -> int:
    """Sales that the backup has as not sent: never sent from here, but asked about.

    The same as for a worker that did not come back. Each gets its one row of an order, so
    that the database refuses a second. An order of the product that ran after the backup
    left before now, so the grace for "not known" counts from now.
    """
    now, asked = timezone.now(), 0
    for sale in Sale.objects.filter(state=SaleState.CREATED).order_by("pk"):
        if not move(sale, SaleState.SUBMITTED, note=NOTE, submitted_at=now, send_before=now):
            continue
        ProviderCall.objects.create(sale=sale, call="order", started_at=now, error=NOTE)
        asked += move(sale, SaleState.IN_DOUBT, note="asked, never sent again", next_poll_at=now)
    return asked


def cancel_files() -> int:
    """Bulk files in the middle: what of them was sold since is not known, so nothing more is.

    A row that was not sold yet may have been, under a key of its own or one made later.
    """
    files = BulkFile.objects.exclude(state__in=[BulkState.DONE, BulkState.CANCELLED])
    count = 0
    for file in files.select_related("made_by", "started_by"):
        with translation.override((file.started_by or file.made_by).language):
            told = _(
                "A backup was restored. What was sold from this file since then is not known "
                "here. Find out what arrived before you send it again."
            )
        _leave_out(file, told)
        now = timezone.now()
        BulkFile.objects.filter(pk=file.pk).update(
            state=BulkState.CANCELLED, note=told[:300], next_work_at=None, ended_at=now
        )
        count += 1
    return count


def _leave_out(file: BulkFile, told: str) -> None:
    opening = file.rows.filter(state=RowState.OPENING)
    sold = Sale.objects.filter(correlation_id__in=opening.values("correlation_id"))
    opening.filter(correlation_id__in=sold.values("correlation_id")).update(
        state=RowState.OPENED, due_at=None
    )
    left = [RowState.UNCHECKED, RowState.ASKED, RowState.WAITING, RowState.OPENING]
    file.rows.filter(state__in=left).update(state=RowState.SKIPPED, reason=told[:300], due_at=None)


def empty_baskets() -> int:
    """Items keep the key of their sale for as long as they lie there: they go."""
    items = BasketItem.objects.filter(basket__state=BasketState.OPEN, sale=None)
    count = items.count()
    items.delete()
    Basket.objects.filter(state=BasketState.OPEN).delete()
    return count


def end_offers() -> int:
    """Offers of kiosks: a claim keeps its key, and who was served may come back with the code."""
    now, live = timezone.now(), KioskOffer.objects.filter(state__in=LIVE)
    KioskClaim.objects.filter(offer__in=live.values("pk"), ended_at=None).update(ended_at=now)
    return live.update(state=OfferState.EXPIRED, ended_at=now)


def leave_gap() -> None:
    """New rows get numbers that no row made after the backup can have had."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(format('%%I.%%I', schemaname, sequencename)::regclass,"
            " last_value + %s) FROM pg_sequences WHERE last_value IS NOT NULL"
            " AND schemaname = current_schema() AND data_type = 'bigint'::regtype"
            " AND (sequencename LIKE 'topup_%%' OR sequencename LIKE 'ledger_%%')",
            [GAP],
        )
