"""Selling the rows of a file, a few at a time, by the same steps as at the counter.

A row's key is stored before its sale is opened, and whoever takes the row up again looks
for the sale of that key first: a kill at any moment leads to one sale. The orders are sent
by the workers of all sales; so few rows are in flight that the counter does not wait.
"""

import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Count, Exists, Min, OuterRef, Q, Value
from django.db.models.fields.json import KT
from django.utils import timezone
from django.utils.translation import gettext as _
from structlog.contextvars import bound_contextvars

from topup.answers import Answers
from topup.errors import (
    InsufficientFloatError,
    NotSellableError,
    PriceChangedError,
    QuoteExpiredError,
    SaleConflictError,
    SellingStoppedError,
    ShopFrozenError,
    TopupError,
)
from topup.models import BulkFile, BulkRow, Kind, Person, Sale
from topup.models.bulk import Ask, BulkState, RowState
from topup.models.safety import Rule
from topup.safetyerrors import OperatorPausedError, SafetyError
from topup.services import bulkleases, opening, pricing, samegoods
from topup.services.bulkchecks import SAME_WITHIN
from topup.services.pricing import Quote
from topup.services.safety import PlainAccount
from topup.states import GIVEN_BACK, UNFINISHED, SaleState

ROW_LEASE = timedelta(seconds=60)  # for the opening of one sale
#: Rows of all files together that wait for a thread or have one; there are 16 threads.
MOST_IN_FLIGHT = 8
#: So many without an answer, and the file waits: the provider has trouble.
MOST_OPEN = 40
MOST_REFUSED = 10  # one after the other, and a person has to look
_PATIENCE, _PAUSE = 2.0, 0.05  # seconds
_IN_FLIGHT = (SaleState.CREATED, SaleState.SUBMITTED)
_OPEN = (*_IN_FLIGHT, SaleState.PENDING, SaleState.IN_DOUBT)
log = structlog.get_logger(__name__)


class _PauseError(Exception):
    """The file stops; the row stays as it was. The text is for the person."""


class _LostError(Exception):
    """Somebody else has the row by now, or it was given up."""


@dataclass
class _Run:
    refused: int = 0


def sell_rows(file: BulkFile, *, until: float) -> datetime | None:
    """Sell rows until a moment (monotonic). When there is more to do, or None."""
    run, idle = _Run(), time.monotonic() + _PATIENCE
    while time.monotonic() < until and time.monotonic() < idle:
        if problem := _not_allowed(file):
            _pause(file, problem)
            return None
        if _is_full(file):
            time.sleep(_PAUSE)
            continue
        row = _claim_row(file)
        if row is None:
            return _rest(file)
        idle = time.monotonic() + _PATIENCE
        try:
            _sell(file, row, run)
        except _PauseError as stop:
            _pause(file, str(stop))
            return None
    return timezone.now()


def _not_allowed(file: BulkFile) -> str:
    """Why nobody sells for this person now; "" if he may. Read anew for every row."""
    people = Person.objects.filter(shop=file.shop_id, is_active=True)
    person = people.filter(pk=file.started_by_id).first() if file.started_by_id else None
    if person is None or not person.sees_whole_shop:
        return _("Whoever started this file may not sell here any more.")
    return ""


def _is_full(file: BulkFile) -> bool:
    """True while enough rows are under way; of this file, of all, or without an answer."""
    under_way = Sale.objects.filter(state__in=_OPEN).values("correlation_id", "state")
    flying = Sale.objects.filter(state__in=_IN_FLIGHT).values("correlation_id")
    rows = BulkRow.objects.filter(correlation_id__in=under_way.values("correlation_id"))
    own, is_flying = Q(file=file), Q(correlation_id__in=flying)
    found = rows.aggregate(
        open=Count("pk", filter=own), own=Count("pk", filter=own & is_flying),
        all=Count("pk", filter=is_flying),
    )  # fmt: skip
    return bool(
        found["open"] >= MOST_OPEN
        or found["own"] >= settings.BULK_IN_FLIGHT
        or found["all"] >= MOST_IN_FLIGHT
    )


