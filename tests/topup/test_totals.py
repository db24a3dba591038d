"""Totals of days: a day is the shop's own, and kept or live they say the same."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.topup.conftest import outcome, success, topup_payload
from topup.evidence import Verdict
from topup.models import DayTotal, Person, Role, Sale, Shop
from topup.periods import Choice, Period, chosen, midnight
from topup.services import totals
from topup.services.moves import move
from topup.services.refunds import refund_sale
from topup.services.reports import By, report
from topup.services.settling import apply_outcome
from topup.states import SaleState as S

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 6, 10, 12, tzinfo=UTC)
JUNE = Period(date(2026, 6, 1), date(2026, 6, 30))


@pytest.fixture
def at(monkeypatch):
    """Sets the product's clock."""

    def go(moment):
        monkeypatch.setattr(timezone, "now", lambda: moment)

    go(NOON)
    return go


@pytest.fixture
def ended(at, sold):
    """A sale that had its final word at a moment."""

    def make(moment, state=S.COMPLETED, **terms):
        at(moment)
        return sold(state, **terms)

    return make


def refund(sale):
    """Decided by somebody of the distributor."""
    boss, _new = Person.objects.get_or_create(username="boss", role=Role.ADMIN)
    return refund_sale(sale=sale, by=boss, reason="gone")


def days_of(shop, period=JUNE, **more):
    shop = Shop.objects.get(pk=shop.pk)
    return {row.key: row.figures for row in report(shops=[shop], period=period, **more)}


def everything(shop, period=JUNE):
    """All that reports can say of a period."""
    shop = Shop.objects.get(pk=shop.pk)
    return {by: report(shops=[shop], period=period, by=by) for by in By}


def test_a_sale_counts_on_the_day_of_its_final_word(ended, shop, at):
    ended(NOON)
    ended(NOON + timedelta(days=1))
    ended(NOON + timedelta(days=1), S.DECLINED)
    found = days_of(shop)
    assert list(found) == [date(2026, 6, 10), date(2026, 6, 11)]
    day = found[date(2026, 6, 11)]
    assert (day.sales, day.refused, day.refunds) == (1, 1, 0)
    assert (day.price, day.commission, day.charge) == (D(10), D("0.40"), D("9.60"))
    assert (day.cost, day.margin, day.variance) == (D("9.20"), D("0.40"), D("-0.05"))


def test_what_has_no_final_word_or_was_never_sent_counts_nowhere(ended, shop, at):
    sale = ended(NOON, S.PENDING)
    ended(NOON, S.CREATED)
    gone = ended(NOON, S.CREATED)
    assert move(gone, S.CANCELLED, settled_at=NOON)
    assert days_of(shop) == {}
    at(NOON + timedelta(days=2))
    apply_outcome(sale_id=sale.pk, outcome=success())
    assert list(days_of(shop)) == [date(2026, 6, 12)]


def test_a_refund_counts_on_its_own_day_as_a_negative(ended, shop, at):
    sale = ended(NOON)
    before = days_of(shop)[date(2026, 6, 10)]
    at(NOON + timedelta(days=3))
    refund(sale)
    found = days_of(shop)
    assert found[date(2026, 6, 10)] == before, "a day that is over does not change"
    day = found[date(2026, 6, 13)]
    assert (day.sales, day.refunds) == (0, 1)
    assert (day.price, day.commission, day.charge) == (D(-10), D("-0.40"), D("-9.60"))
    assert (day.margin, day.variance) == (D("-0.40"), D("0.05")), "the claim bears the variance"


def test_variance_of_an_invoice_that_came_later_counts_when_it_came(ended, shop, at, sold):
    sale = ended(NOON, S.PENDING)
    for _ in range(4):
        apply_outcome(sale_id=sale.pk, outcome=success(topup_payload(None)))
    sale.refresh_from_db()
    assert (sale.state, sale.invoice_is_assumed) == (S.COMPLETED, True)
    assert days_of(shop)[date(2026, 6, 10)].variance == 0
    at(NOON + timedelta(days=1))
    apply_outcome(sale_id=sale.pk, outcome=success())
    found = days_of(shop)
    assert found[date(2026, 6, 10)].variance == 0
    assert (found[date(2026, 6, 11)].variance, found[date(2026, 6, 11)].sales) == (D("-0.05"), 0)


def test_a_late_delivery_leaves_the_refused_sale_where_it_was(ended, shop, at):
    sale = ended(NOON, S.DECLINED)
    before = days_of(shop)
    at(NOON + timedelta(days=2))
    apply_outcome(sale_id=sale.pk, outcome=success())
    sale.refresh_from_db()
    assert sale.state == S.DELIVERED_LATE
    assert days_of(shop) == before


