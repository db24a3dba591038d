"""A brand in a real Chromium: it takes the colours under the content policy, and can be read."""

import pytest

from portal.kiosk import COOKIE
from tests.browser.test_access import violations
from topup import colours
from topup.services import kiosks

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BUTTON = "e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).color].join()"
TOKEN = "() => getComputedStyle(document.documentElement).getPropertyValue('--brand').trim()"


@pytest.fixture
def page(live_server, new_context):
    """A small window; what its console complains of fails the test."""
    context = new_context(base_url=live_server.url, viewport={"width": 360, "height": 740})
    page, complaints = context.new_page(), []
    page.on("console", lambda m: m.type == "error" and complaints.append(m.text))
    yield page
    assert complaints == []


def test_a_browser_takes_the_colours_and_strong_contrast_wins(
    branded, shop, boss, page, live_server
):
    branded(logo=True)
    page.goto("/session/sign-in/")
    assert page.eval_on_selector(".brand-logo img", "e => e.naturalWidth") == 384
    for scheme, shades in (("light", colours.LIGHT), ("dark", colours.DARK)):
        page.emulate_media(color_scheme=scheme)
        found = colours.shades("#ffff00", shades)
        shown = page.eval_on_selector("main button", BUTTON)
        assert shown == ",".join(_rgb(colour) for colour in (found.brand, found.on_brand))
        assert violations(page) == []
    _kiosk, code = kiosks.create(shop=shop, name="Door", by=boss)
    token = {"name": COOKIE, "value": kiosks.swap(code)[1], "url": live_server.url}
    page.context.add_cookies([token])
    page.goto("/kiosk/")
    assert page.evaluate(TOKEN) == "#ffff00"
    page.goto("/kiosk/modes/")
    page.click("button[value=contrast]")
    page.wait_for_selector("html[data-contrast]")
    assert page.evaluate(TOKEN) == "#ffe14d", "that of the kiosk, whatever the brand is"


def _rgb(colour):
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgb({red}, {green}, {blue})"
