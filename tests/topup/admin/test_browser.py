"""The admin in a real Chromium under the product's own content policy: nothing is blocked."""

import os

import pytest
from django.test import Client
from playwright.sync_api import expect

from portal.kiosk import COOKIE
from tests.browser.conftest import arrive
from tests.browser.test_access import violations
from tests.topup.admin.conftest import url
from tests.topup.admin.test_walk import MAY_BE_ADDED
from topup import colours
from topup.services import kiosks

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def window(live_server, new_context, boss):
    """A page signed in as a superuser, and what its console complained of."""
    client = Client()
    client.force_login(boss)
    context = new_context(base_url=live_server.url, viewport={"width": 1280, "height": 900})
    session = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.complaints = []
    page.on("console", lambda m: m.type == "error" and page.complaints.append(told(page, m.text)))
    page.on("pageerror", lambda error: page.complaints.append(told(page, error)))
    return page


def told(page, text):
    return f"{page.url}: {text}"


def test_every_kind_of_page_works_under_the_policy(window, addresses):
    skipped = ("logout", "view_on_site", "autocomplete", "jsi18n", "_history", "_delete", "_sync",
               "_poll", "_picture", "_draft", "_again", "_withdraw",
               "_file", "_make", "_links")  # fmt: skip
    seen = 0
    for name, address in addresses:
        if name.endswith(skipped) or (name.endswith("_add") and name not in MAY_BE_ADDED):
            continue
        answer = window.goto(address, wait_until="load")
        assert (name, answer.status) == (name, 200)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        if os.environ.get("SHOTS"):
            window.screenshot(path=f"{os.environ['SHOTS']}/{name}.png", full_page=True)
        seen += 1
    assert seen > 30
    assert window.complaints == []


def test_the_admins_own_scripts_run(window, pin_sale):
    """Choosing rows, calendars, the picker of shops, the two boxes of rights, the theme."""
    window.goto(url("sale_changelist"))
    window.check("#action-toggle")
    expect(window.locator(".action-counter")).to_have_text("1 of 1 selected")

    window.goto(url("person_change", pin_sale.agent_id))
    window.click(".field-last_login .datetimeshortcuts >> text=Today")
    assert window.input_value("#id_last_login_0") != ""
    window.click(".field-shop .select2-selection")
    window.wait_for_selector(".select2-results__option >> text=Counter")
    window.click(".select2-results__option >> text=Counter")
    window.click("#id_groups_from option")
    window.click("#id_groups_add")
    assert window.inner_text("#id_groups_to option") == "Clerks"
    window.click(".theme-toggle")
    assert window.get_attribute("html", "data-theme") != "auto"
    assert window.complaints == []


def test_a_person_adds_float_and_pauses_a_sku_by_mouse(window, pin_sale):
    window.goto(url("shop_changelist"))
    window.click("text=Add float")
    window.fill("#id_amount", "25")
    window.fill("#id_memo", "slip 9")
    window.click("text=Post to the ledger")
    expect(window.locator(".messagelist")).to_contain_text("Posted 25.00.")

    window.goto("/admin/catalog/sku/")
    window.check("#result_list tbody tr:first-child .action-select")
    window.select_option("select[name=action]", "pause")
    window.click("button[name=index]")
    window.fill("#id_reason", "out of stock")
    window.click("text=Take off sale >> visible=true")
    expect(window.locator(".messagelist")).to_contain_text("1 SKU is off sale now.")
    expect(window.locator("#result_list")).to_contain_text("paused: out of stock")
    assert window.complaints == []


BUTTON = "e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).color].join()"
TOKEN = "() => getComputedStyle(document.documentElement).getPropertyValue('--brand').trim()"


def test_a_brand_has_its_colours_and_strong_contrast_wins(branded, shop, boss, window, live_server):
    branded(logo=True)
    window.context.clear_cookies()
    window.goto("/session/sign-in/")
    assert window.eval_on_selector(".brand-logo img", "e => e.naturalWidth") == 384
    for scheme, shades in (("light", colours.LIGHT), ("dark", colours.DARK)):
        window.emulate_media(color_scheme=scheme)
        found = colours.shades("#ffff00", shades)
        shown = window.eval_on_selector("main button", BUTTON)
        assert shown == ",".join(_rgb(colour) for colour in (found.brand, found.on_brand))
        assert violations(window) == []
    _kiosk, code = kiosks.create(shop=shop, name="Door", by=boss)
    token = {"name": COOKIE, "value": kiosks.swap(code)[1], "url": live_server.url}
    window.context.add_cookies([token])
    window.goto("/kiosk/")
    assert window.evaluate(TOKEN) == "#ffff00"
    window.goto("/kiosk/modes/")
    window.click("button[value=contrast]")
    arrive(window, "html[data-contrast]")
    assert window.evaluate(TOKEN) == "#ffe14d", "that of the kiosk, whatever the brand is"
    assert window.complaints == []


def _rgb(colour):
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgb({red}, {green}, {blue})"
