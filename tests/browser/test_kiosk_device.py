"""A kiosk as a device in a real browser: enrolled by its keypad, told from afar, without a line."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from portal.kiosk import COOKIE
from tests.browser.conftest import (
    PHONE,
    arrive,
    cookie_of,
    forgive,
    forgive_if_told,
    heading,
)
from tests.browser.kioskwalk import press
from tests.browser.test_access import forgive_status, looked_at, violations
from tests.stack import wait_for
from topup.models import Kiosk, Person, Role
from topup.services import kiosks
from topup.services.people import set_pin

TALL, SMALL = {"width": 1080, "height": 1920}, {"width": 320, "height": 640}
WORKS = "() => navigator.serviceWorker.ready.then((known) => Boolean(known.active))"
LOST = ("ERR_INTERNET_DISCONNECTED", "Failed to load", "Failed to fetch")
#: What a finger hits and is too small for it; links inside a sentence are none.
TOO_SMALL = """() => [...document.querySelectorAll("main button, main a, main input")]
    .map((one) => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
    .filter(([, box]) => box.width > 1 && (box.width < 72 || box.height < 72))
    .map(([html]) => html)"""
#: From here on it is seen when the page has heard of a message, and whether it was written anew.
HEARD = """() => {
  const parse = JSON.parse;
  window.line = document.querySelector("[data-message]").firstChild;
  JSON.parse = (text) => {
    window.hasHeard = window.hasHeard || text.includes('"message"');
    return parse(text);
  };
}"""
WIDE = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture
def owner(counter):
    return Person.objects.create_user("owner", role=Role.OWNER, shop=counter.shop)


@pytest.fixture
def made(counter, owner):
    return kiosks.create(shop=counter.shop, name="Door", by=owner)


@pytest.fixture
def at_kiosk(open_page, made, stack):
    """A browser that is the kiosk, on a page of it."""

    def make(path="/kiosk/", **options):
        page = open_page("/kiosk/enrol/", signed_in=False, **{"viewport": TALL} | options)
        cookie = {"name": COOKIE, "value": kiosks.swap(made[1])[1], "url": stack.web_url}
        page.context.add_cookies([cookie])
        page.goto(path)
        return page

    return make


def is_fit(page):
    found = violations(page), page.evaluate(TOO_SMALL), page.evaluate(WIDE)
    assert found == ([], [], False)
    return True


def now(page):
    """The next beat, without waiting for its time."""
    page.evaluate("() => window.dispatchEvent(new Event('online'))")


def test_the_pages_of_the_device_fit_a_finger(at_kiosk, open_page, counter, owner):
    set_pin(person=counter.agent, pin="7391")
    page = at_kiosk("/kiosk/help/", viewport=SMALL)
    assert is_fit(page)
    page.click("a[href='/kiosk/leave/']")
    heading(page, "End kiosk mode")
    page.click(".choice")
    arrive(page, "#typed")
    assert is_fit(page)
    kiosks.block(kiosk=Kiosk.objects.get(), by=owner)
    page.goto("/kiosk/")
    heading(page, "This screen is out of service")
    assert is_fit(page)
    page.goto("/kiosk/off/")
    assert is_fit(page)
    forgive(open_page, "403")


def test_a_screen_without_keys_is_enrolled_and_left_by_its_keypad(open_page, made, counter):
    set_pin(person=counter.agent, pin="7391")
    page = open_page("/kiosk/enrol/", signed_in=False, viewport=TALL)
    assert is_fit(page)
    press(page, "7")  # each key is a round to the server
    page.click(".key[value=back]")
    expect(page.locator("#typed")).to_have_value("")
    page.fill("#typed", made[1])
    page.click(".onward")
    heading(page, "Choose your language")
    page.goto("/kiosk/leave/")
    page.click(".choice")
    arrive(page, "#typed")
    press(page, "7391")
    page.click(".onward")
    heading(page, "Make this browser a kiosk")
    assert Kiosk.objects.get().token_hash is None


def test_a_kiosk_that_is_left_waits_for_its_beat_and_sends_no_other(at_kiosk, counter):
    """A beat after it would be that of a stranger, and lead to a page that is not there."""
    set_pin(person=counter.agent, pin="7391")
    page = at_kiosk("/kiosk/leave/")
    page.click(".choice")
    arrive(page, "#typed")
    page.fill("#typed", "7391")
    held, sent = [], []
    page.route("**/kiosk/beat/", lambda route: held.append(route))
    now(page)
    wait_for(lambda: page.wait_for_timeout(20) or held, "the beat to be under way")
    beats = len(held)
    page.on("request", lambda request: sent.append((request.method, request.url)))
    page.click(".onward", no_wait_after=True)
    page.wait_for_selector("html[aria-busy]")
    now(page)
    page.wait_for_timeout(300)  # what goes out too early goes out at once
    assert sent == []
    for route in held:
        route.continue_()
    heading(page, "Make this browser a kiosk")
    assert [method for method, _url in sent if method == "POST"] == ["POST"]
    assert len(held) == beats


def test_an_open_screen_does_what_is_wanted_of_it_from_afar(at_kiosk, open_page, made, owner):
    page = at_kiosk()
    page.evaluate("() => { window.isOld = true }")
    kiosks.say(kiosk=made[0], text="Back at five", by=owner)
    now(page)
    expect(page.locator("[data-message]")).to_have_text("Back at five")
    page.evaluate(HEARD)
    now(page)
    page.wait_for_function("() => window.hasHeard")
    assert page.evaluate("() => window.line.isConnected"), "what did not change is told once"
    assert page.evaluate("() => window.isOld")
    kiosks.reload(kiosk=made[0], by=owner)
    now(page)
    page.wait_for_function("() => !window.isOld")
    wait_for(
        lambda: page.wait_for_timeout(50) or not kiosks.wants_reload(Kiosk.objects.get()),
        "the new page to tell that it was loaded: once is enough",
    )
    kiosks.block(kiosk=made[0], by=owner)
    now(page)
    heading(page, "This screen is out of service")
    page.click(".way.help")
    heading(page, "Do you need help?")
    for _beat in range(2):
        with page.expect_response("**/kiosk/beat/"):
            now(page)
    heading(page, "Do you need help?")
    page.click("nav .way")
    heading(page, "This screen is out of service")
    kiosks.unblock(kiosk=made[0], by=owner)
    now(page)
    heading(page, "Choose your language")
    assert Kiosk.objects.get().version.split("/")[0].endswith(" Chrome")
    forgive(open_page, "403")


def test_a_browser_that_starts_without_a_line_says_so_and_comes_back(at_kiosk, open_page):
    page = at_kiosk(service_workers="allow")
    assert page.evaluate(WORKS)
    page.reload()
    page.context.set_offline(True)
    page.goto("/kiosk/", wait_until="commit")
    expect(page.locator("main")).to_contain_text("This screen will be back in a moment.")
    expect(page.locator(".terminal")).to_contain_text(Kiosk.objects.get().terminal_id)
    page.context.set_offline(False)
    heading(page, "Choose your language")
    forgive_if_told(open_page, *LOST)


def test_the_pages_of_those_in_charge_are_for_everyone(open_page, owner, stack):
    page = open_page(signed_in=False, viewport=PHONE)
    page.context.add_cookies([cookie_of(owner, stack.web_url)])
    page.goto("/people/kiosks/")
    told = {"none yet": looked_at(page)}
    page.fill("#id_name", "Door")
    page.click("text=Make it and show the code")
    heading(page, "Door")
    told["its code"] = looked_at(page)
    now = timezone.now()
    Kiosk.objects.update(help_wanted_at=now, old_token_used_at=now, paper="low", is_blocked=True)
    page.reload()
    page.click("summary >> text=Another browser")
    page.click("button >> text=Take it out of service")
    page.wait_for_selector(".problem")
    told["all that can be"] = looked_at(page)
    page.goto("/people/kiosks/")
    told["the list"] = looked_at(page)
    assert {name: found for name, found in told.items() if found} == {}
    forgive_status(open_page)
