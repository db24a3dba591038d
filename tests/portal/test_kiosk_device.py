"""A browser that is a kiosk: how it becomes one, what it may open, and what ends it."""

import pytest

from portal.kiosk import COOKIE
from tests.portal.conftest import Visitor
from topup.models import Kiosk
from topup.services import kiosks

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def made(counter, owner):
    return kiosks.create(shop=counter.shop, name="Door", by=owner)


@pytest.fixture
def kiosk(made):
    """A browser that is a kiosk of the counter's shop."""
    visitor = Visitor()
    visitor.client.cookies[COOKIE] = kiosks.swap(made[1])[1]
    return visitor


def test_a_browser_becomes_a_kiosk_by_a_code(made, counter):
    visitor = Visitor(counter.agent)
    assert visitor.get("/kiosk/").leads_to == "/kiosk/enrol/"
    assert "Type the code" in visitor.get("/kiosk/enrol/").text
    wrong = visitor.post("/kiosk/enrol/", code="ABCD2345")
    assert (wrong.status, "This code does not work" in wrong.text) == (422, True)
    done = visitor.post("/kiosk/enrol/", code=made[1].lower())
    assert (done.status, done.leads_to) == (303, "/kiosk/")
    cookie = done.response.cookies[COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    page = visitor.get("/kiosk/")
    assert (page.status, made[0].terminal_id in page.text) == (200, True)
    assert visitor.get("/sell/").status == 404
    assert "_auth_user_id" not in visitor.client.session
    assert Kiosk.objects.get().version == ""
