"""Whole sales, as an agent at a counter does them."""

from playwright.sync_api import expect

from tests.browser.conftest import (
    PASSWORD,
    SCRIPTS,
    arrive,
    forgive,
    heading,
    in_progress,
    to_check,
)
from tests.stack import wait_for
from topup.models import Sale
from topup.services import vouchers
from topup.states import SaleState


@SCRIPTS
def test_a_top_up_from_sign_in_to_receipt(open_page, counter, stack, scripts):
    counter.agent.set_password(PASSWORD)
    counter.agent.save()
    page = open_page("/", scripts=scripts, signed_in=False)
    page.fill("#id_username", "counter")
    page.fill("#id_password", PASSWORD)
    page.click("main button")
    to_check(page, "+1 876-123 4567")
    expect(page.locator(".big-number")).to_have_text("+1 876 123 4567")
    page.click("text=/^Sell for /")
    heading(page, "Done")
    sale = Sale.objects.get()
    assert (sale.recipient, sale.state) == ("18761234567", SaleState.COMPLETED)
    assert stack.posts() == {sale.correlation_id: 1}
    page.click("text=Receipt")
    expect(page.locator("#paper")).to_contain_text(f"Paid${sale.price:.2f}", use_inner_text=False)
    counter.assert_right()


@SCRIPTS
def test_a_pin_found_by_searching(open_page, counter, scripts):
    page = open_page("/sell/browse/", scripts=scripts)
    page.fill("#q", "flex card")
    page.press("#q", "Enter")
    page.click("text=Digicel Flex Card")
    page.click("#continue")
    page.wait_for_selector("#check")
    page.click("text=/^Sell for /")
    heading(page, "Done")
    sale = Sale.objects.get()
    code = vouchers.read(sale=sale, person=counter.agent).pins[0].spoken
    expect(page.locator("#voucher .pin")).to_have_text(code)
    page.click("text=Receipt")
    expect(page.locator("#paper .pin")).to_have_text(code)
    counter.assert_right()


#: By number: accepted and then done, accepted and then refused, line dropped, HTTP 503.
UNFINISHED = {
    "18765550852": "Done",
    "18765550853": "Refused",
    "18765550121": "Done",
    "18765550503": "Done",
}


@SCRIPTS
def test_unfinished_sales_end_by_themselves_before_the_agents_eyes(
    open_page, counter, stack, scripts
):
    pages = {number: open_page(scripts=scripts) for number in UNFINISHED}
    for number, page in pages.items():
        to_check(page, number)
        page.click("text=/^Sell for /")
        page.wait_for_selector("#state")
    for number, page in pages.items():
        heading(page, UNFINISHED[number])
    assert list(stack.posts().values()) == [1] * len(UNFINISHED)
    counter.assert_right()


def test_a_refusal_says_what_to_do_and_the_float_is_whole(open_page, counter):
    page = open_page()
    to_check(page, "18765550501")
    page.click("text=/^Sell for /")
    heading(page, "Refused")
    expect(page.locator("#state")).to_contain_text("Check the number with the customer")
    expect(page.locator("#float")).to_contain_text("$500.00")
    assert page.locator("[data-look]").count() == 0
    counter.assert_right()


def test_the_float_and_the_count_follow_the_sale(open_page, counter):
    page = open_page()
    to_check(page, "18765550851")
    page.click("text=/^Sell for /")
    heading(page, "Done")
    left = f"${500 - Sale.objects.get().charge:.2f}"
    expect(page.locator("#float")).to_contain_text(left)
    expect(page.locator("#unfinished")).to_be_hidden()


def test_a_whole_sale_by_keyboard(open_page, counter):
    page = open_page()
    keys = page.keyboard
    assert page.evaluate("document.activeElement.id") == "number"
    keys.type("18761234567")
    keys.press("Enter")
    expect(page.locator("#operator-heading")).to_be_focused()  # the new heading
    for _ in range(2):  # over "Change", to the amounts
        keys.press("Tab")
    assert page.evaluate("document.activeElement.name") == "sku"
    keys.press("Space")
    keys.press("Enter")
    arrive(page, "#check")
    expect(page.locator("h1")).to_be_focused()
    for _ in range(2):  # over "Your commission", to the deed
        keys.press("Tab")
    assert page.evaluate("document.activeElement.closest('#confirm') !== null")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    assert outline == "3px"
    page.wait_for_timeout(400)  # a press before anybody can have read the price sells nothing
    keys.press("Enter")
    heading(page, "Done")
    expect(page.locator("h1")).to_be_focused()
    keys.press("Tab")
    keys.press("Tab")
    keys.press("Enter")
    expect(page.locator("#sell #number")).to_be_focused()  # the next customer


def test_the_answer_is_lost_and_the_agent_presses_again(open_page, counter):
    page = open_page()
    to_check(page)
    answers = []

    def lose(route):
        answers.append(route.fetch(max_redirects=0).status)
        route.abort("connectionreset")

    page.route("**/sell/confirm/", lose, times=1)
    page.click("text=/^Sell for /")
    banner = page.locator("[data-lost]")
    expect(banner).to_be_visible()
    expect(banner).to_contain_text("you cannot be charged twice")
    assert answers == [200], "the sale was made, only its answer was lost"
    sale = Sale.objects.get()
    page.click("text=/^Sell for /")
    page.wait_for_url(f"**/sales/{sale.correlation_id}/")
    heading(page, "Done")
    assert Sale.objects.count() == 1
    forgive(open_page, "ERR_CONNECTION_RESET", "Failed to fetch")


@SCRIPTS
def test_a_double_click_is_one_sale(open_page, counter, stack, scripts):
    page = open_page(scripts=scripts)
    to_check(page)
    page.dblclick("text=/^Sell for /")
    heading(page, "Done")
    assert Sale.objects.count() == 1
    assert list(stack.posts().values()) == [1]


def test_the_line_drops_and_comes_back(open_page, counter, stack):
    page = open_page()
    to_check(page, "18765550851")
    with in_progress(stack):
        page.click("text=/^Sell for /")
        arrive(page, "#state")
        with page.expect_event("requestfailed"):  # a look at the sale
            page.context.set_offline(True)
            expect(page.locator("[data-offline]")).to_be_visible()
    wait_for(lambda: Sale.objects.get().state == SaleState.COMPLETED, "the sale to end")
    page.context.set_offline(False)
    expect(page.locator("[data-offline]")).to_be_hidden()
    heading(page, "Done")
    forgive(open_page, "ERR_INTERNET_DISCONNECTED", "Failed to fetch")


def test_going_back_after_a_sale_shows_the_sale(open_page, counter):
    page = open_page()
    to_check(page)
    page.click("text=/^Sell for /")
    heading(page, "Done")
    sold = page.url
    page.go_back()
    heading(page, "Done")
    assert page.url == sold
    assert Sale.objects.count() == 1


def test_a_bad_amount_moves_the_focus_to_what_to_mend(open_page, counter):
    page = open_page()
    page.fill("#number", "18761234567")
    page.press("#number", "Enter")
    page.fill("[data-chooses]", "2")
    expect(page.locator(".ranges input[type=radio]")).to_be_checked()
    page.click("#continue")
    problem = page.locator(".problem")
    expect(problem).to_contain_text("Type an amount from 3 to 100 USD.")
    expect(problem).to_be_focused()
    expect(page.locator("[data-chooses]")).to_have_value("2")
    forgive(open_page, "status of 422")
