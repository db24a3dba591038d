"""What the database keeps of a kiosk's customers and codes, and how often it asks for whom."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.utils import timezone

from portal import kioskgoods
from portal.kiosk import COOKIE
from portal.visit import Visit
from tests.portal.conftest import Visitor
from topup.models import Kiosk
from topup.services import kiosks
from topup.tasks import sweep_sessions_task

pytestmark = pytest.mark.django_db
NUMBER = "18761234567"


@pytest.fixture
def kiosk(counter, owner):
    someone = Visitor()
    made = kiosks.create(shop=counter.shop, name="Door", by=owner)
    someone.client.cookies[COOKIE] = kiosks.swap(made[1])[1]
    return someone


def kept():
    return [str(row.get_decoded()) for row in Session.objects.all()]


def test_a_visit_that_was_cut_off_is_thrown_away_within_minutes(kiosk, owner):
    """The plug is pulled: no browser comes back to wipe it."""
    stays = Visitor(owner)
    kiosk.post("/kiosk/", language="en")
    kiosk.post("/kiosk/kind/", kind="airtime")
    kiosk.post("/kiosk/number/", typed=NUMBER, key="go")
    assert any(NUMBER in text for text in kept())
    over = Session.objects.order_by("expire_date").first()
    assert over.expire_date <= timezone.now() + timedelta(minutes=10)
    Session.objects.filter(pk=over.pk).update(expire_date=timezone.now())
    sweep_sessions_task()
    assert not any(NUMBER in text for text in kept())
    assert stays.get("/people/kiosks/").status == 200, "who is signed in stays so"


def test_a_code_for_a_kiosk_is_in_no_session_to_be_read(owner):
    boss = Visitor(owner)
    page = boss.get(boss.post("/people/kiosks/", name="Door").leads_to)
    code = page.text.partition("Code for the kiosk’s browser ")[2][:11]
    assert kiosks.is_code(Kiosk.objects.get(), code)
    assert not any(code in text for text in kept())


def test_a_kiosk_that_asks_about_very_many_numbers_asks_nobody_and_goes_on(counter, monkeypatch):
    cache.clear()
    monkeypatch.setattr(kioskgoods, "MOST_LOOKUPS", 1)
    now = Visit(kind="airtime", msisdn=NUMBER)
    asked = []
    real = kioskgoods.find_operator
    monkeypatch.setattr(
        kioskgoods,
        "find_operator",
        lambda *told, asks: asked.append(asks) or real(*told, asks=asks),
    )
    first, second = (kioskgoods.choices(counter.shop, now) for _time in range(2))
    assert asked == [True, False]
    assert real(NUMBER, asks=False).source == "prefix", "the provider is not asked"
    assert {one.operator for one in first} == {one.operator for one in second}
