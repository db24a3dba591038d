"""How operators do, counted from sales; pauses of those that fail, and the one sale that tries."""

import threading
from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.db import connection
from django.utils import timezone

from catalog.models import Operator, Sku
from portal.celery import app
from tests.topup.conftest import outcome, success
from tests.topup.plans import only_indexes
from tests.topup.test_opening import in_threads
from topup.evidence import Verdict
from topup.models import Alarm, OperatorWeather, SafetyRules, Sale
from topup.models.weather import Hold
from topup.safetyerrors import OperatorPausedError
from topup.services import opening, pauses, pricing, weather
from topup.services.moves import move
from topup.services.settling import apply_outcome
from topup.services.shops import add_float
from topup.states import SaleState

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def no_worker(monkeypatch):
    monkeypatch.setattr(opening, "nudge", lambda sale_id: None)


@pytest.fixture(autouse=True)
def _pauses(shop):
    add_float(shop=shop, amount=D(900), by=None, memo="more", key="more")
    SafetyRules.objects.update(pause_is_on=True, pause_after=3, pause_minutes=5)


@pytest.fixture
def sell(agent, quoted):
    return lambda **changes: opening.open_sale(agent=agent, quote=quoted(**changes)).sale


@pytest.fixture
def ended(sell):
    """A sale that was sent so many minutes ago, took so many seconds and got this answer."""

    def make(code="000", *, ago=1.0, took=4, state=None, **changes):
        return finish(sell(**changes), code, ago=ago, took=took, state=state)

    return make


def finish(sale, code="000", *, ago=1.0, took=4, state=None):
    sent = timezone.now() - ago * MINUTE
    move(sale, SaleState.SUBMITTED, submitted_at=sent, send_before=sent + timedelta(seconds=20))
    told = {"000": success()}.get(code) or outcome(
        Verdict.UNKNOWN if state == SaleState.IN_DOUBT else Verdict.DECLINED, code
    )
    apply_outcome(sale_id=sale.pk, outcome=told)
    sale.refresh_from_db()
    if sale.settled_at:
        Sale.objects.filter(pk=sale.pk).update(settled_at=sent + timedelta(seconds=took))
    return sale


def the_row():
    return OperatorWeather.objects.get()


def figures():
    weather.count_weather()
    row = the_row()
    return row.ended, row.delivered, row.failed


# --- what is counted ---------------------------------------------------------


def test_sales_that_ended_are_counted_with_their_times(ended, sku):
    for took in (2, 4, 30):
        ended(took=took)
    ended("570")
    assert figures() == (4, 3, 1)
    row = the_row()
    assert (row.operator, row.median_seconds, row.slowest_seconds) == (sku.operator, 4, 30)
    assert row.counted_at > timezone.now() - MINUTE


@pytest.mark.parametrize("code", ["041", "520", "570", "580"])
def test_faults_of_the_operator_count_as_failures(ended, code):
    ended(code)
    assert figures() == (1, 0, 1)


@pytest.mark.parametrize("code", ["", "560", "590", "600", "999", "H500"])
def test_an_answer_that_has_not_come_counts_before_the_sale_ends(ended, code):
    ended(code, state=SaleState.IN_DOUBT)
    assert figures() == (0, 0, 1)


@pytest.mark.parametrize("code", ["500", "501", "502", "503", "001", "033", "027", "540", "998"])
def test_a_wrong_number_or_amount_tells_nothing_of_the_operator(ended, code):
    ended(code)
    assert figures() == (1, 0, 0)


def test_a_doubtful_code_that_is_none_of_its_faults_tells_nothing(ended, sku):
    ended("015", state=SaleState.IN_DOUBT)
    assert figures() == (0, 0, 0)


def test_what_was_never_sent_and_what_is_older_is_not_counted(ended, sell):
    opening.cancel_sale(sale_id=sell().pk)
    ended(ago=31)
    ended("", ago=31, state=SaleState.IN_DOUBT)
    sell()
    weather.count_weather()
    assert not OperatorWeather.objects.exists()


def test_a_sale_that_was_sent_long_ago_counts_when_it_ends(ended):
    ended(ago=60, took=59 * 60)
    assert figures() == (1, 1, 0)
    assert the_row().slowest_seconds == 59 * 60


def test_an_operator_without_sales_has_no_figures_any_more(ended, sku):
    ended(ago=29)
    assert figures() == (1, 1, 0)
    Sale.objects.update(settled_at=timezone.now() - 31 * MINUTE)
    assert figures() == (0, 0, 0)
    assert the_row().median_seconds is None


