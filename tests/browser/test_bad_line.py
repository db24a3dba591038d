"""A bad line: answers that do not come, sessions that end half-way, Back, reload, two windows."""

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from tests.browser.conftest import (
    PASSWORD,
    SCRIPTS,
    arrive,
    cookie_of,
    forgive,
    heading,
    in_progress,
    the_sale,
    to_check,
)
from tests.stack import wait_for
from tests.topup.counter import PIN
from topup.models import Person, Role, Sale
from topup.services import vouchers
from topup.services.pricing import Quote
from topup.services.shops import open_shop
from topup.states import SaleState

#: How an answer gets lost: the line breaks, or a proxy in between answers for the web server.
LOSSES = {
    "reset": lambda route: route.abort("connectionreset"),
    "502": lambda route: route.fulfill(status=502, body="<html><body>Bad Gateway</body></html>"),
}
TOLD = ("ERR_CONNECTION_RESET", "Failed to fetch", "status of 502")


def key_of(page, counter):
    """The key of the sale that this page's form would make."""
    return Quote.from_token(page.input_value("[name=quote]"), shop=counter.shop).correlation_id


@pytest.fixture
def password(counter):
    counter.agent.set_password(PASSWORD)
    counter.agent.save()


def end_session(page):
    """As after twelve hours: the server knows the cookie no more."""
    Session.objects.all().delete()
    assert page.context.cookies()


def sign_in_again(page):
    heading(page, "Sign in")
    page.fill("#id_username", "counter")
    page.fill("#id_password", PASSWORD)
    page.click("main button")


@pytest.mark.parametrize("loss", LOSSES)
def test_a_lost_search_or_price_is_told_and_nothing_typed_is_lost(open_page, loss):
    page = open_page()
    no_answer = page.locator("[data-no-answer]")
    page.route("**/sell/?number=*", LOSSES[loss], times=1)
    page.fill("#number", "18761234567")
    page.press("#number", "Enter")
    expect(no_answer).to_be_visible()
    expect(page.locator("#number")).to_have_value("18761234567")
    page.press("#number", "Enter")
    expect(page.locator("#goods")).to_be_visible()
    expect(no_answer).to_be_hidden()
    page.route("**/sell/quote/", LOSSES[loss], times=1)
    page.locator(".tile", has_text="$10").first.locator("input").check()
    page.click("#continue")
    expect(no_answer).to_be_in_viewport()
    page.click("#continue")
    page.wait_for_selector("#check")
    forgive(open_page, *TOLD)


def test_a_lost_look_at_a_sale_is_taken_again(open_page, counter, stack):
    page = open_page()
    to_check(page, "18765550851")
    lost = []
    page.route("**/sales/*/?n=1", lambda route: (lost.append(1), LOSSES["502"](route)), times=1)
    with in_progress(stack):
        page.click("text=/^Sell for /")
        wait_for(lambda: page.wait_for_timeout(20) or lost, "the first look")
    heading(page, "Done")
    assert lost == [1]
    expect(page.locator("[data-no-answer]")).to_be_hidden()
    forgive(open_page, *TOLD)


def test_an_answer_that_hangs_is_given_up_and_the_key_is_kept(open_page, counter):
    page = open_page()
    page.clock.install()
    page.goto("/sell/")
    to_check(page)
    held = []
    page.route("**/sell/confirm/", lambda route: held.append(route), times=1)
    page.click("text=/^Sell for /")
    wait_for(lambda: page.wait_for_timeout(20) or held, "the press")
    expect(page.locator("#confirm button")).to_be_disabled()
    page.clock.fast_forward(20_000)
    expect(page.locator("[data-lost]")).to_be_in_viewport()
    expect(page.locator("#confirm button")).to_be_focused()
    held[0].continue_()  # what hung arrives after all, and is pressed again besides
    page.click("text=/^Sell for /")
    heading(page, "Done")
    assert Sale.objects.count() == 1
    forgive(open_page, "timeout")


