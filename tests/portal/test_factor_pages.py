"""The pages of the second factor in a real browser: narrow, dark, by keyboard, without scripts."""

import pyotp
import pytest
from django.core.cache import cache

from tests.browser.conftest import arrive
from tests.browser.test_access import SMALL, TARGETS, violations
from tests.portal.conftest import PASSWORD
from topup.models import Person, Role

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def open_admin(live_server, new_context, settings):
    """The admin's first page in a new window, as far as a password leads."""
    settings.ADMIN_SECOND_FACTOR = True
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()
    Person.objects.create_superuser("boss", password=PASSWORD, role=Role.ADMIN)

    def make(path, **options):
        page = new_context(base_url=live_server.url, viewport=SMALL, **options).new_page()
        page.set_default_timeout(60_000)
        page.goto(path)
        page.fill("#id_username", "boss")
        page.fill("#id_password", PASSWORD)
        page.press("#id_password", "Enter")
        arrive(page, "#code")
        return page

    return make


def defects(page):
    """What axe finds, targets that are too small, and a page that scrolls sideways."""
    width = page.evaluate("document.documentElement.scrollWidth")
    return [*violations(page), *page.evaluate(TARGETS), *([width] if width > 320 else [])]


def test_an_app_is_set_up_before_the_admin_opens_and_asked_for_by_the_next_sign_in(open_admin):
    page, found = open_admin("/admin/", color_scheme="dark"), {}
    secret = page.locator(".factor-key bdi").inner_text().replace(" ", "")
    found["key"] = defects(page)
    page.fill("#code", "000000")
    page.press("#code", "Enter")
    arrive(page, ".problem")
    found["wrong code"] = defects(page)
    page.fill("#code", pyotp.TOTP(secret).now())
    page.press("#code", "Enter")
    arrive(page, ".factor-codes")
    codes = page.locator(".factor-codes bdi").all_inner_texts()
    found["codes"] = defects(page)
    page.click("main .primary")
    arrive(page, "#attention")
    page.goto("/session/factor/codes/")
    found["codes left"] = defects(page)

    other = open_admin("/admin/login/?next=/admin/", java_script_enabled=False)
    other.fill("#code", codes[0])
    other.press("#code", "Enter")
    arrive(other, "#attention")
    third = open_admin("/admin/")
    found["enter"] = defects(third)
    assert found == {"key": [], "wrong code": [], "codes": [], "codes left": [], "enter": []}
