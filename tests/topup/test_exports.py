"""Files for spreadsheets: no formula, no secret, exact amounts, any length in bounded memory."""

import csv
import io
import itertools
import re
import tracemalloc
import zipfile
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from tests.topup.conftest import pin_payload, success
from tests.topup.test_shifts import start
from topup.models import Sale, Shop
from topup.periods import Period
from topup.services import exports
from topup.services.exports import csv_cell, csv_chunks, xlsx_file
from topup.services.receipts import number_of
from topup.services.reports import By, report
from topup.services.settling import apply_outcome
from topup.services.shops import add_float
from topup.states import SaleState

NS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
ALWAYS = Period(date(2020, 1, 1), date(2040, 1, 1))
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠x",
            "  =1", "\u200b=1", "\xa0+1",
            '=HYPERLINK("http://x","y")', "-2+3+cmd|' /C calc'!A0"]  # fmt: skip


def csv_of(head, rows):
    text = b"".join(csv_chunks(head, rows)).decode()
    assert text[0] == exports.BOM
    return list(csv.reader(io.StringIO(text[1:], newline="")))


def sheet_of(file):
    """Every cell of an XLSX file: its type and what it holds, row by row."""
    with file, zipfile.ZipFile(file) as packed:
        root = ElementTree.fromstring(packed.read("xl/worksheets/sheet1.xml"))  # noqa: S314
        names = packed.namelist()
    assert not [name for name in names if "calcChain" in name or "external" in name]
    assert list(root.iter(f"{NS}f")) == [], "a formula"
    return [
        [(cell.get("t", "n"), "".join(cell.itertext())) for cell in row]
        for row in root.iter(f"{NS}row")
    ]


@pytest.mark.parametrize("text", FORMULAS)
def test_words_that_a_spreadsheet_would_run_are_words(text):
    assert csv_cell(text)[0] == "'"
    assert csv_cell(text).replace("'", "") == text.replace("'", "")
    [_head, row] = csv_of(["a"], [[text]])
    assert row == [csv_cell(text)]
    [_head, cells] = sheet_of(xlsx_file(["a"], [[text]]))
    assert cells[0][0] == "inlineStr"
    # a carriage return is kept by an escape of the format's own
    assert cells[0][1].replace("_x000D_", "\r") in {text, text.replace("\r", "\n")}


