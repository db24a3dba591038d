"""Kiosks in the admin: made, looked at, and acted upon from afar."""

from datetime import UTC, datetime

import pytest
from django.contrib.admin.models import LogEntry

from tests.topup.admin.conftest import act, messages_of, text_of, url
from topup.models import Kiosk
from topup.services import kiosks


@pytest.fixture
def made(shop, boss):
    return kiosks.create(shop=shop, name="Door", by=boss)


def test_a_kiosk_is_made_and_its_code_is_told_once(desk, boss, shop):
    page = desk.post(url("kiosk_add"), {"shop": shop.pk, "name": "Door"}, follow=True)
    kiosk = Kiosk.objects.get()
    told = messages_of(page)[0]
    code = told.partition("type the code ")[2][:11]
    assert told.startswith(str(kiosk))
    assert "http://testserver/kiosk/enrol/" in told
    assert (kiosk.created_by, kiosks.swap(code)[0].pk) == (boss, kiosk.pk)
    assert code not in text_of(desk.get(url("kiosk_changelist")))
    assert LogEntry.objects.get(object_id=kiosk.pk).is_addition()


def test_each_deed_is_done_by_its_service_and_logged(desk, boss, made):
    kiosk = made[0]
    deeds = {
        "block": "Blocked", "unblock": "Unblocked", "reload": "Told to load its page anew",
        "retire": "Retired",
    }  # fmt: skip
    for action, log in deeds.items():
        assert messages_of(act(desk, "kiosk", action, kiosk)) == ["1 kiosk is changed."], action
        assert LogEntry.objects.first().change_message == log
        kiosk.refresh_from_db()
        assert kiosk.is_blocked is (action == "block")
    assert kiosks.wants_reload(kiosk)
    assert kiosk.retired_at
    every = url("kiosk_changelist", query="?service=all")
    choice = {"action": "block", "_selected_action": [kiosk.pk]}
    assert messages_of(desk.post(every, choice, follow=True)) == ["0 kiosks are changed."]
    page = desk.post(every, choice | {"action": "new_code"}, follow=True)
    assert messages_of(page) == ["This kiosk is out of service for good. Make a new one."]


def test_a_message_is_typed_beside_the_deed(desk, made):
    act(desk, "kiosk", "say", made[0], text=" Back at 5 ")
    assert Kiosk.objects.get().message == "Back at 5"
    assert "Back at 5" in text_of(desk.get(url("kiosk_changelist")))
    assert messages_of(act(desk, "kiosk", "say", made[0], text="x" * 201)) != []
    act(desk, "kiosk", "say", made[0], text="")
    assert Kiosk.objects.get().message == ""


def test_an_old_key_that_was_used_is_seen_in_the_list(desk, made):
    used = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    assert "Jan. 2" not in text_of(desk.get(url("kiosk_changelist")))
    Kiosk.objects.update(old_token_used_at=used)
    assert "Jan. 2, 2026, 3:04 a.m." in text_of(desk.get(url("kiosk_changelist")))


def test_a_new_code_moves_the_kiosk(desk, made):
    told = messages_of(act(desk, "kiosk", "new_code", made[0]))[0]
    assert not kiosks.is_code(Kiosk.objects.get(), made[1])
    assert kiosks.swap(told.partition("type the code ")[2][:11])[0].pk == made[0].pk


def test_those_who_may_only_look_do_nothing(clerk, made):
    before = Kiosk.objects.values().get()
    client = clerk("view_kiosk")
    page = text_of(client.get(url("kiosk_changelist")))
    assert made[0].terminal_id in page
    assert 'value="block"' not in page
    for action in ("block", "reload", "say", "new_code", "retire"):
        act(client, "kiosk", action, made[0], text="x")
    assert client.post(url("kiosk_add"), {"name": "x", "shop": made[0].shop_id}).status_code == 403
    assert Kiosk.objects.values().get() == before
    client = clerk("view_kiosk", "change_kiosk")
    act(client, "kiosk", "new_code", made[0])
    assert Kiosk.objects.get().enrol_code_hash == before["enrol_code_hash"]
    act(client, "kiosk", "block", made[0])
    assert Kiosk.objects.get().is_blocked


def test_nobody_changes_or_removes_a_kiosk_by_hand_and_no_hash_is_shown(desk, made):
    kiosk = kiosks.swap(made[1])[0]
    assert desk.post(url("kiosk_change", kiosk.pk), {"name": "x"}).status_code == 403
    assert desk.post(url("kiosk_delete", kiosk.pk), {"post": "yes"}).status_code == 403
    page = text_of(desk.get(url("kiosk_change", kiosk.pk)))
    assert kiosk.terminal_id in page
    assert kiosk.token_hash not in page


def test_a_list_costs_the_same_queries_for_one_kiosk_and_for_three(
    desk, made, shop, boss, django_assert_num_queries
):
    for count in (1, 3):
        desk.get(url("kiosk_changelist"))
        with django_assert_num_queries(4):
            page = desk.get(url("kiosk_changelist"))
        assert page.context["cl"].result_count == count == Kiosk.objects.count()
        for number in range(2):
            kiosks.create(shop=shop, name=f"{number}", by=boss)
