"""Reports and statement at the counter: whose they are, what they say, and the files."""

import csv
import io
import re
import zipfile
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from html import unescape

import pytest
import time_machine
from django.utils import timezone
from django.utils.formats import date_format

from portal.views.reports import file_name
from tests.portal.conftest import PIN, Visitor
from topup.models import Person, Role, Sale, Shop
from topup.periods import Period
from topup.services import statements
from topup.services.shops import add_float

pytestmark = pytest.mark.django_db
PAGES = ["/reports/", "/reports/statement/"]
FILES = ["/reports/file/", "/reports/file/?what=sales", "/reports/statement/file/"]


@pytest.fixture(autouse=True)
def noon():
    """No day ends between a sale and its report."""
    with time_machine.travel(timezone.now().replace(hour=12)):
        yield


@pytest.fixture
def boss(owner):
    return Visitor(owner)


def content(page):
    """The bytes of a file that is sent in pieces."""
    return b"".join(page.response.streaming_content)


def rows_of(page):
    text = content(page).decode().removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_report_says_what_was_sold(boss, counter):
    counter.sell()
    counter.sell("18765550501")
    page = boss.get("/reports/", by="operator")
    sale = counter.shop.sales.get(state="completed")
    for told in ("Sales 1 Refused 1 Refunds 0", f"Your commission ${sale.commission:.2f}",
                 f"Float paid ${sale.charge:.2f}", f"Customers paid ${sale.price:.2f}",
                 f"{sale.operator_name} ${sale.price:.2f} 1 ${sale.commission:.2f} 1 0",
                 ):  # fmt: skip
        assert told in page.text


def test_the_distributors_margin_is_nowhere(boss, counter):
    sale = counter.sell()
    secrets = {f"{sale.cost:.2f}", f"{sale.margin:.2f}"} - {f"{sale.commission:.2f}"}
    for url in PAGES:
        page = boss.get(url)
        assert not [amount for amount in secrets if f"${amount}" in page.text], url
    for url in FILES:
        text = content(boss.get(url)).decode()
        assert not [amount for amount in secrets if f",{amount}" in text], url
        assert "argin" not in text


def test_a_cashier_sees_his_own_and_no_statement(visitor, counter, colleague, boss):
    counter.sell()
    theirs = Visitor(colleague)
    assert "Nothing came to an end" in theirs.get("/reports/").text
    assert "Customers paid" in visitor.get("/reports/").text
    assert "by=cashier" not in visitor.get("/reports/").html
    assert "by=cashier" in boss.get("/reports/").html
    assert rows_of(theirs.get("/reports/file/?what=sales")) == []
    assert len(rows_of(boss.get("/reports/file/?what=sales"))) == 1
    assert len(rows_of(boss.get("/reports/file/?by=cashier"))) == 1
    for url in ("/reports/statement/", "/reports/statement/file/"):
        assert theirs.get(url).status == 403
    assert "/reports/statement/" not in visitor.get("/reports/").html


def test_a_manager_sees_the_whole_shop(counter):
    counter.sell()
    manager = Visitor(Person.objects.create_user("m", role=Role.MANAGER, shop=counter.shop))
    assert "Sales 1" in manager.get("/reports/").text
    assert manager.get("/reports/statement/").status == 200


def test_another_shop_sees_nothing_of_it(counter, rival):
    counter.sell()
    rival.role = Role.OWNER
    rival.save()
    theirs = Visitor(rival)
    assert "Nothing came to an end" in theirs.get("/reports/").text
    assert "Digicel" not in theirs.get("/reports/statement/").text
    for url in FILES[:2]:
        assert rows_of(theirs.get(url)) == []
    assert [row["Details"] for row in rows_of(theirs.get(FILES[2]))] == ["", "start", ""]


@pytest.mark.parametrize("url", [*PAGES, *FILES])
def test_strangers_are_led_to_the_sign_in(url, db):
    assert "/session/sign-in/?next=%2Freports%2F" in Visitor().get(url).leads_to


