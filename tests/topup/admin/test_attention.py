"""The first page of the admin says what needs its reader, in four queries at most."""

from decimal import Decimal as D

import pytest

from catalog.models import SyncRun
from tests.topup.admin.conftest import text_of, url
from topup import attention
from topup.models import Person, Sale
from topup.models.alarm import AlarmKind, StopKind
from topup.services import alarms
from topup.services.moves import move
from topup.services.shops import add_float, open_shop
from topup.states import SaleState


@pytest.fixture
def trouble(sold, shop):
    """Two alarms, a stop, a sale in review, a shop with a low float, a held sync."""
    sale = sold(SaleState.PENDING)
    move(sale, SaleState.IN_REVIEW)
    alarms.raise_alarm(AlarmKind.REVIEW, "open for 24 hours", sale=sale)
    alarms.raise_alarm(AlarmKind.BALANCE, "little money")
    alarms.stop(StopKind.SELLING, "HTTP 401")
    add_float(shop=shop, amount=D(-85), by=None, memo="x", key="out")
    SyncRun.objects.create(state="held", suspicions={"gone:skus": 0.5}, reason="Half is gone.")


def texts(person):
    return [need.text for need in attention.needs(person)]


def test_a_quiet_day_needs_nobody(desk, boss, shop):
    assert attention.needs(boss) == []
    assert "Nothing at the moment." in text_of(desk.get("/admin/"))


def test_everything_that_waits_is_named_and_urgent_things_come_first(boss, trouble):
    assert texts(boss) == [
        "Stopped: no sales are sent (HTTP 401)",
        "A catalogue sync waits for your word: Half is gone.",
        "2 open alarms",
        "1 sale in review",
        "1 shop with a low float",
    ]
    assert [need.is_urgent for need in attention.needs(boss)] == [True, *[False] * 4]


def test_a_wrong_currency_is_urgent(boss, desk):
    SyncRun.objects.create(state="held", cost_currency="EUR", reason="EUR")
    (need,) = attention.needs(boss)
    assert (need.is_urgent, "costs are in EUR" in need.text) == (True, True)
    assert "costs are in EUR" in text_of(desk.get("/admin/"))


def test_every_need_leads_to_a_list_of_just_that(desk, boss, trouble):
    page = text_of(desk.get("/admin/"))
    counts = {}
    for need in attention.needs(boss):
        assert f'href="{need.url}"' in page
        answer = desk.get(need.url)
        assert answer.status_code == 200
        if "cl" in answer.context:
            counts[need.url.split("?")[0]] = answer.context["cl"].result_count
    assert counts == {
        url("stop_changelist"): 1, url("alarm_changelist"): 2, url("sale_changelist"): 1,
        url("shop_changelist"): 1,
    }  # fmt: skip


@pytest.mark.parametrize("count", [1, 3])
def test_it_costs_four_queries_however_much_waits(boss, trouble, django_assert_num_queries, count):
    for number in range(1, count):
        open_shop(name=f"Empty {number}")
    with django_assert_num_queries(4):
        attention.needs(boss)


def test_what_is_dealt_with_needs_nobody(boss, trouble):
    alarms.clear_stop(kind=StopKind.SELLING, by=boss)
    for alarm in alarms.Alarm.objects.all():
        alarms.clear_alarm(alarm_id=alarm.pk, by=boss)
    SyncRun.objects.create(state="applied")
    add_float(shop=Sale.objects.get().shop, amount=D(500), by=None, memo="x", key="in")
    move(Sale.objects.get(), SaleState.DECLINED)
    assert attention.needs(boss) == []


def test_people_see_only_what_they_may(clerk, trouble):
    for codenames, expected in [
        ((), []),
        (("view_shop",), ["1 shop with a low float"]),
        (("view_alarm", "view_sale"), ["2 open alarms", "1 sale in review"]),
        (("view_stop",), ["Stopped: no sales are sent (HTTP 401)"]),
        (("view_syncrun",), ["A catalogue sync waits for your word: Half is gone."]),
    ]:
        clerk(*codenames)
        assert texts(Person.objects.get(username="clerk")) == expected


def test_a_frozen_shop_and_one_on_credit_are_not_low(boss, db):
    open_shop(name="Frozen", is_frozen=True)
    open_shop(name="On credit", credit_limit=D(20))
    open_shop(name="Low", credit_limit=D("19.9999"))
    assert texts(boss) == ["1 shop with a low float"]


def test_the_limit_of_a_low_float_can_be_set(boss, shop, settings):
    assert texts(boss) == []
    settings.LOW_FLOAT = 150
    assert texts(boss) == ["1 shop with a low float"]


def test_only_the_first_page_has_the_box(desk, trouble):
    assert "What needs you" in text_of(desk.get("/admin/"))
    assert "What needs you" not in text_of(desk.get("/admin/topup/"))
    assert "What needs you" not in text_of(desk.get(url("shop_changelist")))
