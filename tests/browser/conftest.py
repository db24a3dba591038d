"""A real Chromium at the real product: web server, workers, beat, broker and simulator."""

from contextlib import contextmanager
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from tests.stack import running_stack, wait_for
from tests.topup.counter import Counter, make_counter
from topup.models import Sale
from topup.states import POLLED, UNFINISHED, SaleState

AXE = Path(__file__).parents[1] / "vendor/axe-core-4.14.1/axe.min.js"
PASSWORD = "a-long-password"
SCRIPTS = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
PATIENCE = 60_000  # milliseconds; only what hangs is waited for as long
expect.set_options(timeout=PATIENCE)
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 800}


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db(transaction=True))


@pytest.fixture(scope="package")
def stack(django_db_setup, django_db_blocker):
    quick = {"ABSENT_AFTER_SECONDS": "3", "ABSENT_APART_SECONDS": "1"}
    with (
        django_db_blocker.unblock(),
        running_stack(
            web=True, simulator_options={"time_scale": 0.02}, environment=quick
        ) as running,
    ):
        yield running


class ServedCounter(Counter):
    """A counter beside workers: of a sale that was confirmed one of them may be the sender."""

    def sell(self, number="18765550000", **goods):
        sale = super().sell(number, **goods)
        unanswered = Sale.objects.filter(
            pk=sale.pk, state__in=[SaleState.CREATED, SaleState.SUBMITTED]
        )
        wait_for(lambda: not unanswered.exists(), "the provider's first answer")
        sale.refresh_from_db()
        return sale


@pytest.fixture
def counter(stack, transactional_db):
    stack.reset()
    yield ServedCounter(**vars(make_counter(stack.simulator)))
    # A task that is still at work must not meet the emptied tables.
    unfinished = Sale.objects.filter(state__in=UNFINISHED)
    wait_for(lambda: not unfinished.exists(), "the last sale to end")


@pytest.fixture
def open_page(stack, counter, new_context):
    """A page of a new browser window, signed in; what its console complains of fails the test.

    With `beside` it is another tab of that page's window.
    """
    complaints, pages = [], []

    def window(viewport, scripts, signed_in, **options):
        # `page.route` sees not what a worker fetches; the shell of Chromium asks for no language.
        options = {"service_workers": "block", "locale": "en-US"} | options
        context = new_context(viewport=viewport, java_script_enabled=scripts,
                              base_url=stack.web_url, **options)  # fmt: skip
        # The dialog of a browser without a screen stays open, and then no PDF can be made.
        context.add_init_script("window.print = () => {}")
        if signed_in:
            context.add_cookies([cookie_of(counter.agent, stack.web_url)])
        return context

    def make(path="/sell/", *, viewport=PHONE, scripts=True, signed_in=True, beside=None, **more):
        context = beside.context if beside else window(viewport, scripts, signed_in, **more)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        pages.append(page)
        page.goto(path)
        return page

    make.complaints, make.pages, make.forgiven = complaints, pages, []
    yield make
    assert [one for one in complaints if not is_forgiven(make, one)] == []


def cookie_of(person, url):
    """The session of somebody who signed in."""
    client = Client()
    client.force_login(person)
    return {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": url}


@contextmanager
def in_progress(stack):
    """Whatever is asked about a sale within, the provider is still at it; then it is asked anew."""
    stack.simulator.fault("code", code="852", kind="status")
    try:
        yield
    finally:
        stack.simulator.control("faults", "DELETE")
        Sale.objects.filter(state__in=POLLED).update(next_poll_at=timezone.now())


def to_check(page, number="18761234567", *, product="$10"):
    """From the number to the check page, as a person does it; its scripts run by then."""
    page.fill("#number", number)
    page.press("#number", "Enter")
    page.locator(".tile", has_text=product).first.locator("input[type=radio]").check()
    page.click("#continue")
    arrive(page, "#check")


def arrive(page, selector):
    """It stands there, on a page that is whole: its scripts run, its sheets are read."""
    page.wait_for_selector(selector)
    page.wait_for_load_state()


def stop_clock(page):
    """From here on time passes for the page by `fast_forward` alone; its clock is installed."""
    page.clock.pause_at(page.evaluate("Date.now()") / 1000 + 5)


def the_sale():
    return Sale.objects.get()


def forgive(open_page, *wanted):
    """What the browser itself tells of a lost line or a refused form is no defect.

    It tells it in its own time: what was not told yet is waited for.
    """
    forgive_if_told(open_page, *wanted)
    there = [page for page in open_page.pages if not page.is_closed()][:1]

    def is_told():
        for page in there:
            page.wait_for_timeout(20)
        return any(part in one for one in open_page.complaints for part in wanted)

    wait_for(is_told, "the browser to tell")


def forgive_if_told(open_page, *wanted):
    """The same of what it tells only sometimes."""
    open_page.forgiven.extend(wanted)


def is_forgiven(open_page, complaint):
    return any(part in complaint for part in open_page.forgiven)


def heading(page, text, seconds=60):
    """The page says so, and is whole."""
    expect(page.locator("h1")).to_have_text(text, timeout=seconds * 1000)
    page.wait_for_load_state()
