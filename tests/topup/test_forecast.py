"""When a float will be empty: pure walks through hours, the task, and the words."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache
from django.utils import timezone

from ledger.services import set_credit_limit
from tests.topup.conftest import float_of
from topup.attention import low_floats
from topup.models import Sale, Shop, SpendHour
from topup.pace import HOUR, Pace, hour_of, runs_out_at
from topup.services import forecast
from topup.services.settling import apply_outcome
from topup.services.shops import add_float, open_shop
from topup.states import SaleState

NOW = datetime(2026, 11, 25, 15, 30, tzinfo=UTC)  # a Wednesday
JAMAICA = ZoneInfo("America/Jamaica")


def pace(spent, *, zone=UTC, now=NOW):
    """`spent`: what each hour spent, by how many hours ago it began."""
    hours = {hour_of(now) - HOUR * ago: D(amount) for ago, amount in spent.items()}
    return Pace(hours, zone, now)


def week(amount="10", *, opens=9, closes=18, zone=UTC, now=NOW):
    """So much in every open hour of the last eight days."""
    hours = {}
    for ago in range(1, 8 * 24):
        hour = hour_of(now) - HOUR * ago
        if opens <= hour.astimezone(zone).hour < closes:
            hours[hour] = D(amount)
    hours.setdefault(hour_of(now) - HOUR * 8 * 24, D(0))
    return Pace(hours, zone, now)


def empty(available, known):
    at = runs_out_at(available=D(available), pace=known)
    return at and at.astimezone(known.zone).strftime("%d %H:%M")


def test_the_last_hour_is_shared_out_by_the_minute():
    assert empty("5", week()) == "25 16:00"
    assert empty("21.6", week()) == "25 17:39"


def test_a_closed_shop_spends_nothing():
    assert empty("25", week()) == "25 18:00", "to the cent at closing time"
    assert empty("26", week()) == "26 09:06", "one more is left for the morning"


def test_who_has_enough_for_two_days_is_not_told():
    assert empty("179", week()) == "27 15:24"
    assert empty("181", week()) is None


def test_an_empty_float_is_empty_now():
    assert runs_out_at(available=D(0), pace=week()) == NOW


def test_the_same_hour_of_last_week_counts_and_not_that_of_yesterday():
    known = pace({7 * 24: 4, 7 * 24 - 1: 40, 24: 1000, 23: 1000, 8 * 24: 0})
    assert empty("22", known) == "25 16:30"


def test_hours_are_those_of_the_shops_clock_also_across_a_change_of_it():
    zone = ZoneInfo("America/New_York")  # the clock went back on 1 November 2026
    now = datetime(2026, 11, 2, 14, 0, tzinfo=UTC)  # 09:00 there
    opened = datetime(2026, 10, 26, 13, 0, tzinfo=UTC)  # 09:00 a week before
    hours = {opened - HOUR * 24: D(0), opened: D(60)}
    assert empty("30", Pace(hours, zone, now)) == "02 09:30"


def test_a_zone_of_half_hours_is_no_trouble():
    assert empty("5", week(zone=ZoneInfo("Asia/Kolkata"), opens=0, closes=24)) == "25 21:30"


def test_a_new_shop_is_taken_by_its_other_days_and_then_by_its_mean():
    assert empty("15", pace({24: 30, 30: 0})) == "25 16:00", "yesterday at this hour"
    known = pace({3: 20, 1: 20})
    assert known.mean == D(40) / D("3.5")
    assert runs_out_at(available=D(40), pace=known) == pytest.approx(
        NOW + timedelta(hours=3.5), abs=timedelta(seconds=5)
    )


def test_a_first_sale_a_minute_ago_is_no_rate_for_the_whole_day():
    assert pace({0: 30}, now=NOW.replace(minute=1)).mean == D(30)


def test_a_rush_counts_for_three_hours():
    hours = dict(week().hours)
    for ago in (1, 2):
        hours[hour_of(NOW) - HOUR * ago] = D(20)
    known = Pace(hours, UTC, NOW)
    assert (known.lift, empty("30", known)) == (D(2), "25 17:00")
    for ago in (1, 2):
        hours[hour_of(NOW) - HOUR * ago] = D(500)
    assert Pace(hours, UTC, NOW).lift == D(3), "three times at most"
    for ago in (1, 2):
        hours[hour_of(NOW) - HOUR * ago] = D(1)
    assert Pace(hours, UTC, NOW).lift == D(1), "a slow morning lifts no alarm"


@pytest.fixture
def sells(shop, sold, monkeypatch):
    """A sale of charge 9.60 at a time; the clock is set to NOW."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    cache.clear()

    def make(at, *, state=SaleState.COMPLETED):
        sale = sold(state)
        Sale.objects.filter(pk=sale.pk).update(created_at=at)
        return sale

    return make


def hours_kept():
    return list(SpendHour.objects.order_by("hour").values_list("hour", "amount"))


def test_charges_are_added_up_by_the_hour(shop, sells):
    for minutes in (5, 10, 100):
        sells(NOW - timedelta(minutes=minutes))
    forecast.add_up_hours()
    assert hours_kept() == [
        (hour_of(NOW) - HOUR * 2, D("9.60")), (hour_of(NOW), D("19.20")),
    ]  # fmt: skip