ZONES = {  # the moment, and the shop's day of it
    "America/Jamaica": [("2026-06-10T04:59:59", 9), ("2026-06-10T05:00:00", 10)],
    "Asia/Kolkata": [("2026-06-10T18:29:59", 10), ("2026-06-10T18:30:00", 11)],
    # the clocks go forward on 8 March 2026, back on 1 November: days of 23 and of 25 hours
    "America/New_York": [("2026-03-08T05:00:00", 8), ("2026-03-09T03:59:59", 8),
                         ("2026-03-09T04:00:00", 9), ("2026-11-01T04:00:00", 1),
                         ("2026-11-02T04:59:59", 1), ("2026-11-02T05:00:00", 2)],
    # midnight of 8 March is skipped here, and on 1 November it comes twice
    "America/Havana": [("2026-03-08T04:59:59", 7), ("2026-03-08T05:00:00", 8),
                       ("2026-11-01T03:59:59", 31), ("2026-11-01T04:00:00", 1),
                       ("2026-11-01T05:30:00", 1), ("2026-11-02T05:00:00", 2)],
}  # fmt: skip


@pytest.mark.parametrize("zone", ZONES)
def test_days_are_those_of_the_shop(ended, shop, zone, at):
    shop.time_zone = zone
    shop.save()
    year = Period(date(2026, 1, 1), date(2026, 12, 31))
    for moment, day in ZONES[zone]:
        ended(datetime.fromisoformat(f"{moment}+00:00"))
        last = max(days_of(shop, year))
        assert (last.day, days_of(shop, year)[last].sales >= 1) == (day, True), moment
    before = everything(shop, year)
    at(datetime(2026, 12, 1, tzinfo=UTC))
    assert totals.roll_up(shop_id=shop.pk)
    assert everything(shop, year) == before
    assert list(totals.totals_problems()) == []


def test_a_day_has_23_or_25_hours_when_the_clocks_change():
    zone = ZoneInfo("America/New_York")
    lengths = [
        (midnight(day + timedelta(days=1), zone).astimezone(UTC)
         - midnight(day, zone).astimezone(UTC)).total_seconds() / 3600
        for day in (date(2026, 3, 8), date(2026, 11, 1), date(2026, 6, 1))
    ]  # fmt: skip
    assert lengths == [23, 25, 24]


def test_the_distributors_zone_is_that_of_shops_without_one(ended, shop, settings):
    settings.TIME_ZONE = "Asia/Tokyo"
    ended(datetime(2026, 6, 10, 15, tzinfo=UTC))
    assert list(days_of(shop)) == [date(2026, 6, 11)]


@pytest.mark.parametrize(("choice", "first", "last"), [
    (Choice.TODAY, "2026-03-01", "2026-03-01"), (Choice.YESTERDAY, "2026-02-28", "2026-02-28"),
    (Choice.WEEK, "2026-02-23", "2026-03-01"), (Choice.MONTH, "2026-03-01", "2026-03-01"),
    (Choice.LAST_MONTH, "2026-02-01", "2026-02-28"),
])  # fmt: skip
def test_periods_are_whole_days(choice, first, last):
    sunday = date(2026, 3, 1)
    assert chosen(choice, sunday) == Period(date.fromisoformat(first), date.fromisoformat(last))


def test_a_day_is_kept_an_hour_after_it_is_over(ended, shop, at):
    ended(NOON)
    at(datetime(2026, 6, 11, 0, 59, tzinfo=UTC))
    assert not DayTotal.objects.exists()
    assert totals.roll_up(shop_id=shop.pk)
    assert not DayTotal.objects.exists(), "the tenth is not over for good"
    assert not totals.roll_up(shop_id=shop.pk, until=date(2027, 1, 1))
    at(datetime(2026, 6, 11, 1, 0, tzinfo=UTC))
    assert totals.roll_up_all() == 1
    assert DayTotal.objects.get().day == date(2026, 6, 10)
    assert totals.roll_up_all() == 0


def test_kept_twice_is_kept_once(ended, shop, at):
    ended(NOON)
    at(NOON + timedelta(days=5))
    totals.roll_up(shop_id=shop.pk)
    Shop.objects.filter(pk=shop.pk).update(totals_until=None)  # an old copy was saved over it
    before = everything(shop)
    totals.roll_up(shop_id=shop.pk)
    assert DayTotal.objects.count() == 1
    assert everything(shop) == before
    assert list(totals.totals_problems()) == []


