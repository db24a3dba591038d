"""The statement of a shop: every line of its float, with what it held after it.

Lines are found by their position, which the database gives without a gap: the time
a page takes does not grow with the books. A period begins with the first line of
its first day; see `position_at`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from ledger.models import Account, AccountKind, EntryKind, Line
from topup.models import DepositRequest, Sale, Shop
from topup.periods import Period

PER_PAGE = 25


@dataclass(frozen=True)
class Told:
    """One line of a float, in words."""

    position: int
    at: datetime
    what: str
    about: str  # operator, reference, shop or reason
    amount: Decimal
    balance_after: Decimal
    commission: Decimal | None = None  # of a sale and of its refund
    msisdn: str = ""
    sale_key: str = ""


@dataclass(frozen=True)
class Range:
    """The lines of a period by position: from `first` up to, not including, `end`."""

    first: int
    end: int


@dataclass(frozen=True)
class Statement:
    """A page of lines, newest first, and what the float held before and after the period."""

    lines: list[Told]
    opening: Decimal
    closing: Decimal
    older: int | None  # the position to go on before


def statement(*, shop: Shop, period: Period, before: int | None = None) -> Statement:
    """The lines of a period, a page of them, those before a position if told."""
    found = range_of(shop, period)
    end = min(before, found.end) if before else found.end
    lines = list(_lines(shop.float_account, Range(found.first, end)).reverse()[: PER_PAGE + 1])
    shown = tell(shop.float_account, lines[:PER_PAGE])
    older = shown[-1].position if len(lines) > PER_PAGE else None
    opening, closing = _balances(shop.float_account, found)
    return Statement(lines=shown, opening=opening, closing=closing, older=older)


def range_of(shop: Shop, period: Period) -> Range:
    """Which lines a period has, by the days of the shop."""
    begin, end = period.moments(shop.zone)
    account = shop.float_account
    return Range(position_at(account, begin), position_at(account, end))


def all_lines(*, shop: Shop, found: Range, size: int = 500) -> Iterator[list[Told]]:
    """The lines of a range, oldest first, in pieces that fit into memory."""
    first = found.first
    while lines := list(_lines(shop.float_account, Range(first, found.end))[:size]):
        yield tell(shop.float_account, lines)
        first = (lines[-1].position or 0) + 1


def balance_before(shop: Shop, found: Range) -> Decimal:
    """What the float held before the first line of a range."""
    return _balances(shop.float_account, found)[0]


def _lines(account: Account, found: Range) -> QuerySet[Line]:
    lines = Line.objects.filter(
        account=account, position__gte=found.first, position__lt=found.end
    ).select_related("entry")
    return lines.order_by("position")


def _balances(account: Account, found: Range) -> tuple[Decimal, Decimal]:
    """What the float held before the first line of a range, and after its last."""
    wanted = [found.first - 1, found.end - 1]
    kept = dict(
        Line.objects.filter(account=account, position__in=wanted).values_list(
            "position", "balance_after"
        )
    )
    opening, closing = (kept.get(position) or Decimal(0) for position in wanted)
    return opening, closing


def position_at(account: Account, moment: datetime) -> int:
    """The position of the first line after a moment: that of the last one before it, and one.

    Halves the positions until they meet, so it reads some twenty lines of a million.
    An entry gets its time a little before its line gets its place, so neighbours may
    be the wrong way round; a look at those that follow makes the answer one and the
    same whenever it is asked.
    """
    with connection.cursor() as cursor:
        cursor.execute(_POSITION, {"account": account.pk, "moment": moment})
        return int(cursor.fetchone()[0])


_POSITION = """
    WITH RECURSIVE halves (low, high) AS (
        SELECT 1::bigint, line_count + 1 FROM ledger_account WHERE id = %(account)s
         UNION ALL
        SELECT CASE WHEN told.is_before THEN told.middle + 1 ELSE low END,
               CASE WHEN told.is_before THEN high ELSE told.middle END
          FROM halves
         CROSS JOIN LATERAL (
               SELECT l.position AS middle, e.posted_at < %(moment)s AS is_before
                 FROM ledger_line l JOIN ledger_entry e ON e.id = l.entry_id
                WHERE l.account_id = %(account)s AND l.position = (low + high) / 2) told
         WHERE low < high
    )
    SELECT GREATEST(halves.low, COALESCE((
               SELECT MAX(l.position) + 1 FROM ledger_line l
                 JOIN ledger_entry e ON e.id = l.entry_id
                WHERE l.account_id = %(account)s AND e.posted_at < %(moment)s
                  AND l.position BETWEEN halves.low AND halves.low + 50), 0))
      FROM halves WHERE low = high
"""


def tell(account: Account, lines: Sequence[Line]) -> list[Told]:
    """Lines in words, in the language that is active. Three queries for any number of them."""
    sales = {
        sale.correlation_id: sale
        for sale in Sale.objects.filter(
            correlation_id__in={line.entry.reference for line in lines if line.entry.reference}
        ).defer("snapshot")
    }
    entries = [line.entry_id for line in lines]
    deposits = dict(
        DepositRequest.objects.filter(entry__in=entries).values_list("entry_id", "reference")
    )
    others = {
        line.entry_id: line.account
        for line in Line.objects.filter(
            entry__in=[line.entry_id for line in lines if line.entry.kind == EntryKind.TRANSFER],
            account__kind=AccountKind.FLOAT,
        ).exclude(account=account).select_related("account__shop")
    }  # fmt: skip
    return [
        _told(line, sales.get(line.entry.reference), deposits.get(line.entry_id, ""),
              others.get(line.entry_id))
        for line in lines
    ]  # fmt: skip


def _told(line: Line, sale: Sale | None, deposit: str, other: Account | None) -> Told:
    what, about = _words(line, deposit, other)
    if sale:
        about = sale.operator_name or sale.product_name or sale.sku_name
    return Told(
        position=line.position or 0,
        at=line.entry.posted_at,
        what=what,
        about=about,
        amount=line.amount,
        balance_after=line.balance_after or Decimal(0),
        commission=_commission(line, sale),
        msisdn=sale.recipient if sale else "",
        sale_key=sale.correlation_id if sale else "",
    )


def _words(line: Line, deposit: str, other: Account | None) -> tuple[str, str]:
    entry = line.entry
    if other is not None:
        name = getattr(getattr(other, "shop", None), "name", "")
        return (_("Transfer out") if line.amount < 0 else _("Transfer in")), name
    what = {
        EntryKind.SALE: _("Sale"),
        EntryKind.REFUND: _("Refund"),
        EntryKind.DEPOSIT: _("Deposit"),
        EntryKind.CORRECTION: _("Correction"),
    }.get(EntryKind(entry.kind), str(EntryKind(entry.kind).label).capitalize())
    return what, deposit or entry.memo


def _commission(line: Line, sale: Sale | None) -> Decimal | None:
    """What the shop earned by this line; taken back with a refund."""
    if sale is None or line.entry.kind not in {EntryKind.SALE, EntryKind.REFUND}:
        return None
    commission: Decimal = sale.commission
    return commission if line.amount < 0 else -commission
