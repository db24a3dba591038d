"""Kiosks of the shop, for those in charge."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.kiosk import COOKIE
from portal.till import COOKIE as TILL
from tests.portal.conftest import Visitor
from topup.models import Kiosk, Shop
from topup.services import kiosks, tills
from topup.services.people import set_pin

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(owner):
    return Visitor(owner)


@pytest.fixture
def made(counter, owner):
    return kiosks.create(shop=counter.shop, name="Door", by=owner)


def code_on(page):
    return page.text.partition("Code for the kiosk’s browser ")[2][:11]


def test_an_owner_makes_a_kiosk_and_sees_its_code_until_it_is_used(boss, owner):
    assert "No kiosk yet." in boss.get("/people/kiosks/").text
    page = boss.post("/people/kiosks/", name=" ")
    assert (page.status, "Give the kiosk a name" in page.text) == (422, True)
    done = boss.post("/people/kiosks/", name="Door")
    kiosk = Kiosk.objects.get()
    assert (done.status, done.leads_to) == (303, f"/people/kiosks/{kiosk.pk}/")
    page = boss.get(done.leads_to)
    code = code_on(page)
    assert "http://testserver/kiosk/enrol/" in page.text
    assert "waits for its code" in page.text
    assert code_on(boss.get(done.leads_to)) == code, "the page may be loaded again"
    assert code_on(Visitor(owner).get(done.leads_to)) == "", "only to who made it"
    screen = Visitor()
    assert screen.post("/kiosk/enrol/", typed=code).leads_to == "/kiosk/"
    page = boss.get(done.leads_to)
    assert (code in page.text, "there now" in page.text) == (False, True)


def test_a_pin_is_not_enough_to_make_a_kiosk(owner, counter, made):
    set_pin(person=owner, pin="7391")
    desk = Visitor()
    desk.client.cookies[TILL] = tills.enrol(shop=counter.shop, name="x", by=owner)[1]
    desk.post("/till/lock/", person=owner.pk, pin="7391")
    assert "A PIN is not enough" in desk.get("/people/kiosks/").text
    page = desk.post("/people/kiosks/", name="Another")
    assert (page.status, "A PIN is not enough" in page.text) == (422, True)
    page = desk.post(f"/people/kiosks/{made[0].pk}/code/")
    assert (page.status, "A PIN is not enough" in page.text) == (403, True)
    assert Kiosk.objects.count() == 1
    assert kiosks.is_code(Kiosk.objects.get(), made[1])
    assert desk.post(f"/people/kiosks/{made[0].pk}/block/").status == 303


def test_a_new_code_moves_the_kiosk_to_another_browser(boss, made):
    old, new = Visitor(), Visitor()
    old.client.cookies[COOKIE] = kiosks.swap(made[1])[1]
    page = boss.get(boss.post(f"/people/kiosks/{made[0].pk}/code/").leads_to)
    assert old.get("/kiosk/").status == 200
    new.post("/kiosk/enrol/", typed=code_on(page))
    assert (new.get("/kiosk/").status, old.get("/kiosk/").status) == (200, 303)


def test_each_press_does_its_deed_and_says_so(boss, made):
    path = f"/people/kiosks/{made[0].pk}/"
    kiosks.see(kiosks.find(kiosks.swap(made[1])[1]), paper="out", version="7 Chromium")
    kiosks.call_help(made[0])
    page = boss.get(path)
    assert ("wanted help for" in page.text, "used up" in page.text) == (True, True)
    assert "7 Chromium" in page.text
    told = {
        "block": "is blocked", "unblock": "serves customers again", "reload": "loads its page anew",
        "refill": "has paper", "come": "somebody comes",
    }  # fmt: skip
    for deed, words in told.items():
        done = boss.post(f"{path}{deed}/")
        assert done.leads_to == path
        assert words in boss.get(path).text, deed
        assert Kiosk.objects.get().is_blocked is (deed == "block")
    kiosk = Kiosk.objects.get()
    assert (kiosk.paper, kiosk.help_wanted_at) == ("ok", None)
    assert kiosks.wants_reload(kiosk)
    assert boss.get(f"{path}block/").status == 405
    assert boss.post(f"{path}nonsense/").status == 404


def test_an_owner_reads_of_an_old_key_until_a_new_code_is_used(boss, made):
    kiosks.swap(made[1])
    path = f"/people/kiosks/{made[0].pk}/"
    words = "On Jan. 2, 2026 at 8:04 p.m. an old key of this kiosk was used."
    assert "old key" not in boss.get("/people/kiosks/").text + boss.get(path).text
    Kiosk.objects.update(old_token_used_at=datetime(2026, 1, 2, 20, 4, tzinfo=UTC))
    assert "old key used" in boss.get("/people/kiosks/").text
    page = boss.get(path)
    assert (words in page.text, page.html.count(f'action="{path}code/"')) == (True, 2)
    page = boss.get(boss.post(f"{path}code/").leads_to)
    assert words in page.text
    kiosks.swap(code_on(page))
    assert "old key" not in boss.get("/people/kiosks/").text + boss.get(path).text


def test_a_message_is_shown_there_and_taken_away(boss, made):
    path = f"/people/kiosks/{made[0].pk}/"
    screen = Visitor()
    screen.client.cookies[COOKIE] = kiosks.swap(made[1])[1]
    assert boss.post(f"{path}message/", text="x" * 201).status == 422
    boss.post(f"{path}message/", text="Back at 5")
    assert "Back at 5" in screen.get("/kiosk/").text
    assert boss.get(path).value_of_field("text") == "Back at 5"
    boss.post(f"{path}message/", text="")
    assert "Back at 5" not in screen.get("/kiosk/").text


def test_a_kiosk_is_retired_only_by_who_says_it_twice(boss, made):
    path = f"/people/kiosks/{made[0].pk}/"
    page = boss.post(f"{path}retire/")
    assert (page.status, "Tick that you mean it" in page.text) == (422, True)
    done = boss.post(f"{path}retire/", sure="on")
    assert done.leads_to == "/people/kiosks/"
    assert "is out of service" in boss.get(done.leads_to).text
    assert boss.get(path).status == 404
    assert Kiosk.objects.get().retired_at


def test_the_hotline_is_read_at_the_kiosk(boss, made, counter, visitor):
    screen = Visitor()
    screen.client.cookies[COOKIE] = kiosks.swap(made[1])[1]
    page = boss.post("/people/kiosks/hotline/", hotline="1" * 41)
    assert page.status == 422
    page = boss.post("/people/kiosks/hotline/", hotline="at the door")
    assert (page.status, "Type a phone number." in page.text) == (422, True)
    done = boss.post("/people/kiosks/hotline/", hotline="876 555 0199")
    assert "The hotline is set." in boss.get(done.leads_to).text
    assert Shop.objects.get(pk=counter.shop.pk).hotline == "876 555 0199"
    assert "876 555 0199" in screen.get("/kiosk/").text
    assert visitor.post("/people/kiosks/hotline/", hotline="1").status == 403


def test_a_list_costs_the_same_for_one_kiosk_and_for_three(boss, owner, counter):
    costs = []
    for count in (1, 2):
        for number in range(count):
            kiosks.swap(kiosks.create(shop=counter.shop, name=f"K{number}", by=owner)[1])
        boss.get("/people/kiosks/")
        with CaptureQueriesContext(connection) as asked:
            page = boss.get("/people/kiosks/")
        costs.append(len(asked))
    assert (costs[1], page.text.count("there now")) == (costs[0], 3)
    Kiosk.objects.update(last_seen_at=timezone.now() - timedelta(minutes=10, seconds=5))
    assert boss.get("/people/kiosks/").text.count("last seen 10 minutes ago") == 3
