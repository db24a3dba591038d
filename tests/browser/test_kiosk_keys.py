"""The keys of a kiosk in a real browser: an amount as its language writes it."""

from playwright.sync_api import expect

from catalog.models import Sku
from tests.browser.kioskwalk import Wish, press, walk
from tests.topup.counter import RANGE
from topup.models import Person, Role
from topup.services import kiosks


def test_the_decimal_key_is_the_languages_own_and_a_typed_mark_is_never_dropped(
    open_page, counter, stack
):
    Sku.objects.filter(provider_id=RANGE).update(
        face_currency="KWD", min_face_value=1, max_face_value=5000, allow_decimal=True
    )
    owner = Person.objects.create_user("owner", role=Role.OWNER, shop=counter.shop)
    _kiosk, code = kiosks.create(shop=counter.shop, name="Door", by=owner)
    page = open_page("/kiosk/enrol/", signed_in=False)
    page.context.add_cookies(
        [{"name": "kiosk", "value": kiosks.swap(code)[1], "url": stack.web_url}]
    )
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
