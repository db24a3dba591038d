"""The keys of a kiosk in a real browser: its code, and an amount as its language writes it."""

import pytest
from playwright.sync_api import expect

from catalog.models import Sku
from tests.browser.conftest import heading
from tests.browser.kioskwalk import Wish, press, walk
from tests.topup.counter import RANGE
from topup.models import Person, Role
from topup.services import kiosks


@pytest.fixture
def code(counter):
    """Of a new kiosk."""
    owner = Person.objects.create_user("owner", role=Role.OWNER, shop=counter.shop)
    return kiosks.create(shop=counter.shop, name="Door", by=owner)[1]


def test_going_back_from_a_kiosk_that_was_enrolled_leads_to_its_first_screen(open_page, code):
    """The page of the code has no scripts: each press is a form."""
    page = open_page("/kiosk/enrol/", signed_in=False)
    page.fill("#typed", "123")
    page.click(".onward")
    expect(page.locator(".problem")).to_contain_text("This code does not work")
    page.click(".key[value=back]")
    expect(page.locator("#typed")).to_have_value("12")
    page.fill("#typed", code)
    page.click(".onward")
    heading(page, "Choose your language")
    pages_before = page.evaluate("history.length") - 2  # the first is the empty one of a new tab
    assert pages_before
    for _step in range(pages_before):
        page.go_back()
        heading(page, "Choose your language")


def test_the_decimal_key_is_the_languages_own_and_a_typed_mark_is_never_dropped(
    open_page, code, stack
):
    Sku.objects.filter(provider_id=RANGE).update(
        face_currency="KWD", min_face_value=1, max_face_value=5000, allow_decimal=True
    )
    page = open_page("/kiosk/enrol/", signed_in=False)
    token = {"name": "kiosk", "value": kiosks.swap(code)[1], "url": stack.web_url}
    page.context.add_cookies([token])
    page.goto("/kiosk/")
    assert "amount" in walk(page, "es", Wish(amount="1")), "the way is gone up to it"
    point = page.locator(".key[value=point]")
    expect(point).to_have_text(",")
    point.click()
    press(page, "525")
    page.click(".key[value='0']")
    assert page.input_value("#typed") == "1,525", "the keys make no more decimals than the money"
    for _sign in "525":
        page.click(".key[value=back]")
    page.keyboard.type("5.")
    assert page.input_value("#typed") == "1,5."
    page.fill("#typed", "1.5")
    press(page, "25")
    page.click(".onward")
    expect(page.locator(".problem")).to_contain_text("con «,» antes de los decimales")
    assert page.input_value("#typed") == "1.525", "what a keyboard typed is asked about"