@transaction.atomic
def _claim_row(file: BulkFile) -> BulkRow | None:
    """The next row, its key made and stored; None if there is none or the file is not ours.

    Two questions that an index answers in its order: one for both would sort all that are left.
    """
    if not bulkleases.renew(file, state=BulkState.RUNNING):
        return None
    now = timezone.now()
    rows = BulkRow.objects.select_for_update(skip_locked=True, of=("self",)).filter(file=file)
    rows = rows.order_by("number")
    lost = rows.filter(state=RowState.OPENING, due_at__lte=now)
    free = rows.filter(Q(due_at=None) | Q(due_at__lte=now), state=RowState.WAITING)
    row = lost.first() or free.first()
    if row is None:
        return None
    row.state, row.due_at = RowState.OPENING, now + ROW_LEASE
    row.correlation_id = row.correlation_id or str(uuid4())
    row.save(update_fields=["state", "due_at", "correlation_id"])
    return row


def _sell(file: BulkFile, row: BulkRow, run: _Run) -> None:
    with bound_contextvars(correlation_id=row.correlation_id):
        try:
            _open(file, row)
            run.refused = 0
        except (InsufficientFloatError, ShopFrozenError, SellingStoppedError) as error:
            _leave(row, RowState.WAITING)
            raise _PauseError(error.message) from None
        except OperatorPausedError:
            _leave(row, RowState.WAITING, due_at=timezone.now() + timedelta(seconds=60))
        except (PriceChangedError, QuoteExpiredError):
            _leave(row, RowState.WAITING, due_at=timezone.now() + timedelta(seconds=2))
        except TopupError as error:
            run.refused += 1
            _leave(row, RowState.REFUSED, reason=error.message[:300])
            if run.refused >= MOST_REFUSED:
                raise _PauseError(error.message) from None
        except Exception:
            log.exception("a row of a bulk file was not opened", file=file.pk, row=row.number)
            if _sale_of(row) is None:
                _leave(row, RowState.WAITING)
            raise _PauseError(_("Something went wrong on our side. Press to go on.")) from None


def _open(file: BulkFile, row: BulkRow) -> None:
    if _sale_of(row):
        _leave(row, RowState.OPENED)
        return
    if row.sku is None or row.face_value is None or row.most_price is None:
        raise NotSellableError
    if row.sku.face_currency != row.face_currency:  # the amount would be of other money
        raise NotSellableError
    if Ask.REPEAT not in row.said and _was_sold_elsewhere(file, row):
        reason = _("The same was sold to this number within a day.")
        _leave(row, RowState.ASKED, ask=Ask.REPEAT, reason=reason)
        return
    quote = pricing.quote(
        shop=file.shop, sku=row.sku, face_value=row.face_value, recipient=row.recipient,
        extras={"account_number": row.account} if row.account else {}, key=str(row.correlation_id),
    )  # fmt: skip
    if quote.price > most_of(row.most_price):
        reason = _("It costs %(price)s %(currency)s now, %(before)s before.") % {
            "price": f"{quote.price.normalize():f}", "currency": quote.currency,
            "before": f"{row.most_price.normalize():f}",
        }  # fmt: skip
        _leave(row, RowState.ASKED, ask=Ask.PRICE, reason=reason, price=quote.price,
               charge=quote.charge)  # fmt: skip
        return
    if row.due_at and timezone.now() >= row.due_at:  # held up too long: another one may have it
        return
    try:
        _open_sale(file, row, quote)
    except _LostError:
        return
    except SafetyError as error:
        if _sale_of(row) is None:
            _ask(row, error)
            return
    except SaleConflictError:
        pass  # another one has opened it, at a price of its own
    _leave(row, RowState.OPENED)


def _was_sold_elsewhere(file: BulkFile, row: BulkRow) -> bool:
    """True if the shop sold the same since yesterday: at the counter, or from another file.

    The pre-check may be old, and the same file may have been sent and started twice.
    """
    assert row.sku_id is not None
    same = samegoods.same_sales(
        sku_id=row.sku_id, face_value=row.face_value, face_currency=row.face_currency
    )
    sales = Sale.objects.filter(
        same, shop=file.shop_id, created_at__gt=timezone.now() - SAME_WITHIN
    ).exclude(state__in=GIVEN_BACK)
    if row.account:
        account = sales.alias(account=PlainAccount(KT("extras__account_number")))
        sales = account.filter(kind=Kind.BILL, account=PlainAccount(Value(row.account)))
    else:
        sales = sales.filter(recipient=row.recipient)
    own = BulkRow.objects.filter(file=file, correlation_id=OuterRef("correlation_id"))
    return sales.exclude(Exists(own)).exists()


def most_of(price: Decimal) -> Decimal:
    """What may be paid for a row without asking again."""
    return price * (1 + Decimal(str(settings.BULK_PRICE_TOLERANCE)) / 100)