def test_a_search_that_hangs_is_told_and_one_typed_on_is_not(open_page):
    page = open_page("/sell/browse/")
    page.clock.install()
    page.goto("/sell/browse/")
    held = []
    page.route("**/sell/browse/?q=fl*", lambda route: held.append(route))
    for count, letters in enumerate(("fl", "ex"), start=1):
        page.keyboard.insert_text(letters)
        wait_for(lambda: page.wait_for_timeout(20) or len(held) == count, "the search")  # noqa: B023
    expect(page.locator("[data-no-answer]")).to_be_hidden()
    page.clock.fast_forward(20_000)
    expect(page.locator("[data-no-answer]")).to_be_visible()
    page.unroute("**/sell/browse/?q=fl*")
    page.press("#q", "Enter")
    expect(page.locator("#browse [role=status]")).to_have_text("1 product found")
    expect(page.locator("[data-no-answer]")).to_be_hidden()
    expect(page.locator("#q")).to_be_focused()
    forgive(open_page, "timeout")


def test_a_browser_that_htmx_is_too_new_for_still_sees_the_end(open_page, counter):
    page = open_page()
    page.route("**/htmx.min.js", lambda route: route.abort())
    page.reload()
    assert page.evaluate("typeof htmx") == "undefined"
    to_check(page, "18765550851")
    page.dblclick("text=/^Sell for /")
    heading(page, "Done")
    assert Sale.objects.count() == 1
    forgive(open_page, "ERR_FAILED")


def test_a_page_that_is_not_there_takes_the_place_of_the_whole_page(open_page, counter, stack):
    other = Person.objects.create_user("other", role=Role.CASHIER, shop=open_shop(name="Harbour"))
    page = open_page()
    to_check(page, "18765550851")
    with in_progress(stack):
        page.click("text=/^Sell for /")
        arrive(page, "#state")
        page.context.add_cookies([cookie_of(other, stack.web_url)])
        heading(page, "There is no such page here")
    assert page.locator("header").count() == page.locator("main").count() == 1
    expect(page.locator("h1")).to_be_focused()
    assert page.title().startswith("Not found")
    forgive(open_page, "status of 404")


@SCRIPTS
def test_a_session_that_ends_at_any_step_loses_nothing(open_page, counter, password, scripts):
    page = open_page(scripts=scripts)
    page.fill("#number", "18761234567")
    end_session(page)
    page.press("#number", "Enter")
    sign_in_again(page)
    expect(page.locator("#number")).to_have_value("+1 876 123 4567")
    page.locator(".tile", has_text="$10").first.locator("input").check()
    end_session(page)
    page.click("#continue")
    sign_in_again(page)
    expect(page.locator(".tile", has_text="$10").first.locator("input")).to_be_checked()
    page.click("#continue")
    page.wait_for_selector("#check")
    key = key_of(page, counter)
    end_session(page)
    page.click("text=/^Sell for /")
    sign_in_again(page)
    page.wait_for_selector("#check")
    assert key_of(page, counter) == key
    page.click("text=/^Sell for /")
    heading(page, "Done")  # from here on it does not look by itself
    sold = page.url
    end_session(page)
    page.reload()
    sign_in_again(page)
    heading(page, "Done")
    assert page.url.split("?")[0] == sold.split("?")[0]
    assert Sale.objects.count() == 1


def test_a_session_that_ends_while_a_sale_is_watched(open_page, counter, password, stack):
    page = open_page()
    to_check(page, "18765550851")
    with in_progress(stack):
        page.click("text=/^Sell for /")
        arrive(page, "#state")
        end_session(page)
        heading(page, "Sign in")
    sign_in_again(page)
    heading(page, "Done")


def test_a_page_from_before_another_sign_in_still_sells(open_page, counter, password):
    """Two windows: signing out and in again in one changes the tokens of the other's forms."""
    page = open_page()
    to_check(page)
    other = page.context.new_page()
    other.goto("/sell/")
    other.click("text=Sign out")
    sign_in_again(other)
    other.wait_for_selector("#sell")
    with page.expect_navigation():  # the same check page, with forms that are good again
        page.click("text=/^Sell for /")
    page.click("#confirm >> text=/^Sell for /")
    heading(page, "Done")
    assert Sale.objects.count() == 1


def test_after_the_sign_out_back_shows_nothing(open_page, counter):
    sale = counter.sell(sku=PIN)
    code = vouchers.read(sale=sale, person=counter.agent).pins[0].spoken
    page = open_page(f"/sales/{sale.correlation_id}/")
    expect(page.locator("#voucher")).to_contain_text(code)
    page.click("text=Sign out")
    heading(page, "Sign in")
    page.go_back()
    heading(page, "Sign in")
    assert code not in page.content()