def test_each_operator_has_its_own(ended, sku):
    other = Operator.objects.create(provider_id=2, name="Flow", country=sku.country)
    twin = Sku.objects.get(pk=sku.pk)
    twin.pk, twin.provider_id, twin.operator = None, 99, other
    twin.save()
    ended()
    ended("570", sku=twin)
    weather.count_weather()
    found = OperatorWeather.objects.values_list("operator__name", "delivered", "failed")
    assert sorted(found) == [("Digicel", 1, 0), ("Flow", 0, 1)]


@pytest.mark.parametrize("count", [1, 3])
def test_counting_costs_the_same_for_one_sale_and_for_three(
    ended, django_assert_num_queries, count
):
    for _ in range(count):
        ended()
    with django_assert_num_queries(7):  # count, name, write, quiet; rules, probes, failing
        weather.count_weather()


def test_only_the_window_is_read(ended):
    ended()
    only_indexes("topup_sale", "sale_by_end", "sale_unfinished")
    with connection.cursor() as cursor:
        values = {"since": timezone.now() - weather.WINDOW, "faults": ["570"], "silent": [""]}
        cursor.execute(f"EXPLAIN {weather._COUNT}", values)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "sale_by_end" in plan
    assert "BitmapOr" in plan
    assert "Seq Scan on topup_sale" not in plan


def test_it_is_counted_every_minute():
    entry = app.conf.beat_schedule["weather"]
    assert (entry["task"], entry["schedule"]) == ("topup.count_weather_task", 60.0)


# --- pauses ------------------------------------------------------------------


def fail(ended, times=3, **how):
    for number in range(times):
        ended("570", ago=5 - number, **how)
    weather.count_weather()


def skip(minutes):
    """Let the pause be as old as after so many minutes."""
    row = the_row()
    OperatorWeather.objects.update(paused_until=row.paused_until - minutes * MINUTE)


def test_after_so_many_failures_in_a_row_nothing_is_sold_or_priced(ended, sell, shop, sku):
    fail(ended, 2)
    sell()
    fail(ended, 1)
    row = the_row()
    assert (row.failures_in_row, row.pauses) == (3, 1)
    assert 4 * MINUTE < row.paused_until - timezone.now() <= 5 * MINUTE
    until = f"{row.paused_until.astimezone(shop.zone):%H:%M}"
    for deed in (sell, lambda: pricing.quote(shop=shop, sku=sku, face_value=D(10),
                                             recipient="18761234567")):  # fmt: skip
        with pytest.raises(OperatorPausedError, match=f"Digicel has trouble.*until {until}"):
            deed()
    assert Alarm.objects.get(kind="weather").message == "Digicel: 3 failures in a row, paused"


def test_a_success_between_or_after_them_breaks_the_row(ended):
    ended("570", ago=5)
    ended("570", ago=4)
    ended(ago=3.5)
    ended("570", ago=3)
    weather.count_weather()
    assert (the_row().failures_in_row, the_row().paused_until) == (1, None)
    ended("", ago=2, state=SaleState.IN_DOUBT)
    ended(ago=3, took=170)  # sent before, arrived after
    weather.count_weather()
    assert the_row().failures_in_row == 0


def test_wrong_numbers_never_pause(ended):
    for _ in range(5):
        ended("501")
    weather.count_weather()
    assert the_row().paused_until is None


def test_it_may_be_switched_off(ended, sell):
    SafetyRules.objects.update(pause_is_on=False)
    fail(ended)
    assert sell().state == SaleState.CREATED


def test_switched_off_while_an_operator_is_paused_its_pause_ends(ended, sell):
    fail(ended)
    SafetyRules.objects.update(pause_is_on=False)
    weather.count_weather()
    assert sell().state == SaleState.CREATED


def test_figures_that_were_counted_before_a_resume_do_not_pause_again(ended, sell):
    fail(ended)
    skip(6)
    finish(sell(), ago=0)
    sell()
    late = the_row()
    OperatorWeather.objects.update(
        failures_in_row=3, counted_at=late.counts_from - timedelta(seconds=1)
    )
    pauses.follow(now=timezone.now())
    assert the_row().paused_until is None


def test_after_the_pause_one_sale_is_let_through_and_its_success_resumes(ended, sell):
    fail(ended)
    skip(6)
    probe = sell()
    assert the_row().probe_key == probe.correlation_id
    with pytest.raises(OperatorPausedError, match="one sale is trying it now"):
        sell()
    weather.count_weather()
    assert the_row().probe_key == probe.correlation_id
    finish(probe, ago=0)
    sell()  # seen at once, not only with the next count
    row = the_row()
    assert (row.paused_until, row.pauses, row.probe_key) == (None, 0, "")
    weather.count_weather()
    assert (the_row().failures_in_row, the_row().paused_until) == (0, None)


