"""A till in a real browser: changing people, and a page that locks while it lies open."""

import pytest
from django.contrib.sessions.models import Session
from django.test import RequestFactory
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, arrive, cookie_of, forgive, heading, to_check
from tests.browser.test_access import SMALL, TARGETS, forgive_status, violations
from tests.stack import wait_for
from tests.topup.counter import PIN as GOODS
from topup.admin.invites import welcome_link
from topup.models import Device, Person, Role, Sale
from topup.services import tills, vouchers
from topup.services.people import set_pin

PIN = "7391"
#: How a line that seems to be there does not answer.
LINES = {
    "breaks": lambda route: route.abort("connectionreset"),
    "502": lambda route: route.fulfill(status=502, body="Bad Gateway"),
}
#: A page that the browser kept: its timers stood still, and nothing was asked meanwhile.
BACK_AFTER_A_MINUTE = """() => {
    const later = Date.now() + 62_000;
    Date.now = () => later;
    dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
}"""


@pytest.fixture
def owner(counter):
    return Person.objects.create_user("owner", role=Role.OWNER, shop=counter.shop)


@pytest.fixture
def till(open_page, counter, owner, stack):
    """A page at a till of the counter's shop; the agent has a PIN."""
    set_pin(person=counter.agent, pin=PIN)
    _device, token = tills.enrol(shop=counter.shop, name="Front desk", by=owner)
    page = open_page("/session/sign-in/", signed_in=False, viewport=PHONE)
    page.context.add_cookies([{"name": "till", "value": token, "url": stack.web_url}])
    return page


def sign_in(page, name="counter"):
    page.click(f".who a:has-text('{name}')")
    page.fill("#pin", PIN)
    page.press("#pin", "Enter")
    arrive(page, "#header nav")


def long_ago():
    """Nobody has done anything at any till for a day."""
    for row in Session.objects.all():
        data = row.get_decoded() | {"till_deed": 0}
        row.session_data = Session.objects.encode(data)
        row.save()


def test_a_page_that_lies_open_locks_and_the_sale_waits_behind_the_pin(till, counter):
    till.goto("/sell/")
    heading(till, "Who is there?")
    sign_in(till)
    heading(till, "Sell")
    to_check(till)
    long_ago()
    till.evaluate("document.body.dispatchEvent(new CustomEvent('wake'))")  # or half a minute
    heading(till, "Who is there?")
    assert "18761234567" not in till.inner_text("body").replace(" ", "")
    sign_in(till)
    heading(till, "Check before you sell")
    till.click("#confirm button")
    till.wait_for_url("**/sales/**")
    assert Sale.objects.get().device.name == "Front desk"
    till.click("nav button:has-text('Lock')")
    heading(till, "Who is there?")
    till.go_back()
    expect(till.locator("h1")).to_have_text("Who is there?")


def shows(page, pin):
    """The code stands there, and the page's clock has begun."""
    expect(page.locator("#voucher")).to_contain_text(pin)
    page.wait_for_load_state()


def test_a_till_without_a_line_locks_in_time_and_keeps_no_code(till, counter, open_page):
    """By the page's own clock, where the server cannot be asked by then."""
    counter.shop.lock_minutes = 1
    counter.shop.save()
    sale = counter.sell(sku=GOODS)
    pin = vouchers.read(sale=sale, person=counter.agent).pins[0].spoken
    till.clock.install()
    till.goto("/till/lock/")
    sign_in(till)
    till.goto(f"/sales/{sale.correlation_id}/")
    with till.expect_response("**/till/look/") as asked:
        till.clock.fast_forward(62_000)
    shows(till, pin)
    assert asked.value.status == 204, "somebody is busy on another page of it"
    held = []
    for line in (*LINES.values(), lambda route: held.append(route)):
        till.route("**/till/look/", line)
        till.clock.fast_forward(62_000)
        if line not in LINES.values():
            wait_for(lambda: till.wait_for_timeout(20) or held, "the question")
            till.clock.fast_forward(6_000)
        heading(till, "This till is locked")
        assert pin not in till.content()
        till.unroute("**/till/look/")
        till.clock.fast_forward(6_000)  # there is a line, and it asks for its page again
        shows(till, pin)
    till.context.set_offline(True)
    till.evaluate(BACK_AFTER_A_MINUTE)
    heading(till, "This till is locked")
    till.context.set_offline(False)
    shows(till, pin)
    till.clock.fast_forward(50_000)
    shows(till, pin)
    till.context.set_offline(True)
    till.clock.fast_forward(12_000)
    heading(till, "This till is locked")
    till.set_viewport_size(SMALL)
    assert (look(till), pin in till.content()) == ([], False)
    assert till.locator("form, a, dl").count() == 0
    long_ago()
    till.context.set_offline(False)
    heading(till, "Who is there?")
    assert pin not in till.content()
    forgive(open_page, "ERR_", "Failed to fetch", "status of 502", "abort", "htmx:error: timeout")


def test_the_pages_of_tills_and_people_are_for_everyone(open_page, till, owner):
    set_pin(person=owner, pin=PIN)
    till.set_viewport_size(SMALL)
    till.goto("/till/lock/")
    wrong = look(till)
    till.click(".who a:has-text('counter')")
    arrive(till, "#pin")
    wrong += look(till)
    till.fill("#pin", "1928")
    till.press("#pin", "Enter")
    arrive(till, ".problem")
    wrong += look(till)
    till.goto("/till/lock/")
    sign_in(till, "owner")
    for path in ("", "add/", "me/", f"{owner.pk}/", f"{owner.pk - 1}/"):
        till.goto(f"/people/{path}")
        wrong += look(till)
    assert wrong == []
    forgive_status(open_page)


def test_making_a_till_a_welcome_and_a_frozen_till_are_for_everyone(
    open_page, counter, owner, stack
):
    newcomer = Person.objects.create_user("newcomer", role=Role.OWNER, shop=counter.shop)
    welcome = welcome_link(RequestFactory().get("/"), newcomer).split("testserver")[1]
    page = open_page(welcome, signed_in=False, viewport=SMALL)
    heading(page, "Welcome")
    wrong = look(page)
    page.goto(welcome.replace("/welcome/", "/welcome/x"))
    heading(page, "This link is not valid any more")
    wrong += look(page)
    page.context.add_cookies([cookie_of(owner, stack.web_url)])
    page.goto("/till/")
    wrong += look(page)
    page.fill("#name", "Back room")
    page.press("#name", "Enter")
    heading(page, "This browser is a till")
    wrong += look(page)
    tills.set_frozen(device=Device.objects.get(), is_frozen=True)
    page.goto("/sell/")
    heading(page, "This till is frozen")
    assert wrong + look(page) == []
    forgive_status(open_page)


def look(page):
    """What is wrong with a page for somebody: as it is, and mirrored in the dark."""
    told = []
    for direction, scheme in (("ltr", "light"), ("rtl", "dark")):
        page.emulate_media(color_scheme=scheme)
        page.evaluate("to => { document.documentElement.dir = to; }", direction)
        told += violations(page)
        if page.evaluate("document.documentElement.scrollWidth") > SMALL["width"]:
            told.append(f"{page.url} scrolls sideways")
    return told + page.evaluate(TARGETS)
