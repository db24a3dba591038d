"""Files for spreadsheets: CSV and XLSX, made row by row in bounded memory.

No cell can be a formula: text that a spreadsheet would run gets a ' before it in
CSV, and in XLSX text cells are text. Amounts are numbers with their currency beside
them; times are the shop's: with their offset in CSV, cells that a spreadsheet can reckon with
in XLSX, which knows no zone, so the heading names it. A code or PIN is never in a file.
"""

import csv
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any, cast
from zoneinfo import ZoneInfo

import xlsxwriter
from django.db.models import Q
from django.http import FileResponse, StreamingHttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from topup import rulewords
from topup.models import Person, Sale, Shop
from topup.periods import Period
from topup.services.receipts import number_of
from topup.services.reports import By, Row
from topup.services.statements import Told, all_lines, balance_before, range_of

Cell = str | Decimal | int | datetime | date | None  # a datetime is of the zone it is shown in
Cells = Sequence[Cell]
#: What a spreadsheet takes for the beginning of a formula, and its full-width twins.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
BLANK = " \N{NO-BREAK SPACE}\N{ZERO WIDTH SPACE}\N{ZERO WIDTH NO-BREAK SPACE}"  # may lie before
#: Where a spreadsheet of another country may begin a new cell, or any a new row.
_CUT = re.compile(rf"([;\t\r\n][;\s\"{BLANK}]*)(?=[{re.escape(''.join(FORMULA))}])")
BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"  # without it Excel reads UTF-8 as something else
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 1_000_000  # a sheet has room for 1,048,576
BATCH = 500


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_chunks(head: Cells, rows: Iterable[Cells]) -> Iterator[bytes]:
    """A CSV file in pieces, as its rows come."""
    writer = csv.writer(_Echo())
    yield (BOM + writer.writerow([csv_cell(cell) for cell in head])).encode()
    for row in rows:
        yield str(writer.writerow([csv_cell(cell) for cell in row])).encode()


def csv_cell(cell: Cell) -> str:
    """A cell as text; words that would be run as a formula begin with a '.

    So do those after a mark at which a spreadsheet cuts that does not cut at commas.
    """
    if cell is None:
        return ""
    if isinstance(cell, str):
        text = _CUT.sub(r"\1'", cell)
        return f"'{text}" if cell.lstrip(BLANK).startswith(FORMULA) else text
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="seconds")
    return f"{cell:f}" if isinstance(cell, Decimal) else str(cell)


def xlsx_file(head: Cells, rows: Iterable[Cells]) -> IO[bytes]:
    """An XLSX file on the disk, at its beginning; it is gone when it is closed."""
    target = tempfile.TemporaryFile()  # noqa: SIM115  whoever sends it closes it
    options = {
        "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
        "strings_to_numbers": False,
    }  # fmt: skip
    book = xlsxwriter.Workbook(target, options)
    sheet = book.add_worksheet()
    bold, formats = book.add_format({"bold": True}), _Formats(book)
    sheet.freeze_panes(1, 0)
    for column, cell in enumerate(head):
        sheet.set_column(column, column, 18)
        sheet.write_string(0, column, str(cell), bold)
    for number, row in enumerate(rows, start=1):
        if number > MOST_ROWS:
            sheet.write_string(number, 0, _("There is more: take the CSV file."))
            break
        for column, cell in enumerate(row):
            _write(sheet, number, column, cell, formats)
    book.close()
    target.seek(0)
    return target


class _Formats:
    """How the cells of a sheet are written."""

    def __init__(self, book: Any) -> None:
        self.amount = book.add_format({"num_format": "0.00##"})
        self.moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self.day = book.add_format({"num_format": "yyyy-mm-dd"})


def _write(sheet: Any, row: int, column: int, cell: Cell, formats: _Formats) -> None:
    if cell is None or cell == "":
        return
    if isinstance(cell, Decimal):
        sheet.write_number(row, column, cell, formats.amount)
    elif isinstance(cell, datetime):  # which is a date, too
        plain = cell.replace(tzinfo=None, microsecond=0)
        sheet.write_datetime(row, column, plain, formats.moment)
    elif isinstance(cell, date):
        sheet.write_datetime(row, column, cell, formats.day)
    elif isinstance(cell, int):
        sheet.write_number(row, column, cell)
    else:
        sheet.write_string(row, column, str(cell))


