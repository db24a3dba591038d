"""Every kind of goods sold in a browser, to the end; one that waits, one that is refused."""

from playwright.sync_api import expect

from catalog.enums import Category
from catalog.models import Sku
from tests.browser.conftest import forgive, heading, the_sale
from tests.topup.goods import a_sku, some_skus
from topup.services import vouchers
from topup.states import SaleState

NUMBER = "917012345678"  # of an operator whose bundles depend on the number


def choose(page, sku, *, amount=""):
    """From the operator's goods to what they ask for, or to the price."""
    page.goto(f"/sell/?operator={sku.operator_id}")
    page.locator(f"#sku-{sku.pk}").check()
    if amount:
        page.fill(f"#amount-{sku.pk}", amount)
    page.click("#continue")


def go_on(page):
    page.click("text=Continue to the price")
    page.wait_for_selector("#check")


def sell(page, end="Done"):
    page.click("text=/^Sell for /")
    heading(page, end, seconds=25)
    return the_sale()


def secret(sale, counter):
    return vouchers.read(sale=sale, person=counter.agent)


def test_a_bill_is_found_checked_and_paid(open_page, counter):
    bill = a_sku(Category.BILL_PAY, "electric")
    page = open_page("/sell/browse/?kind=bill")
    page.click('[href="/sell/browse/NG/?kind=bill"]')
    page.click("text=Electric")
    page.locator(f"#sku-{bill.pk}").check()
    page.click("#continue")
    page.fill("#x-account_number", "04123456789")
    page.press("#x-account_number", "Enter")
    expect(page.locator("#account")).to_contain_text("A. Customer")
    page.fill(f"#amount-{bill.pk}", "2000")
    go_on(page)
    expect(page.locator(".facts")).to_contain_text("A. Customer")
    expect(page.locator("#hold")).to_contain_text("still 3 minutes")
    sale = sell(page)
    assert sale.extras["account_name"] == "A. Customer"
    counter.assert_right()


def test_a_gift_card_waits_and_then_shows_its_card(open_page, counter, stack):
    stack.simulator.fault("pending", kind="gift_card", times=1, count=1)
    card = a_sku(Category.GIFT_CARD, "google play")
    page = open_page()
    choose(page, card)
    page.fill("#x-first_name", "Zoë")
    go_on(page)
    page.click("text=/^Sell for /")
    heading(page, "In progress")
    heading(page, "Done", seconds=25)
    sale = the_sale()
    assert (sale.extras, sale.was_acknowledged) == ({"first_name": "Zoë"}, True)
    assert secret(sale, counter) is not None


def test_an_esim_is_sold_without_scripts_once_the_phone_was_asked_about(open_page, counter):
    esim = a_sku(Category.ESIM)
    page = open_page(scripts=False)
    choose(page, esim)
    page.click("text=Continue to the price")
    expect(page.locator(".problem a")).to_have_attribute("href", "#x-device_fits")
    page.locator("#x-device_fits").check()
    go_on(page)
    expect(page.locator(".warning")).to_contain_text("cannot be given back")
    assert secret(sell(page), counter) is not None
    forgive(open_page, "status of 422")


def test_a_bundle_of_one_number(open_page, counter):
    plans = some_skus(Category.RTR, "jio", most=3)
    page = open_page(f"/sell/?number={NUMBER}")
    expect(page.locator("#goods legend").first).to_have_text("Bundles of this number")
    page.locator(".tile input[type=radio]").first.check()
    page.click("#continue")
    page.wait_for_selector("#check")
    sale = sell(page)
    assert Sku.objects.get(pk=sale.sku_id).product == plans[0].product
    assert sale.state == SaleState.COMPLETED


def test_a_refused_bill_leads_back_with_what_was_typed(open_page, counter, stack):
    bill = a_sku(Category.BILL_PAY, "dstv")
    page = open_page()
    choose(page, bill)
    page.fill("#x-account_number", "77770502")  # found, and then refused
    page.click("text=Find the account")
    page.fill(f"#amount-{bill.pk}", "3500")
    go_on(page)
    sale = sell(page, "Refused")
    assert (sale.state, counter.float()[1]) == (SaleState.DECLINED, 0)
    page.click("text=Correct it and sell again")
    page.click("#continue")
    expect(page.locator("#x-account_number")).to_have_value("77770502")
