"""The distributor's report: margins over shops and branches, promises, files, and who may."""

import csv
import io
import zipfile
from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.utils import timezone

from ledger.models import AccountKind, EntryKind
from ledger.services import house, post
from tests.topup.admin.conftest import text_of, url
from topup.models import Level, Sale, Shop
from topup.services import totals
from topup.services.shops import add_float, open_shop, place
from topup.states import SaleState

REPORT = "daytotal_changelist"


def report(client, query=""):
    return client.get(url(REPORT, query=query))


def rows_of(response):
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return {next(iter(row.values())): row for row in csv.DictReader(io.StringIO(text, newline=""))}


def test_margin_and_variance_of_each_shop(desk, shop, sold):
    sold(SaleState.COMPLETED)
    sold(SaleState.COMPLETED)
    sold(SaleState.DECLINED)
    told = rows_of(report(desk, "?by=shop&as=csv"))["Corner"]
    assert {name: D(told[name]) for name in ("Sales", "Refused", "Price", "Commission", "Cost",
                                             "Income", "Margin", "Variance")} == {
        "Sales": 2, "Refused": 1, "Price": 20, "Commission": D("0.80"), "Cost": D("18.40"),
        "Income": D("1.60"), "Margin": D("0.80"), "Variance": D("-0.10"),
    }  # fmt: skip
    assert told["Currency"] == "USD"
    page = report(desk, "?by=shop")
    [row] = page.context["rows"]
    assert (row["label"], row["cells"]) == (
        "Corner", [2, 1, 0, "20.00", "0.80", "19.20", "18.40", "1.60", "0.80", "-0.10"],
    )  # fmt: skip


def test_a_branch_is_all_below_it(desk, shop, other_shop, sold):
    branch = open_shop(name="North", level=Level.SUB_DISTRIBUTOR)
    place(shop=Shop.objects.get(pk=shop.pk), parent=branch)
    sold(SaleState.COMPLETED)
    assert set(rows_of(report(desk, f"?by=shop&as=csv&shop={branch.pk}"))) == {"Corner"}
    assert set(rows_of(report(desk, f"?by=shop&as=csv&shop={shop.pk}"))) == {"Corner"}
    assert rows_of(report(desk, f"?by=shop&as=csv&shop={other_shop.pk}")) == {}


def test_what_shops_were_promised_against_what_is_there(desk, shop, other_shop):
    post(kind=EntryKind.OPENING, key="opening", lines=[
        (house(AccountKind.PROVIDER, "USD"), D(-150)), (house(AccountKind.OPENING, "USD"), D(150)),
    ])  # fmt: skip
    add_float(shop=other_shop, amount=D(-130), by=None, memo="owes us", key="below")
    [promise] = report(desk).context["promises"]
    assert promise == {"currency": "USD", "promised": "100.00", "there": "150.00", "gap": "50.00"}


@pytest.mark.parametrize("by", ["day", "operator", "cashier", "kind", "shop"])
def test_kept_days_and_live_ones_are_one_report(desk, shop, sold, by, monkeypatch):
    sold(SaleState.COMPLETED)
    query = f"?period=own&first={timezone.localdate() - timedelta(days=9)}"
    query += f"&last={timezone.localdate() + timedelta(days=9)}&as=csv&by={by}"
    before = rows_of(report(desk, query))
    assert len(before) == 1
    later = timezone.now() + timedelta(days=2)
    with monkeypatch.context() as clock:
        clock.setattr(timezone, "now", lambda: later)
        assert totals.roll_up_all() == 1
    Sale.objects.update(settled_at=None)  # only what is kept is left
    assert rows_of(report(desk, query)) == before


def test_the_page_has_its_charts(desk, shop, other_shop, sold, clock):
    clock.stop()
    sold(SaleState.COMPLETED)
    page = text_of(report(desk, "?period=month"))
    if timezone.localdate().day > 1:
        assert page.count('class="chart-bar"') == timezone.localdate().day
    assert "style=" not in page[page.index("<svg") : page.rindex("</svg>")]


WRONG = ["first=2026-03-02&last=2026-03-01", "first=x&last=y", "first=2026-03-02",
         "first=2020-01-01&last=2026-01-01"]  # fmt: skip


@pytest.mark.parametrize("days", WRONG)
@pytest.mark.parametrize("ending", ["", "&as=csv"])
def test_days_that_make_no_sense_are_told(desk, db, days, ending):
    page = report(desk, f"?period=own&{days}{ending}")
    assert page.status_code == 422
    assert "errorlist" in text_of(page)


@pytest.mark.parametrize("query", ["?period=x", "?by=x", "?shop=99999", "?shop=x"])
def test_nonsense_in_the_address_is_told(desk, db, query):
    assert report(desk, query).status_code == 422


def test_a_sheet_has_the_same_rows(desk, shop, sold):
    sold(SaleState.COMPLETED)
    answer = report(desk, "?by=shop&as=xlsx")
    assert answer.headers["Content-Disposition"].endswith('.xlsx"')
    packed = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    sheet = packed.read("xl/worksheets/sheet1.xml").decode()
    assert "Corner" in sheet
    assert "<f>" not in sheet


def test_only_those_who_see_sales_see_it(clerk, db):
    assert report(clerk("view_shop")).status_code == 403
    assert report(clerk("view_sale")).status_code == 200
    index = text_of(clerk("view_sale").get("/admin/"))
    assert url(REPORT) in index
    assert url(REPORT) not in text_of(clerk("view_shop").get("/admin/"))


@pytest.mark.parametrize("count", [1, 3])
def test_any_number_of_sales_takes_the_same_queries(
    desk, shop, other_shop, sold, count, django_assert_max_num_queries
):
    for _ in range(count):
        sold(SaleState.COMPLETED)
    with django_assert_max_num_queries(14) as seen:
        report(desk, "?by=operator")
    assert len([q for q in seen.captured_queries if "topup_sale s" in q["sql"]]) == 1