@pytest.mark.parametrize(("code", "state"), [("570", None), ("", SaleState.IN_DOUBT)])
def test_a_probe_that_fails_pauses_again_for_longer_up_to_a_limit(ended, sell, code, state):
    SafetyRules.objects.update(pause_most_minutes=12)
    fail(ended)
    for minutes in (10, 12, 12):
        skip(60)
        finish(sell(), code, ago=0, state=state)
        weather.count_weather()
        row = the_row()
        assert (minutes - 1) * MINUTE < row.paused_until - timezone.now() <= minutes * MINUTE
    assert row.pauses == 4


def test_a_probe_that_tells_nothing_lets_the_next_one_try(ended, sell):
    fail(ended)
    skip(6)
    finish(sell(), "501", ago=0)
    second = sell()
    assert the_row().probe_key == second.correlation_id
    opening.cancel_sale(sale_id=second.pk)
    assert sell().correlation_id == the_row().probe_key


def test_a_probe_without_an_end_counts_as_failed_after_some_minutes(ended, sell):
    fail(ended)
    skip(6)
    sell()
    OperatorWeather.objects.update(probed_at=timezone.now() - pauses.PROBE_PATIENCE - MINUTE)
    weather.count_weather()
    assert (the_row().pauses, the_row().probe_key) == (2, "")


def test_a_sale_that_is_not_made_is_no_probe(ended, sell, agent, quoted, monkeypatch):
    fail(ended)
    skip(6)

    def broken(**_columns):
        raise RuntimeError

    monkeypatch.setattr(Sale.objects, "create", broken)
    with pytest.raises(RuntimeError):
        sell()
    assert the_row().probe_key == ""


def two_at_once(agent, quoted):
    quotes = [quoted() for _ in range(2)]
    return in_threads(2, lambda n: opening.open_sale(agent=agent, quote=quotes[n]))


def pause_is_over(sku):
    OperatorWeather.objects.create(
        operator=sku.operator, paused_until=timezone.now() - MINUTE, pauses=1
    )


@pytest.fixture
def two_shops(agent, other_agent, other_shop, quoted):
    """Sales of two shops at once: no float is between them."""
    quotes = [quoted(), quoted(shop_id=other_shop.pk)]
    agents = [agent, other_agent]
    return lambda: in_threads(2, lambda n: opening.open_sale(agent=agents[n], quote=quotes[n]))


@pytest.mark.django_db(transaction=True)
def test_of_two_shops_at_once_one_is_the_probe(two_shops, sku):
    pause_is_over(sku)
    assert sorted(type(one).__name__ for one in two_shops()) == [
        "OpenedSale", "OperatorPausedError",
    ]  # fmt: skip
    assert the_row().probe_key == Sale.objects.get().correlation_id


@pytest.mark.django_db(transaction=True)
def test_looked_at_and_then_written_both_would_be(two_shops, sku, monkeypatch):
    """Shows that the claim must be one step."""
    pause_is_over(sku)
    meet = threading.Barrier(2)

    def look_then_write(row, key):
        is_free = OperatorWeather.objects.filter(pk=row.pk, probe_key="").exists()
        meet.wait(60)
        OperatorWeather.objects.filter(pk=row.pk).update(probe_key=key, probed_at=timezone.now())
        return is_free

    monkeypatch.setattr(pauses, "claim_probe", look_then_write)
    assert [type(one).__name__ for one in two_shops()] == ["OpenedSale", "OpenedSale"]


# --- by hand -----------------------------------------------------------------


def test_held_open_it_is_never_paused_and_held_closed_never_sold(ended, sell, boss):
    fail(ended)
    pauses.hold(row=the_row(), how=Hold.OPEN, reason="they called", by=boss)
    for _ in range(3):
        ended("570", ago=0, took=0)
    weather.count_weather()
    assert (the_row().failures_in_row >= 3, the_row().paused_until) == (True, None)
    assert sell().state == SaleState.CREATED
    pauses.hold(row=the_row(), how=Hold.CLOSED, reason="strike", by=boss)
    with pytest.raises(OperatorPausedError, match="closed by your distributor"):
        sell()
    pauses.hold(row=the_row(), how=Hold.NONE, reason="over", by=boss)
    weather.count_weather()
    assert (the_row().held_by, the_row().failures_in_row) == (boss, 0)
    assert sell().state == SaleState.CREATED


def test_goods_of_no_operator_have_no_weather(shop, sku):
    sku.operator = None
    assert pauses.check(shop=shop, sku=sku) is None
    assert pauses.closed_row(None) is None