@pytest.mark.parametrize("url", PAGES)
def test_whoever_hides_the_margin_sees_none(url, boss, owner, counter):
    sale = counter.sell()
    assert f"${sale.commission:.2f}" in boss.get(url).text
    owner.hides_margin = True
    owner.save()
    page = boss.get(url)
    assert f"${sale.commission:.2f}" not in page.text
    assert "ommission" not in page.text


def test_the_statement_has_every_line_and_its_balance(boss, counter):
    sale = counter.sell()
    page = boss.get("/reports/statement/")
    left = 500 - sale.charge
    for told in (f"At the end of {date_format(timezone.localdate())} ${left:.2f}",
                 f"Sale {sale.operator_name}", "+1 876 555 0000", f"-${sale.charge:.2f}",
                 f"balance ${left:.2f}", "+ $500.00", "balance $500.00"):  # fmt: skip
        assert told in page.text, told
    assert f"/sales/{sale.correlation_id}/" in page.html
    assert "Held now" not in page.text


def test_what_is_held_stands_apart(boss, counter):
    sale = counter.sell("18765550852")
    page = boss.get("/reports/statement/")
    assert f"Held now, for sales that are on their way ${sale.charge:.2f}" in page.text
    assert "Sale Digicel" not in page.text


def test_the_statement_goes_on_at_the_next_page(boss, counter, monkeypatch):
    monkeypatch.setattr(statements, "PER_PAGE", 2)
    for number in range(4):
        add_float(shop=counter.shop, amount=D(1), by=None, memo=f"n{number}", key=f"n{number}")
    first = boss.get("/reports/statement/")
    assert ("n3" in first.text, "n2" in first.text, "n1" in first.text) == (True, True, False)
    second = boss.get("/reports/statement/?period=month&before=4")
    assert "?period=month&amp;before=4" in first.html
    assert ("n1" in second.text, "n2" in second.text) == (True, False)
    assert "$504.00" in second.text, "the balance of the period stays"


WRONG = {
    "nothing": ("", "", "Choose both days"),
    "no day": ("2026-02-30", "2026-03-01", "Choose both days"),
    "a year nobody means": ("0001-01-01", "2026-03-01", "Choose both days"),
    "backwards": ("2026-03-02", "2026-03-01", "The first day is after the last one."),
    "too long": ("2024-01-01", "2026-01-01", "At most 366 days at once."),
    "markup": ('"><script>', "2026-03-01", "Choose both days"),
}


@pytest.mark.parametrize("url", PAGES)
@pytest.mark.parametrize("case", WRONG)
def test_days_that_make_no_sense_are_told_and_kept(boss, url, case):
    first, last, told = WRONG[case]
    page = boss.get(url, period="own", **{"from": first, "to": last})
    assert page.status == 422
    assert told in page.text
    assert "<script>" not in page.html
    if "<" not in first:
        assert f'value="{first}"' in page.html
        assert f'value="{last}"' in page.html


@pytest.mark.parametrize("url", FILES)
def test_no_file_is_made_of_days_that_make_no_sense(boss, url):
    days = {"period": "own", "from": "2024-01-01", "to": "2026-01-01", "as": "xlsx"}
    page = boss.get(url.split("?")[0], **days)
    assert (page.status, "At most 366 days at once." in page.text) == (422, True)
    back = re.search(r'class="button primary" href="([^"]*)"', page.html)[1]
    assert 'value="2024-01-01"' in boss.get(unescape(back)).html, "what was typed is kept"


@pytest.mark.parametrize("url", PAGES)
def test_nonsense_in_the_address_is_passed_over(boss, url):
    nonsense = {"period": "x", "by": "agent_id; DROP TABLE", "before": "9" * 30, "as": "exe"}
    assert boss.get(url, **nonsense).status == 200
    assert boss.get(url, before="-1").status == 200
    assert boss.get(url, before="0").status == 200


