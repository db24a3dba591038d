"""How many keys a sale takes, confirmation included: all by keyboard, on a real page."""

from decimal import Decimal as D

import pytest
from playwright.sync_api import expect

from catalog.models import Operator, Sku
from tests.browser.conftest import forgive, heading
from tests.stack import wait_for
from tests.topup.counter import RANGE
from topup.models import Sale

MOST = 18  # for a new number of eleven digits
BUTTON = "#confirm .primary:focus"


class Keys:
    """A keyboard that counts."""

    def __init__(self, page):
        self.page, self.count = page, 0

    def type(self, text):
        for one in text:
            self.press("Space" if one == " " else one)

    def press(self, key):
        self.count += 1
        self.page.keyboard.press(key)


@pytest.fixture
def flow(counter):
    """A rival in the same country, that has the same amounts on sale."""
    rival = Operator.objects.create(provider_id=99, name="Flow", country_id="JM")
    sku = Sku.objects.get(provider_id=RANGE)
    sku.pk, sku.provider_id, sku.name, sku.operator = None, 7001, "Flow 3-100 USD", rival
    sku.row_hash = "flow"
    sku.save()
    return rival


def focused(page):
    return page.evaluate("document.activeElement.id")


def test_a_new_number_and_the_same_to_another_one(open_page, counter, stack):
    page = open_page()
    keys = Keys(page)
    assert focused(page) == "number"
    keys.type("18761234567 25")
    expect(page.locator("#bar .price")).to_have_count(1)  # shown before any Enter
    assert focused(page) == "number", "what is shown while typing moves no focus"
    keys.press("Enter")
    page.wait_for_selector(BUTTON)
    expect(page.locator("#check .total")).to_contain_text("$")
    assert Sale.objects.count() == 0
    keys.press("Enter")
    page.wait_for_url("**/sales/**")
    assert keys.count <= MOST, keys.count
    expect(page.locator("#next #number")).to_be_focused()  # the next customer
    keys.count = 0
    keys.type("18762234567")
    keys.press("Enter")
    page.wait_for_selector(BUTTON)
    keys.press("Enter")
    page.wait_for_url("**/sales/**")
    assert keys.count == len("18762234567") + 2
    heading(page, "Done")
    rows = [*Sale.objects.order_by("pk").values_list("recipient", "face_value", "sku__provider_id")]
    assert rows == [("18761234567", D(25), RANGE), ("18762234567", D(25), RANGE)]
    wait_for(lambda: len(stack.posts()) == 2, "both to be sent")
    assert list(stack.posts().values()) == [1, 1]
    counter.assert_right()


def test_a_rival_is_one_key_and_an_amount_of_several_readings_is_chosen(open_page, counter, flow):
    page = open_page()
    keys = Keys(page)
    keys.type("18761234567 25")
    keys.press("Enter")
    page.wait_for_selector(BUTTON)
    keys.press("1")
    page.wait_for_url("**operator=**")
    expect(page.locator(".problem")).to_contain_text("sold out")  # the simulator has no such SKU
    forgive(open_page, "status of 422")
    page.goto("/sell/")
    keys = Keys(page)
    keys.type("18761234567 10")
    keys.press("Enter")
    expect(page.locator("#readings #readings-heading")).to_be_focused()  # none of them is chosen
    keys.press("Enter")  # chooses nothing, and sells nothing
    assert page.locator("#readings").count() == 1
    keys.press("Tab")
    keys.press("Enter")
    page.wait_for_selector(BUTTON)
    keys.press("Enter")
    page.wait_for_url("**/sales/**")
    assert keys.count <= MOST + 2, keys.count
    heading(page, "Done")
    assert Sale.objects.count() == 1


def test_a_held_or_hasty_enter_sells_nothing(open_page, counter):
    page = open_page()
    page.keyboard.type("18761234567 25")
    page.keyboard.down("Enter")
    page.wait_for_selector("#check")
    for _ in range(20):
        page.keyboard.down("Enter")  # as a key that is held down repeats
    page.wait_for_selector(BUTTON)
    page.keyboard.down("Enter")
    page.wait_for_timeout(300)
    assert Sale.objects.count() == 0
    page.keyboard.up("Enter")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sales/**")
    heading(page, "Done")
    assert Sale.objects.count() == 1


def test_a_whole_line_sells_without_scripts(open_page, counter):
    page = open_page(scripts=False)
    page.fill("#number", "18761234567 25")
    page.press("#number", "Enter")
    page.wait_for_selector("#check")
    assert Sale.objects.count() == 0
    page.click("text=/^Sell for /")
    heading(page, "Done")
    assert Sale.objects.count() == 1


SPY = """
const focus = HTMLElement.prototype.focus;
HTMLElement.prototype.focus = function (...how) { window.given = this.id; focus.apply(this, how); };
addEventListener("DOMContentLoaded", () => { window.early = window.given; });
"""


def test_keys_before_the_first_frame_are_not_lost(open_page):
    """The browser's own autofocus waits for that frame; the page's script does not."""
    page = open_page("/session/language/")
    page.add_init_script(SPY)
    page.goto("/sell/")
    assert page.evaluate("window.early") == "number"