def test_what_was_given_back_is_not_spent_also_when_that_is_known_later(shop, sells):
    from tests.topup.conftest import outcome
    from topup.evidence import Verdict

    sells(NOW, state=SaleState.DECLINED)
    late = sells(NOW, state=SaleState.PENDING)
    forecast.add_up_hours()
    assert hours_kept() == [(hour_of(NOW), D("9.60"))]
    apply_outcome(sale_id=late.pk, outcome=outcome(Verdict.DECLINED, "501"))
    forecast.add_up_hours()
    assert hours_kept() == [(hour_of(NOW), D(0))]


def test_only_the_latest_hours_are_added_up_again_and_old_ones_go(shop, sells):
    sells(NOW)
    old, older = hour_of(NOW) - timedelta(days=3), hour_of(NOW) - timedelta(days=9)
    forecast.add_up_hours()
    for hour in (old, older):
        SpendHour.objects.create(shop=shop, hour=hour, amount=5)
    forecast.add_up_hours()
    assert [hour for hour, _amount in hours_kept()] == [old, hour_of(NOW)]
    sells(old)
    forecast.add_up_hours()
    assert hours_kept()[0] == (old, D(5))


def test_the_work_of_the_task_does_not_grow_with_old_sales(sells, django_assert_num_queries):
    sells(NOW)
    forecast.watch_floats()
    with django_assert_num_queries(6):
        forecast.watch_floats()
    open_shop(name="Two")
    with django_assert_num_queries(6):
        forecast.watch_floats()


def steady(shop, amount):
    """So much in every hour of the last eight days."""
    SpendHour.objects.bulk_create(
        SpendHour(shop=shop, hour=hour_of(NOW) - HOUR * ago, amount=amount) for ago in range(8 * 24)
    )


def told(shop):
    return Shop.objects.get(pk=shop.pk).runs_out_at


def test_a_shop_that_runs_out_in_two_hours_is_low_until_it_has_more(shop, sells, settings):
    settings.LOW_FLOAT = 0
    steady(shop, 80)  # of 100
    forecast.watch_floats()
    assert told(shop) == NOW + timedelta(minutes=70), "75 minutes, to the nearest ten"
    assert list(low_floats(Shop.objects.all())) == [shop]
    add_float(shop=shop, amount=D(100), by=None, memo="x", key="more")
    forecast.watch_floats()
    assert told(shop) == NOW + timedelta(minutes=150)
    assert list(low_floats(Shop.objects.all())) == []


def test_credit_counts_as_float(shop, sells):
    steady(shop, 80)
    set_credit_limit(account_id=shop.float_account_id, credit_limit=D(60))
    forecast.watch_floats()
    assert told(shop) == NOW + timedelta(hours=2)


def test_a_shop_that_sells_nothing_does_not_run_out(shop, sells):
    add_float(shop=shop, amount=D(-100), by=None, memo="x", key="out")
    forecast.watch_floats()
    assert (told(shop), float_of(shop)) == (None, (D(0), D(0)))


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (130, "At this pace your float is empty at about 12:40."),
        (133, "At this pace your float is empty at about 12:40."),
        (5, "At this pace your float is empty in a few minutes."),
        (0, "Your float is empty."),
        (24 * 60, "At this pace your float is empty tomorrow at about 10:30."),
        (47 * 60, "At this pace your float is empty on Friday at about 09:30."),
    ],
)
def test_the_words_are_in_the_shops_own_time(shop, monkeypatch, minutes, words):
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    shop.time_zone = "America/Jamaica"  # five hours behind
    assert forecast.words(shop, NOW + timedelta(minutes=minutes)) == words


def warning(shop):
    return forecast.warning(Shop.objects.select_related("float_account").get(pk=shop.pk))


def test_no_forecast_has_no_words(shop):
    assert forecast.words(shop, None) == ""


def test_the_counter_is_warned_three_hours_before(shop, sells):
    steady(shop, 32)
    assert warning(shop) == ""
    cache.clear()
    SpendHour.objects.update(amount=D(40))
    assert warning(shop) == "At this pace your float is empty at about 18:00."


def test_a_low_float_is_told_also_without_a_pace(shop, settings):
    settings.LOW_FLOAT = 101
    assert warning(shop) == "Your float is low."


def test_the_hours_are_asked_for_once_a_minute(shop, sells, django_assert_num_queries):
    steady(shop, 1)
    with django_assert_num_queries(1):
        forecast.warning(shop)
    with django_assert_num_queries(0):
        forecast.warning(shop)


def test_it_works_without_a_cache(shop, sells, monkeypatch):
    steady(shop, 80)
    monkeypatch.setattr(forecast, "cache", None)
    assert "at about 16:40" in warning(shop)


def test_seven_days_are_the_shops_own(shop, sells):
    shop.time_zone = "America/Jamaica"
    late = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)  # 23:00 on the 24th there
    days = forecast.days_of(shop, {late: D(7), hour_of(NOW): D(2), late - timedelta(days=9): D(1)})
    assert [(day.day, amount) for day, amount in days] == [
        (19, 0), (20, 0), (21, 0), (22, 0), (23, 0), (24, D(7)), (25, D(2)),
    ]  # fmt: skip