def _open_sale(file: BulkFile, row: BulkRow, quote: Quote) -> None:
    """Open it; what the person has said for the file answers what is asked.

    Error: `SafetyError` for what he has not said.
    """
    said = {Rule.MONEY.value, *row.said}  # the money was confirmed for the whole file
    given: dict[str, Any] = {
        "agent": file.started_by, "quote": quote, "at_till": False, "fence": lambda: _hold(row),
        "beside": _beside(file, row),
    }  # fmt: skip
    twice = Answers(second_time=Ask.REPEAT in said)
    try:
        opening.open_sale(answers=twice, **given)
    except SafetyError as error:
        if {one.rule.value for one in error.questions} - said:
            raise
        answers = replace(
            twice,
            words={one.rule: one.digits or "yes" for one in error.questions},
            tokens={one.rule: one.token for one in error.questions},
        )
        opening.open_sale(answers=answers, **given)


def _beside(file: BulkFile, row: BulkRow) -> list[str]:
    """Keys of the file's own unfinished sales to the same: who started it saw them together.

    The same goods twice were asked about when the file was looked at.
    """
    open_ones = Sale.objects.filter(shop=file.shop_id, state__in=UNFINISHED)
    if row.account:
        open_ones = open_ones.alias(account=KT("extras__account_number"))
        open_ones = open_ones.filter(kind=Kind.BILL, account=row.account)
    else:
        open_ones = open_ones.filter(recipient=row.recipient)
    keys = list(open_ones.values_list("correlation_id", flat=True))
    own = file.rows.filter(correlation_id__in=keys)
    return [str(key) for key in own.values_list("correlation_id", flat=True)]


def _hold(row: BulkRow) -> None:
    """Lock the row until its sale is made. Error: `_LostError` if it is not ours any more.

    A worker that was frozen may come back after its row was left out or sold by another.
    """
    rows = BulkRow.objects.select_for_update(of=("self",))
    if rows.filter(pk=row.pk, state=RowState.OPENING, due_at=row.due_at).first() is None:
        raise _LostError


def _ask(row: BulkRow, error: SafetyError) -> None:
    asked = {one.rule.value for one in error.questions} - {*row.said}
    ask = Ask.REPEAT if Rule.REPEAT.value in asked else Ask.LARGE
    _leave(row, RowState.ASKED, ask=ask, reason=error.message[:300])


def _sale_of(row: BulkRow) -> Sale | None:
    return Sale.objects.filter(correlation_id=row.correlation_id).only("pk").first()


def _leave(row: BulkRow, state: RowState, **changes: Any) -> None:
    """End the opening of a row; nothing happens if another worker has it meanwhile."""
    mine = BulkRow.objects.filter(pk=row.pk, state=RowState.OPENING, due_at=row.due_at)
    mine.update(**{"state": state, "due_at": None} | changes)


def _rest(file: BulkFile) -> datetime | None:
    """No row is free now: when one will be; or the file ends, or waits for a person."""
    rows = file.rows.filter(state__in=[RowState.WAITING, RowState.OPENING])
    found = rows.aggregate(at=Min("due_at"), count=Count("pk"))
    if found["count"]:
        return max(found["at"] or timezone.now(), timezone.now())
    if file.rows.filter(state=RowState.ASKED).exists():
        _pause(file, _("The rest waits for your word."))
    else:
        now = timezone.now()
        bulkleases.end(file, was=BulkState.RUNNING, state=BulkState.DONE, ended_at=now)
    return None


def _pause(file: BulkFile, note: str) -> None:
    """Stop for a person. Rows of a killed worker are tidied up when their time is over."""
    bulkleases.end(
        file, was=BulkState.RUNNING, state=BulkState.PAUSED, note=note, at=_opening_until(file)
    )


def _opening_until(file: BulkFile) -> datetime | None:
    found = file.rows.filter(state=RowState.OPENING).aggregate(at=Min("due_at"))
    at: datetime | None = found["at"]
    return at


def tidy(file: BulkFile) -> datetime | None:
    """Rows that were being opened when the file was stopped: sold, or as they were before."""
    with transaction.atomic():
        rows = file.rows.select_for_update(skip_locked=True, of=("self",))
        for row in rows.filter(state=RowState.OPENING, due_at__lte=timezone.now()):
            before = RowState.SKIPPED if file.is_over else RowState.WAITING
            _leave(row, RowState.OPENED if _sale_of(row) else before)
    return _opening_until(file)
