"""The counter as an app: it can be installed, and without a line it says so and goes on."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import forgive_if_told, heading

LOST = ("ERR_INTERNET_DISCONNECTED", "Failed to load", "Failed to fetch")
WORKS = "() => navigator.serviceWorker.ready.then((known) => Boolean(known.active))"
KEPT = """async () => {
    const found = [];
    for (const name of await caches.keys())
        for (const asked of await (await caches.open(name)).keys())
            found.push(new URL(asked.url).pathname);
    return found;
}"""
SPOKEN = """async () => {
    const page = await (await caches.match("/offline/")).text();
    return page.match(/<html lang="([a-z]+)"/)[1];
}"""


@pytest.fixture
def page(open_page):
    page = open_page(service_workers="allow")
    assert page.evaluate(WORKS)
    page.reload()  # from here on the worker answers
    return page


def test_without_a_line_it_says_so_and_goes_on_by_itself(page, open_page):
    page.context.set_offline(True)
    page.goto("/sales/", wait_until="commit")
    heading(page, "No connection")
    assert "counter" not in page.content()  # nobody's name, no shop, no float
    expect(page.locator("body")).to_have_css("background-color", "rgb(244, 246, 247)")
    page.context.set_offline(False)
    heading(page, "Sales")
    assert page.url.endswith("/sales/")
    forgive_if_told(open_page, *LOST)  # of its looks for the line; not every one is told


def test_it_keeps_no_page_of_the_counter(page):
    page.goto("/sales/")
    page.goto("/sell/?number=18761234567")
    kept = page.evaluate(KEPT)
    assert "/offline/" in kept
    assert [path for path in kept if path != "/offline/" and "/static/" not in path] == []


def test_what_is_kept_is_in_the_language_that_is_read_now(page, counter):
    counter.agent.language = "ar"
    counter.agent.save(update_fields=["language"])
    page.goto("/sell/")
    page.wait_for_function(f"async () => await ({SPOKEN})() === 'ar'")


def test_it_can_be_installed(page):
    told = page.evaluate("() => fetch('/manifest.webmanifest').then((answer) => answer.json())")
    assert (told["start_url"], told["display"]) == ("/sell/", "standalone")
    sizes = page.evaluate(
        """(icons) => Promise.all(icons.map(async ({src}) => {
            const picture = new Image(); picture.src = src; await picture.decode();
            return `${picture.naturalWidth}x${picture.naturalHeight}`;
        }))""",
        told["icons"],
    )
    assert sizes == [icon["sizes"] for icon in told["icons"]]
    session = page.context.new_cdp_session(page)
    lacks = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert {one["errorId"] for one in lacks} <= {"in-incognito"}  # as every window of a test


def test_the_admin_is_left_alone(page, open_page):
    page.context.set_offline(True)
    with pytest.raises(Exception, match="ERR_INTERNET_DISCONNECTED"):
        page.goto("/admin/")
    forgive_if_told(open_page, *LOST)