def test_own_days_are_the_shops(boss, counter, monkeypatch):
    Shop.objects.filter(pk=counter.shop.pk).update(time_zone="America/Jamaica")
    night = datetime(2026, 6, 10, 4, 30, tzinfo=UTC)  # still the ninth there
    Sale.objects.filter(pk=counter.sell().pk).update(settled_at=night)
    ninth = {"period": "own", "from": "2026-06-09", "to": "2026-06-09"}
    assert "Sales 1" in boss.get("/reports/", **ninth).text
    told = rows_of(boss.get("/reports/file/", what="sales", **ninth))
    assert [row["Final word (America/Jamaica)"] for row in told] == ["2026-06-09 23:30:00-05:00"]
    assert "Nothing came" in boss.get("/reports/", period="today").text
    monkeypatch.setattr(timezone, "now", lambda: night)
    assert "Sales 1" in boss.get("/reports/", period="today").text


def test_days_are_drawn_and_the_picture_is_told(boss, counter):
    counter.sell()
    page = boss.get("/reports/", period="month")
    if timezone.localdate().day > 1:
        assert 'role="img"' in page.html
        assert page.html.count('class="chart-bar"') == timezone.localdate().day
    assert "style=" not in page.html
    year = boss.get("/reports/", period="own", **{
        "from": str(timezone.localdate() - timedelta(days=360)), "to": str(timezone.localdate()),
    })  # fmt: skip
    assert "Sales by month" in year.text


@pytest.mark.parametrize("url", FILES)
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_every_file_is_a_download_that_nobody_keeps(boss, counter, url, ending):
    counter.sell(sku=PIN)
    page = boss.get(url + ("&" if "?" in url else "?") + f"as={ending}")
    name = page.response.headers["Content-Disposition"]
    assert name.startswith("attachment; filename=")
    assert name.endswith(f'.{ending}"')
    assert "no-store" in page.response.headers["Cache-Control"]
    made = content(page)
    if ending == "xlsx":
        assert "xl/worksheets/sheet1.xml" in zipfile.ZipFile(io.BytesIO(made)).namelist()
    else:
        assert made.startswith(b"\xef\xbb\xbf")
    assert b"000 0000" not in made


def test_the_name_of_a_file_has_only_plain_letters():
    june = Period(date(2026, 6, 1), date(2026, 6, 30))
    shop = 'Café "Zoë"; \r\nSet-Cookie: x=1 ../../店'
    name = file_name("statement", shop, june, "csv")
    assert name == "statement-cafe-zoe-set-cookie-x1-2026-06-01-2026-06-30.csv"
    assert file_name("sales", "店", june, "xlsx") == "sales-2026-06-01-2026-06-30.xlsx"


@pytest.mark.parametrize("count", [1, 3])
def test_pages_take_the_same_queries_for_any_number_of_sales(
    boss, counter, count, django_assert_num_queries
):
    for _ in range(count):
        counter.sell()
    with django_assert_num_queries(6):  # session, person, shop, sums, names, unfinished
        boss.get("/reports/", by="cashier")
    with django_assert_num_queries(10):  # session, person, shop, six of lines, unfinished
        boss.get("/reports/statement/")


def test_a_long_period_is_told_by_months(counter):
    counter.sell()
    owner = Person.objects.create_user("of-a-year", role=Role.OWNER, shop=counter.shop)
    today = timezone.localdate()
    asked = {"period": "own", "from": str(today - timedelta(days=300)), "to": str(today)}
    page = Visitor(owner).get("/reports/", **asked)
    assert "Sales by month" in page.text
    assert f"{today:%B %Y}" in page.text
    assert page.html.count('<th scope="row">') == 1
    by_day = Visitor(owner).get("/reports/", period="week")
    assert f"{today:%B %Y}" not in by_day.text
