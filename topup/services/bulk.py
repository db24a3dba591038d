"""Files of many sales: sent, started, paused, cancelled, and worked on in rounds.

Sending a file holds no money. It is sold only after a person has confirmed its total.
Each deed locks the file; all are safe to repeat.
"""

import hashlib
import time
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from topup import bulkfile
from topup.bulkerrors import BulkError, BulkTotalError
from topup.errors import NotInChargeError
from topup.models import BulkFile, BulkRow, Person, Shop
from topup.models.bulk import Ask, BulkState, RowState
from topup.services import bulkchecks, bulkfigures, bulkleases, bulkselling, opening
from topup.services.bulkfigures import LEFT

ROUND = 5.0  # seconds; then others of the same queue have their turn
MOST_OPEN_FILES = 10  # of one shop


def send(*, by: Person, shop: Shop, name: str, data: bytes, key: UUID) -> BulkFile:
    """Keep a file and have it looked at. Safe to repeat by its key.

    Errors: `BulkFileError`, `BulkError`, `NotInChargeError`.
    """
    _check_in_charge(by, shop)
    digest = hashlib.sha256(data).hexdigest()
    if found := _sent_before(shop, key, digest):
        return found
    lines = bulkfile.read(data)
    opened = BulkFile.objects.filter(shop=shop).exclude(
        state__in=[BulkState.DONE, BulkState.CANCELLED]
    )
    if opened.count() >= MOST_OPEN_FILES:
        raise BulkError(_("Too many files are open. Cancel one that is not needed."))
    file = BulkFile(
        key=key, shop=shop, made_by=by, name=_file_name(name), digest=digest,
        currency=shop.currency, row_count=len(lines), next_work_at=timezone.now(),
    )  # fmt: skip
    try:
        with transaction.atomic():
            file.save()
            BulkRow.objects.bulk_create([_row(file, line) for line in lines], batch_size=1000)
            transaction.on_commit(lambda: bulkleases.nudge(file.pk), robust=True)
    except IntegrityError:  # two presses at once
        if found := _sent_before(shop, key, digest):
            return found
        raise
    return file


def _sent_before(shop: Shop, key: UUID, digest: str) -> BulkFile | None:
    found = BulkFile.objects.filter(key=key).first()
    if found and (found.shop_id, found.digest) != (shop.pk, digest):
        raise BulkError(_("This form was already used. Open the page again."))
    return found


def _file_name(name: str) -> str:
    kept = "".join(character for character in name if character.isprintable())
    return kept.strip()[:100] or "CSV"


def _row(file: BulkFile, line: bulkfile.Line) -> BulkRow:
    reference = line.cells.get("reference", "")
    return BulkRow(
        file=file, number=line.number, cells=line.cells, reference=reference,
        reason=line.problem,
    )  # fmt: skip


@transaction.atomic
def start(*, file_id: int, by: Person, total: Decimal, key: UUID) -> BulkFile:
    """Sell the rows that are ready; those that wait for a word are left out.

    `total` is what the person says he collects for them. Safe to repeat by its key.
    Errors: `BulkTotalError` if that is not their price, `BulkError` for what stands in
    the way, such as too little float; nothing is sold then.
    """
    file = _locked(file_id, by)
    if file.start_key == key:
        return file
    if file.state != BulkState.CHECKED:
        raise BulkError
    opening.check_may_sell(shop=file.shop)
    figures = bulkfigures.figures(file)
    if not figures.to_sell:
        raise BulkError(_("No row of this file can be sold."))
    if total != figures.to_sell.price:
        raise BulkTotalError(_("This is not the total of the rows. Nothing was sold."))
    if obstacles := bulkfigures.obstacles(file, figures):
        raise BulkError(obstacles[0])
    file.rows.filter(state=RowState.ASKED).update(state=RowState.SKIPPED)
    now = timezone.now()
    file.state, file.start_key, file.started_by = BulkState.RUNNING, key, by
    file.started_at, file.next_work_at, file.confirmed_total = now, now, total
    file.save()
    transaction.on_commit(lambda: bulkleases.nudge(file.pk), robust=True)
    return file


@transaction.atomic
def pause(*, file_id: int, by: Person) -> BulkFile:
    """Open no more rows; what is under way ends by itself. Error: `BulkError`."""
    file = _locked(file_id, by)
    if file.state == BulkState.PAUSED:
        return file
    if file.state != BulkState.RUNNING:
        raise BulkError
    return _stop(file, BulkState.PAUSED)


