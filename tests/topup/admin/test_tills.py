"""Tills in the admin: looked at, and frozen."""

import pytest
from django.contrib.admin.models import LogEntry

from tests.topup.admin.conftest import act, messages_of, text_of, url
from topup.models import Device, Person, Role
from topup.services.tills import enrol


@pytest.fixture
def till(shop):
    owner = Person.objects.create_user("owner", role=Role.OWNER, shop=shop)
    return enrol(shop=shop, name="Front desk", by=owner)[0]


def test_a_till_is_frozen_and_goes_on_and_both_are_logged(desk, boss, till):
    assert messages_of(act(desk, "device", "freeze", till)) == ["1 till is frozen now."]
    assert messages_of(act(desk, "device", "freeze", till)) == ["0 tills are frozen now."]
    till.refresh_from_db()
    assert till.is_frozen
    assert messages_of(act(desk, "device", "unfreeze", till)) == ["1 till goes on."]
    log = LogEntry.objects.filter(object_id=till.pk).values_list("user", "change_message")
    assert list(log) == [(boss.pk, "Unfrozen"), (boss.pk, "Frozen")]


def test_those_who_may_only_look_freeze_nothing(clerk, till):
    client = clerk("view_device")
    assert 'value="freeze"' not in text_of(client.get(url("device_changelist")))
    act(client, "device", "freeze", till)
    till.refresh_from_db()
    assert not till.is_frozen
    act(clerk("view_device", "change_device"), "device", "freeze", till)
    till.refresh_from_db()
    assert till.is_frozen


def test_nobody_makes_changes_or_removes_a_till_here(desk, till):
    assert desk.get(url("device_add")).status_code == 403
    assert desk.post(url("device_change", till.pk), {"name": "x"}).status_code == 403
    assert desk.post(url("device_delete", till.pk), {"post": "yes"}).status_code == 403
    page = text_of(desk.get(url("device_change", till.pk)))
    assert "Front desk" in page
    assert till.token_hash not in page


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_costs_the_same_queries_for_one_till_and_for_three(
    desk, till, django_assert_num_queries, count
):
    for number in range(1, count):
        enrol(shop=till.shop, name=f"{number}", by=till.enrolled_by)
    desk.get(url("device_changelist"))
    with django_assert_num_queries(4):
        page = desk.get(url("device_changelist"))
    assert page.context["cl"].result_count == count == Device.objects.count()