def test_another_time_zone_counts_all_days_anew(ended, shop, at):
    ended(datetime(2026, 6, 10, 1, tzinfo=UTC))
    at(NOON + timedelta(days=5))
    totals.roll_up(shop_id=shop.pk)
    Shop.objects.filter(pk=shop.pk).update(time_zone="America/Jamaica")
    assert list(days_of(shop)) == [date(2026, 6, 9)], "live until the next night"
    assert totals.roll_up(shop_id=shop.pk)
    assert list(days_of(shop)) == [date(2026, 6, 9)]
    assert DayTotal.objects.get().day == date(2026, 6, 9)


def test_a_report_reads_the_kept_days_and_adds_the_rest(ended, shop, at):
    ended(NOON)
    ended(NOON + timedelta(days=1))
    at(NOON + timedelta(days=1, minutes=5))
    totals.roll_up(shop_id=shop.pk)
    before = days_of(shop)
    assert DayTotal.objects.update(sales=7) == 1
    after = days_of(shop)
    assert after[date(2026, 6, 10)].sales == 7
    assert after[date(2026, 6, 11)] == before[date(2026, 6, 11)]


@pytest.mark.parametrize("stolen", [
    "UPDATE topup_daytotal SET price = price - 0.01",
    "UPDATE topup_daytotal SET day = day - 1",
    "DELETE FROM topup_daytotal",
    "UPDATE topup_daytotal SET variance = variance + 0.0001",
])  # fmt: skip
def test_a_total_that_was_touched_is_named(ended, shop, at, stolen):
    ended(NOON)
    at(NOON + timedelta(days=3))
    totals.roll_up(shop_id=shop.pk)
    assert list(totals.totals_problems()) == []
    with connection.cursor() as cursor:
        cursor.execute(stolen)
    told = list(totals.totals_problems())
    assert "the totals of shop Corner on 2026-06-10 are wrong: Digicel" in told


def test_sales_go_on_while_totals_are_written(shop, agent):
    """The lock on the shop lets new sales of it through; a plain one would not."""
    with CaptureQueriesContext(connection) as seen:
        totals.roll_up(shop_id=shop.pk)
    assert "FOR NO KEY UPDATE" in str(seen.captured_queries)


WHAT = st.sampled_from(["done", "refused", "pending", "assumed", "refund", "invoice", "late",
                        "night", "hour", "zone", "roll"])  # fmt: skip


@settings(max_examples=12, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(steps=st.lists(WHAT, min_size=4, max_size=14))
def test_kept_or_live_a_report_says_the_same(steps, shop, agent, sold, at):
    """Whatever happens in whatever order: the kept totals are what the facts say."""
    with transaction.atomic():
        _live(steps, shop, agent, sold, at)
        transaction.set_rollback(True)


def _live(steps, shop, agent, sold, at):
    now = NOON - timedelta(days=5)
    at(now)
    for number, step in enumerate(steps):
        now += timedelta(hours=3)
        at(now)
        _take(step, number, shop, agent, sold)
        if step in {"night", "hour"}:
            now += timedelta(hours=24 if step == "night" else 1)
            at(now)
    live = everything(shop)
    Shop.objects.filter(pk=shop.pk).update(totals_until=None)
    totals.roll_up(shop_id=shop.pk)
    assert everything(shop) == live
    assert list(totals.totals_problems()) == []


def _take(step, number, shop, agent, sold):
    if step == "roll":
        totals.roll_up(shop_id=shop.pk)
    elif step == "zone":
        zone = ["", "Asia/Tokyo", "America/Jamaica"][number % 3]
        Shop.objects.filter(pk=shop.pk).update(time_zone=zone)
    elif step in {"done", "refused", "pending"}:
        sold({"done": S.COMPLETED, "refused": S.DECLINED, "pending": S.PENDING}[step])
    elif step == "assumed":
        sale = sold(S.PENDING)
        for _ in range(4):
            apply_outcome(sale_id=sale.pk, outcome=success(topup_payload(None)))
    elif step == "refund":
        done = Sale.objects.filter(state=S.COMPLETED).first()
        if done:
            refund(done)
    elif step == "invoice":
        for sale in Sale.objects.filter(invoice_is_assumed=True):
            apply_outcome(sale_id=sale.pk, outcome=success(topup_payload("9.24")))
    elif step == "late":
        for sale in Sale.objects.filter(state=S.DECLINED)[:1]:
            apply_outcome(sale_id=sale.pk, outcome=success())
    for sale in Sale.objects.filter(state=S.PENDING)[: number % 2]:
        apply_outcome(sale_id=sale.pk, outcome=outcome(Verdict.DECLINED, "501"))