@SCRIPTS
def test_back_forward_and_reload_through_a_whole_sale(open_page, counter, scripts):
    page = open_page(scripts=scripts)
    to_check(page, "18765550851")
    page.reload()
    page.wait_for_selector("#check")
    page.go_back()
    expect(page.locator("#number")).to_have_value("+1 876 555 0851")
    page.go_forward()
    page.wait_for_selector("#check")
    page.click("text=/^Sell for /")
    page.wait_for_selector("#state")
    sold = page.url.split("?")[0]
    page.reload()
    page.wait_for_selector("#state")
    page.go_back()
    page.wait_for_selector("#state, #goods")
    page.go_forward()
    heading(page, "Done")
    assert page.url.split("?")[0] == sold
    page.reload()
    heading(page, "Done")
    assert Sale.objects.count() == 1


def test_a_number_typed_over_is_looked_up_before_it_is_sold_to(open_page, counter):
    page = open_page()
    page.fill("#number", "18761234567")
    page.press("#number", "Enter")
    page.locator(".tile", has_text="$10").first.locator("input").check()
    expect(page.locator("#number")).to_have_value("+1 876 123 4567")
    page.fill("#number", "18769999999")
    page.click("#continue")
    expect(page.locator("#goods [name=number]")).to_have_value("18769999999")
    page.wait_for_url("**/sell/?number=18769999999")
    expect(page.locator(".tile", has_text="$10").first.locator("input")).to_be_checked()
    page.click("#continue")
    expect(page.locator(".big-number")).to_have_text("+1 876 999 9999")


@SCRIPTS
def test_a_number_for_a_chosen_operator_goes_with_the_goods(open_page, counter, scripts):
    page = open_page("/sell/browse/JM/", scripts=scripts)
    page.click("text=Digicel")
    expect(page.locator("#lookup button")).to_have_count(0)
    page.fill("#number", "18761234567")
    page.locator(".tile", has_text="$10").first.locator("input").check()
    page.click("#continue")
    expect(page.locator(".big-number")).to_have_text("+1 876 123 4567")


@SCRIPTS
def test_after_a_refusal_the_form_is_filled_in_to_be_corrected(open_page, counter, scripts):
    page = open_page(scripts=scripts)
    to_check(page, "18765550501")
    page.click("text=/^Sell for /")
    heading(page, "Refused")
    page.click("text=Correct it and sell again")
    expect(page.locator("#number")).to_have_value("+1 876 555 0501")
    expect(page.locator(".tile", has_text="$10").first.locator("input")).to_be_checked()
    page.click("#continue")
    page.wait_for_selector("#check")
    assert Sale.objects.count() == 1


def test_nothing_is_announced_twice_while_a_sale_is_watched(open_page, counter, stack):
    page = open_page()
    to_check(page, "18765550851")
    with in_progress(stack):
        page.click("text=/^Sell for /")
        arrive(page, "#state")
        page.evaluate("""() => {
          window.heard = [];
          const region = document.querySelector('#state [role=status]');
          new MutationObserver(() => heard.push(region.textContent.replace(/\\s+/g, ' ').trim()))
            .observe(region, {subtree: true, childList: true, characterData: true});
        }""")
    heading(page, "Done")
    heard = page.evaluate("heard")
    assert heard
    assert len(heard) == len(set(heard)), "each change once, and the region was never replaced"
    wait_for(lambda: the_sale().state == SaleState.COMPLETED, "the sale")


@pytest.mark.parametrize("button", ["#lookup button:not([data-scan])", "#continue"])
def test_a_double_click_while_selling_does_no_harm(open_page, counter, button):
    page = open_page()
    page.fill("#number", "18761234567")
    if button == "#continue":
        page.press("#number", "Enter")
        page.locator(".tile", has_text="$10").first.locator("input").check()
    page.dblclick(button)
    page.wait_for_selector("#goods" if button != "#continue" else "#check")
    expect(page.locator("[data-no-answer]")).to_be_hidden()


def test_a_double_click_on_sign_in_signs_in(open_page, counter, password):
    page = open_page("/", signed_in=False)
    page.fill("#id_username", "counter")
    page.fill("#id_password", PASSWORD)
    page.dblclick("main button")
    page.wait_for_selector("#sell")
