"""Alarms, stops and the provider of the database in the admin."""

import pytest
from django.contrib.admin.models import LogEntry

from tests.topup.admin.conftest import act, messages_of, text_of, url
from topup.models import Alarm, ProviderIdentity, Stop
from topup.models.alarm import AlarmKind, StopKind
from topup.services import alarms
from topup.services.provider import check_identity
from topup.states import SaleState

pytestmark = pytest.mark.django_db


@pytest.fixture
def raised():
    """Alarms about nothing but themselves."""

    def make(count=1):
        kinds = list(AlarmKind)[:count]
        for kind in kinds:
            alarms.raise_alarm(kind, f"look at {kind}")
        return list(Alarm.objects.order_by("pk"))

    return make


def test_an_alarm_is_cleared_by_name(desk, boss, raised):
    first, second, third = raised(3)
    done = act(desk, "alarm", "clear", first, second)
    assert messages_of(done) == ["2 alarms are cleared."]
    assert set(Alarm.objects.filter(cleared_by=boss)) == {first, second}
    assert list(Alarm.objects.filter(cleared_at=None)) == [third]
    logged = LogEntry.objects.values_list("object_id", "user", "change_message")
    assert set(logged) == {(str(row.pk), boss.pk, "Cleared") for row in (first, second)}
    assert messages_of(act(desk, "alarm", "clear", first)) == ["0 alarms are cleared."]


def test_open_alarms_are_found_and_lead_to_their_sale(desk, sold, raised):
    raised()
    sale = sold(SaleState.PENDING)
    alarms.raise_alarm(AlarmKind.SLOW, "slow", sale=sale)
    page = desk.get(url("alarm_changelist", query="?is=open"))
    assert page.context["cl"].result_count == 2
    assert url("sale_change", sale.pk) in text_of(page)
    act(desk, "alarm", "clear", *Alarm.objects.filter(sale=sale))
    counts = [
        desk.get(url("alarm_changelist", query=query)).context["cl"].result_count
        for query in ("", "?is=open", "?is=cleared", f"?q={sale.correlation_id}")
    ]
    assert counts == [2, 1, 1, 1]


def test_a_stop_is_lifted_by_name(desk, boss):
    alarms.stop(StopKind.SELLING, "HTTP 401")
    alarms.stop(StopKind.ABSENCE, "six unknown orders")
    selling = Stop.objects.get(kind=StopKind.SELLING)
    done = act(desk, "stop", "lift", selling)
    assert messages_of(done) == ["1 stop is lifted."]
    assert not alarms.is_stopped(StopKind.SELLING)
    assert alarms.is_stopped(StopKind.ABSENCE)
    selling.refresh_from_db()
    assert selling.cleared_by == boss
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id, entry.change_message) == (boss, str(selling.pk), "Lifted")


def test_an_old_stop_is_not_lifted_in_place_of_the_new_one(desk):
    alarms.stop(StopKind.SELLING, "old")
    old = Stop.objects.get()
    alarms.clear_stop(kind=StopKind.SELLING, by=None)
    alarms.stop(StopKind.SELLING, "new")
    assert messages_of(act(desk, "stop", "lift", old)) == ["0 stops are lifted."]
    assert alarms.is_stopped(StopKind.SELLING)


def test_those_who_may_only_look_clear_and_lift_nothing(clerk, raised):
    (alarm,) = raised()
    alarms.stop(StopKind.SELLING, "HTTP 401")
    client = clerk("view_alarm", "view_stop")
    assert 'value="clear"' not in text_of(client.get(url("alarm_changelist")))
    act(client, "alarm", "clear", alarm)
    act(client, "stop", "lift", Stop.objects.get())
    assert Alarm.objects.filter(cleared_at=None).count() == 1
    assert alarms.is_stopped(StopKind.SELLING)
    client = clerk("view_alarm", "change_alarm")
    act(client, "alarm", "clear", alarm)
    assert not Alarm.objects.filter(cleared_at=None).exists()


@pytest.mark.parametrize("model", ["alarm", "stop", "provideridentity"])
def test_staff_without_permission_see_nothing(clerk, model):
    assert clerk("view_shop").get(url(f"{model}_changelist")).status_code == 403


@pytest.mark.parametrize("model", ["alarm", "stop", "provideridentity"])
def test_nobody_adds_changes_or_removes_a_row(desk, raised, model):
    raised()
    alarms.stop(StopKind.SELLING, "x")
    check_identity()
    row = {"alarm": Alarm, "stop": Stop, "provideridentity": ProviderIdentity}[model].objects.get()
    assert desk.get(url(f"{model}_add")).status_code == 403
    assert desk.post(url(f"{model}_delete", row.pk), {"post": "yes"}).status_code == 403
    assert desk.post(url(f"{model}_change", row.pk), {"kind": "late"}).status_code == 403
    assert desk.get(url(f"{model}_change", row.pk)).status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_alarms_cost_the_same_queries_for_one_and_for_three(
    desk, sold, django_assert_num_queries, count
):
    for _number in range(count):
        alarms.raise_alarm(AlarmKind.SLOW, "slow", sale=sold(SaleState.PENDING))
    desk.get(url("alarm_changelist"))
    with django_assert_num_queries(4):
        page = desk.get(url("alarm_changelist"))
    assert page.context["cl"].result_count == count


@pytest.mark.parametrize("count", [1, 3])
def test_stops_cost_the_same_queries_for_one_and_for_three(
    desk, boss, django_assert_num_queries, count
):
    for _number in range(count):
        alarms.stop(StopKind.SELLING, "again")
        alarms.clear_stop(kind=StopKind.SELLING, by=boss)
    desk.get(url("stop_changelist"))
    with django_assert_num_queries(4):
        page = desk.get(url("stop_changelist"))
    assert page.context["cl"].result_count == count


def test_the_providers_identity_names_no_password(desk, settings):
    settings.VALUETOPUP_PASSWORD = "a-password-of-ours"
    check_identity()
    row = ProviderIdentity.objects.get()
    for address in (url("provideridentity_changelist"), url("provideridentity_change", row.pk)):
        page = text_of(desk.get(address))
        assert settings.VALUETOPUP_USER_ID in page
        assert "a-password-of-ours" not in page