@transaction.atomic
def resume(*, file_id: int, by: Person) -> BulkFile:
    """Go on. Error: `BulkError`."""
    file = _locked(file_id, by)
    if file.state == BulkState.RUNNING:
        return file
    if file.state != BulkState.PAUSED:
        raise BulkError
    file.state, file.note, file.next_work_at = BulkState.RUNNING, "", timezone.now()
    file.save(update_fields=["state", "note", "next_work_at"])
    transaction.on_commit(lambda: bulkleases.nudge(file.pk), robust=True)
    return file


@transaction.atomic
def cancel(*, file_id: int, by: Person) -> BulkFile:
    """Leave out all rows that are not opened. Error: `BulkError` if the file is over."""
    file = _locked(file_id, by)
    if file.state == BulkState.CANCELLED:
        return file
    if file.is_over:
        raise BulkError
    left = [RowState.UNCHECKED, RowState.ASKED, RowState.WAITING]
    file.rows.filter(state__in=left).update(state=RowState.SKIPPED)
    return _stop(file, BulkState.CANCELLED)


@transaction.atomic
def answer(*, file_id: int, by: Person, ask: Ask, is_yes: bool, total: Decimal) -> int:
    """The person's word about all rows that wait for one such: sell them, or leave them out.

    `total` is the price of these rows that he has seen. How many they were; a paused file
    goes on by `resume`. Errors: `BulkError`, `BulkTotalError` if there are others meanwhile.
    """
    file = _locked(file_id, by)
    if file.is_over or file.state == BulkState.CHECKING:
        raise BulkError
    rows = file.rows.filter(state=RowState.ASKED, ask=ask).select_for_update(of=("self",))
    ready = list(rows)
    if is_yes and sum((row.price or 0 for row in ready), Decimal(0)) != total:
        raise BulkTotalError(_("Meanwhile other rows wait for your word. Look again."))
    raised = Decimal(0)
    for row in ready:
        row.state = RowState.WAITING if is_yes else RowState.SKIPPED
        if is_yes:
            raised += (row.price or 0) - (row.most_price or 0)
            row.said, row.most_price = [*row.said, ask], row.price
    BulkRow.objects.bulk_update(ready, ["state", "said", "most_price"], batch_size=500)
    if file.confirmed_total is not None:
        file.confirmed_total += raised
        file.save(update_fields=["confirmed_total"])
    _go_on(file)
    return len(ready)


def _go_on(file: BulkFile) -> None:
    """After a person's word: a running file is due at once, a paused one may be at its end."""
    if file.state == BulkState.RUNNING:
        file.next_work_at = timezone.now()
        file.save(update_fields=["next_work_at"])
    elif file.state == BulkState.PAUSED and not file.rows.filter(state__in=LEFT).exists():
        file.state, file.note, file.ended_at = BulkState.DONE, "", timezone.now()
        file.save(update_fields=["state", "note", "ended_at"])


def work(*, file_id: int) -> None:
    """One round: look at rows, sell rows, or tidy up. Safe to repeat and to run twice at once."""
    file = bulkleases.claim(file_id)
    if file is None:
        return
    person = file.started_by or file.made_by
    with translation.override(person.language):
        at = _round(file, time.monotonic() + ROUND)
    bulkleases.release(file, at=at)
    if at and at <= timezone.now() + timedelta(milliseconds=100):
        bulkleases.nudge(file.pk)


def _round(file: BulkFile, until: float) -> datetime | None:
    if file.state == BulkState.CHECKING:
        return timezone.now() if bulkchecks.check_rows(file, until=until) else None
    if file.state == BulkState.RUNNING:
        return bulkselling.sell_rows(file, until=until)
    return bulkselling.tidy(file)


def _stop(file: BulkFile, state: BulkState) -> BulkFile:
    """No more rows. Those that are being opened now are looked after by a worker."""
    now = timezone.now()
    is_opening = file.rows.filter(state=RowState.OPENING).exists()
    file.state, file.note = state, ""
    file.next_work_at = now + bulkselling.ROW_LEASE if is_opening else None
    file.ended_at = now if file.is_over else None
    file.save(update_fields=["state", "note", "next_work_at", "ended_at"])
    return file


def _locked(file_id: int, by: Person) -> BulkFile:
    rows = BulkFile.objects.select_for_update(of=("self",)).select_related("shop__float_account")
    file = rows.get(pk=file_id)
    _check_in_charge(by, file.shop)
    return file


def _check_in_charge(by: Person, shop: Shop) -> None:
    if by.shop_id != shop.pk or not by.sees_whole_shop:
        raise NotInChargeError