def answer(name: str, head: Cells, rows: Iterable[Cells]) -> StreamingHttpResponse | FileResponse:
    """A download: CSV is sent while it is made, XLSX is made on the disk and then sent."""
    if name.endswith(".xlsx"):
        made = xlsx_file(head, rows)
        return FileResponse(made, as_attachment=True, filename=name, content_type=XLSX)
    return StreamingHttpResponse(
        csv_chunks(head, rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def moment(at: datetime | None, zone: ZoneInfo) -> datetime | None:
    """A time by the clock of the shop."""
    return at.astimezone(zone) if at else None


def of_zone(name: str, shop: Shop) -> str:
    """The heading of times: "Begun (America/Jamaica)"."""
    return f"{name} ({shop.zone.key})"


def statement_head(shop: Shop) -> list[str]:
    return [
        _("No."), of_zone(_("Time"), shop), _("What"), _("Number"), _("Details"), _("Amount"),
        _("Balance after"), _("Commission"), _("Currency"), _("Reference"),
    ]  # fmt: skip


def statement_rows(*, shop: Shop, period: Period) -> Iterator[Cells]:
    """Every line of a period, oldest first, between what the float held before and after.

    In the language of the first row.
    """
    language = translation.get_language() or "en"
    opening, closing = _("Opening balance"), _("Closing balance")
    found, (begin, end) = range_of(shop, period), period.moments(shop.zone)
    pieces = all_lines(shop=shop, found=found, size=BATCH)
    balance: Decimal | None = None
    while True:
        with translation.override(language):  # the page's own is over when the file is read
            piece = next(pieces, None)
        if piece is None:
            break
        if balance is None:
            yield _balance_row(opening, begin, piece[0].balance_after - piece[0].amount, shop)
        yield from (_statement_row(line, shop) for line in piece)
        balance = piece[-1].balance_after
    if balance is None:  # nothing moved
        balance = balance_before(shop, found)
        yield _balance_row(opening, begin, balance, shop)
    yield _balance_row(closing, min(end, timezone.now()), balance, shop)


def _balance_row(name: str, at: datetime, balance: Decimal, shop: Shop) -> Cells:
    told = [None, moment(at, shop.zone), name, "", "", None, balance, None, shop.currency, ""]
    return cast(Cells, told)


def _statement_row(line: Told, shop: Shop) -> Cells:
    return [
        line.position, moment(line.at, shop.zone), line.what, line.msisdn, line.about,
        line.amount, line.balance_after, line.commission, shop.currency, line.sale_key,
    ]  # fmt: skip


def sales_head(shop: Shop) -> list[str]:
    return [
        _("Receipt"), of_zone(_("Final word"), shop), of_zone(_("Begun"), shop), _("State"),
        _("Number"), _("Kind"), _("Country"), _("Operator"), _("Product"), _("Face value"),
        _("Face value in"), _("Cashier"), _("Shift"), _("Price"), _("Commission"), _("Rule"),
        _("Float paid"), _("Currency"), _("Paid by"), _("Collected"), _("Collected in"),
        _("Receives"), _("Received in"), _("Reference"), _("Provider's reference"),
    ]  # fmt: skip


def sales_rows(*, shop: Shop, period: Period, agent: Person | None = None) -> Iterator[Cells]:
    """The sales that ended in a period, oldest first; a refund is seen by its state."""
    language = translation.get_language() or "en"
    begin, end = period.moments(shop.zone)
    sales = Sale.objects.filter(shop=shop, settled_at__gte=begin, settled_at__lt=end)
    if agent:
        sales = sales.filter(agent=agent)
    joined = ("agent", "shift", "commission_rule__book")
    sales = sales.select_related(*joined).defer("snapshot").order_by("settled_at", "pk")
    piece = list(sales[:BATCH])
    while piece:
        with translation.override(language):
            yield from [_sale_row(sale, shop) for sale in piece]
        last = piece[-1]
        after = Q(settled_at__gt=last.settled_at) | Q(settled_at=last.settled_at, pk__gt=last.pk)
        piece = list(sales.filter(settled_at__gte=last.settled_at).filter(after)[:BATCH])


def _sale_row(sale: Sale, shop: Shop) -> Cells:
    rule = sale.commission_rule
    return [
        number_of(sale), moment(sale.settled_at, shop.zone), moment(sale.created_at, shop.zone),
        sale.get_state_display(), sale.recipient, sale.get_kind_display(), sale.country_code,
        sale.operator_name or sale.product_name, sale.sku_name, sale.face_value * sale.months,
        sale.face_currency, sale.agent.get_username(), sale.shift.number if sale.shift else None,
        sale.price, sale.commission, rulewords.paid_by(rule) if rule else "", sale.charge,
        sale.currency, str(sale.get_tender_display()), sale.collected_amount,
        sale.collected_currency, sale.delivered_amount, sale.delivered_currency,
        sale.correlation_id, sale.provider_reference,
    ]  # fmt: skip


#: Columns of a report for the shop, and what only the distributor sees.
SHOP_COLUMNS = ("sales", "refused", "refunds", "price", "commission", "charge")
HOUSE_COLUMNS = (*SHOP_COLUMNS, "cost", "income", "margin", "variance")


def report_head(by: By, columns: Sequence[str]) -> list[str]:
    names = {
        "sales": _("Sales"), "refused": _("Refused"), "refunds": _("Refunds"),
        "price": _("Price"), "commission": _("Commission"), "charge": _("Float paid"),
        "cost": _("Cost"), "income": _("Income"), "margin": _("Margin"),
        "variance": _("Variance"),
    }  # fmt: skip
    return [str(by.label), *(names[name] for name in columns), _("Currency")]


def report_rows(rows: Iterable[Row], columns: Sequence[str]) -> Iterator[Cells]:
    """A report as rows of a file; days are dates."""
    for row in rows:
        name = row.key if isinstance(row.key, date) else row.label
        yield [name, *(getattr(row.figures, name) for name in columns), row.currency]