@pytest.mark.parametrize(
    "text", ["Ann;=1+1", "Ann; +1", 'Ann;"=1+1"', "Ann\n=1+1", "Ann\r\n@SUM(A1)", "Ann\t-1",
             "Ann, or;\xa0＝1", "a;=1;=2"],
)  # fmt: skip
@pytest.mark.parametrize("mark", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
def test_a_cell_is_no_formula_where_a_spreadsheet_cuts_at_other_marks_either(text, mark):
    file = b"".join(csv_chunks(["a", "b"], [["x", text]])).decode()
    for row in csv.reader(io.StringIO(file[1:], newline=""), delimiter=mark):
        for cell in row:
            assert not cell.lstrip('"' + exports.BLANK).startswith(exports.FORMULA), cell
    for piece in re.split(r'[;\t\r\n"]', file):
        assert not piece.lstrip(exports.BLANK).startswith(exports.FORMULA), piece


@pytest.mark.parametrize(
    "text", ["a; b", "one\ntwo", "x;1", "AT&T – 10", "1+1", "a=b", "Ñandú", "", "'quoted"]
)
def test_other_words_stay_as_they_are(text):
    assert csv_cell(text) == text


def test_a_heading_is_no_formula_either():
    assert csv_of(["=1"], []) == [["'=1"]]
    assert sheet_of(xlsx_file(["=1"], []))[0][0] == ("inlineStr", "=1")


def test_amounts_are_numbers_with_every_digit():
    amounts = [D("-9.6000"), D("0.0125"), D("99999999999.9999"), 7, D(0)]
    [_head, row] = csv_of(["a"], [amounts])
    assert row == ["-9.6000", "0.0125", "99999999999.9999", "7", "0"]
    [_head, cells] = sheet_of(xlsx_file(["a"], [amounts]))
    assert {kind for kind, _text in cells} == {"n"}
    assert [D(text) for _kind, text in cells] == amounts


def test_a_number_that_people_call_is_no_amount():
    [_head, cells] = sheet_of(xlsx_file(["a"], [["18765550000", None, ""]]))
    assert cells == [("inlineStr", "18765550000")]


def test_a_sheet_that_is_full_says_where_the_rest_is(monkeypatch):
    monkeypatch.setattr(exports, "MOST_ROWS", 2)
    rows = sheet_of(xlsx_file(["a"], [["x"]] * 5))
    assert [row[0][1] for row in rows] == ["a", "x", "x", "There is more: take the CSV file."]


def test_a_long_file_is_made_row_by_row():
    """10,000 rows go through both, and what is held at once stays as small as for a few."""
    head, count = ["a", "b", "c"], 10_000
    rows = ([f"{number} words" * 10, D(number), f"row {number}"] for number in range(2 * count))
    tracemalloc.start()
    try:
        size = sum(map(len, csv_chunks(head, itertools.islice(rows, count))))
        of_csv = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        xlsx_file(head, itertools.islice(rows, count)).close()
        of_xlsx = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert size > 1_000_000
    assert of_csv < 300_000
    assert of_xlsx < 500_000


def test_the_first_row_is_there_before_the_last_is_read():
    rows = itertools.count()
    chunks = csv_chunks(["n"], ([number] for number in rows))
    assert [next(chunks) for _ in range(3)][1:] == [b"0\r\n", b"1\r\n"]
    assert next(rows) <= 3


@pytest.fixture
def at(monkeypatch):
    def go(moment):
        monkeypatch.setattr(timezone, "now", lambda: moment)

    return go


def table(head, rows):
    """The rows of an export, by the names of its columns."""
    return [dict(zip(head, row, strict=True)) for row in rows]


def fresh(shop):
    return Shop.objects.select_related("float_account").get(pk=shop.pk)


@pytest.mark.django_db
def test_the_statement_has_every_line_and_the_shops_own_time(shop, sold, monkeypatch, at):
    monkeypatch.setattr(exports, "BATCH", 2)
    Shop.objects.filter(pk=shop.pk).update(time_zone="America/New_York")
    sale = sold(SaleState.COMPLETED)
    at(datetime(2039, 11, 6, 6, 30, tzinfo=UTC))  # 01:30 for the second time that night
    for number in range(4):
        add_float(shop=shop, amount=D(1), by=None, memo=f"n{number}", key=f"n{number}")
    rows = statement(shop)
    assert [row["No."] for row in rows] == [None, 1, 2, 3, 4, 5, 6, None], "oldest first"
    assert csv_cell(rows[6]["Time (America/New_York)"]) == "2039-11-06 01:30:00-05:00"
    told = rows[2]
    assert (told["What"], told["Number"], told["Details"]) == ("Sale", "18761234567", "Digicel")
    assert (told["Amount"], told["Balance after"]) == (D("-9.60"), D("90.40"))
    assert (told["Commission"], told["Currency"]) == (D("0.40"), "USD")
    assert told["Reference"] == sale.correlation_id
    assert rows[1]["Commission"] is None
    ends = [(row["What"], row["Balance after"], row["Currency"]) for row in (rows[0], rows[-1])]
    assert ends == [("Opening balance", D(0), "USD"), ("Closing balance", D("94.40"), "USD")]
    times = [csv_cell(row["Time (America/New_York)"]) for row in (rows[0], rows[-1])]
    assert times == ["2020-01-01 00:00:00-05:00", "2039-11-06 01:30:00-05:00"], "until now"


def statement(shop, period=ALWAYS):
    found = fresh(shop)
    return table(exports.statement_head(found), exports.statement_rows(shop=found, period=period))


@pytest.mark.django_db
def test_the_balances_of_a_statement_are_those_of_its_days(noon, shop, at):
    now = timezone.now()
    today, day = now.date(), timedelta(days=1)
    for number in (1, 3):
        at(now + day * number)
        add_float(shop=shop, amount=D(number), by=None, memo="more", key=f"more {number}")
    at(now + day * 9)
    told = {
        number: [(row["What"], row["Amount"], row["Balance after"]) for row in statement(shop, on)]
        for number in (-1, 1, 2, 3)
        for on in [Period(today + day * number, today + day * number)]
    }
    opening, closing = "Opening balance", "Closing balance"
    assert told[-1] == [(opening, None, D(0)), (closing, None, D(0))]
    assert told[1] == [(opening, None, D(100)), ("Deposit", D(1), D(101)), (closing, None, D(101))]
    assert told[2] == [(opening, None, D(101)), (closing, None, D(101))], "nothing moved"
    assert told[3][0] == (opening, None, D(101))


def test_times_and_days_are_dates_for_a_spreadsheet():
    """In days since the end of 1899, by the clock of their zone; text stays text."""
    at = datetime(2027, 11, 7, 6, 30, 15, 999, tzinfo=UTC).astimezone(ZoneInfo("America/New_York"))
    [_head, cells] = sheet_of(xlsx_file(["a"], [[at, date(2027, 11, 7), "2027-11-07"]]))
    assert [kind for kind, _text in cells] == ["n", "n", "inlineStr"]
    began = datetime(1899, 12, 30)  # noqa: DTZ001  a spreadsheet knows no zone
    moment, day = (began + timedelta(days=float(text)) for _kind, text in cells[:2])
    assert abs(moment - at.replace(tzinfo=None)) < timedelta(seconds=1)
    assert day == datetime(2027, 11, 7)  # noqa: DTZ001


@pytest.mark.django_db
def test_a_sale_has_all_that_a_bookkeeper_looks_for(shop, agent, sold):
    shift = start(agent)
    Shop.objects.filter(pk=shop.pk).update(time_zone="America/Jamaica")
    sale = sold(SaleState.COMPLETED)
    found = fresh(shop)
    [row] = table(exports.sales_head(found), exports.sales_rows(shop=found, period=ALWAYS))
    assert (row["Receipt"], row["Country"]) == (number_of(sale), "JM")
    assert (row["Face value"], row["Face value in"]) == (D(10), "USD")
    assert (row["Paid by"], row["Shift"]) == ("cash", shift.number)
    assert csv_cell(row["Final word (America/Jamaica)"]).endswith("-05:00")
    assert row["Commission"] == sale.commission
    rule = sale.commission_rule
    assert row["Rule"] == f"0.4, price book {rule.book.version}, rule {rule.pk}"


@pytest.mark.django_db
def test_the_sales_of_a_period_are_those_of_its_report(shop, agent, sold, monkeypatch, at):
    monkeypatch.setattr(exports, "BATCH", 2)
    now = timezone.now()
    for number in range(5):
        at(now + timedelta(minutes=number // 2))  # several at one moment
        sold(SaleState.COMPLETED)
    sold(SaleState.DECLINED)
    sold(SaleState.PENDING)
    Sale.objects.filter(state="completed").update(settled_at=now)
    rows = table(exports.sales_head(shop), exports.sales_rows(shop=fresh(shop), period=ALWAYS))
    told = report(shops=[fresh(shop)], period=ALWAYS, by=By.CASHIER)[0].figures
    done = [row for row in rows if row["State"] == "done"]
    assert (len(done), len(rows) - len(done)) == (told.sales, told.refused) == (5, 1)
    assert sum(row["Price"] for row in done) == told.price
    assert len({row["Reference"] for row in rows}) == 6
    days = report(shops=[fresh(shop)], period=ALWAYS, by=By.DAY)
    assert {type(row[0]) for row in exports.report_rows(days, ["sales"])} == {date}
    assert {row["Cashier"] for row in rows} == {"agent"}


@pytest.mark.django_db
def test_a_cashiers_file_has_only_his_own(shop, agent, other_agent, sold):
    sold(SaleState.COMPLETED)
    rows = exports.sales_rows(shop=fresh(shop), period=ALWAYS, agent=other_agent)
    assert list(rows) == []
    assert len(list(exports.sales_rows(shop=fresh(shop), period=ALWAYS, agent=agent))) == 1


@pytest.mark.django_db
def test_a_code_is_in_no_file(shop, sold, pin_sku):
    sale = sold(SaleState.PENDING, sku=pin_sku, recipient="")
    apply_outcome(sale_id=sale.pk, outcome=success(pin_payload(pins=("4711-QX 0815-ZJ 4242-KV",))))
    sale.refresh_from_db()
    assert sale.voucher.state == "ready"
    files = [
        *csv_chunks(exports.sales_head(shop), exports.sales_rows(shop=fresh(shop), period=ALWAYS)),
        *csv_chunks(
            exports.statement_head(shop), exports.statement_rows(shop=fresh(shop), period=ALWAYS)
        ),
    ]
    text = b"".join(files).decode()
    assert sale.correlation_id in text
    for secret in ("4711-QX", "0815-ZJ", "4242-KV", "10000001"):
        assert secret not in text.replace(sale.correlation_id, "")


@pytest.mark.django_db
def test_a_name_of_the_catalogue_cannot_be_a_formula(shop, sold, sku):
    sku.operator.name = '=HYPERLINK("http://evil","Digicel")'
    sku.operator.save()
    sold(SaleState.COMPLETED)
    rows = list(exports.sales_rows(shop=fresh(shop), period=ALWAYS))
    [head, told] = csv_of(exports.sales_head(shop), rows)
    assert told[head.index("Operator")] == '\'=HYPERLINK("http://evil","Digicel")'
    sheet_of(xlsx_file(exports.sales_head(shop), rows))


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 3])
def test_a_batch_takes_the_same_queries_for_any_rows(shop, sold, count, django_assert_num_queries):
    for _ in range(count):
        sold(SaleState.COMPLETED)
    found = fresh(shop)
    with django_assert_num_queries(2):  # the batch, and that there is no other
        list(exports.sales_rows(shop=found, period=ALWAYS))
    with django_assert_num_queries(6):  # two ends, lines, sales, deposits, and no other
        list(exports.statement_rows(shop=found, period=ALWAYS))
