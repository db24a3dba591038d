"""The queue of a kiosk in a real browser: an offer shows by itself, sold in three presses."""

from playwright.sync_api import expect

from catalog.models import Sku
from tests.browser.conftest import SCRIPTS, heading
from tests.topup.counter import AIRTIME
from topup.models import KioskOffer, Person, Role, Sale
from topup.services import kiosks, offers
from topup.states import SaleState


def a_kiosk(counter):
    owner = Person.objects.create_user("desk-owner", role=Role.OWNER, shop=counter.shop)
    return kiosks.create(shop=counter.shop, name="Door", by=owner)[0]


def an_offer(kiosk):
    sku = Sku.objects.get(provider_id=AIRTIME)
    return offers.make(
        kiosk=kiosk, sku=sku, face_value=sku.min_face_value, recipient="18765550000", language="es"
    )


@SCRIPTS
def test_an_offer_comes_by_itself_and_is_sold(open_page, counter, scripts):
    kiosk = a_kiosk(counter)
    page = open_page("/queue/", scripts=scripts)
    expect(page.locator("#queue")).to_contain_text("Nobody is on the way")
    offer = an_offer(kiosk)
    if not scripts:  # it looks again after some seconds; nobody waits for that here
        assert page.locator("noscript meta[http-equiv=refresh]").count() == 1
        page.reload()
    row = page.locator(".queue-offer")
    expect(row).to_contain_text(f"{offer.code[:3]} {offer.code[3:]}")
    row.locator("button.primary").click()
    expect(page.locator("#check")).to_contain_text(f"Chosen at kiosk {kiosk.terminal_id}")
    page.click("#confirm button")
    heading(page, "Done")
    sale = Sale.objects.get()
    assert (sale.state, KioskOffer.objects.get().state) == (SaleState.COMPLETED, "sold")
    page.goto("/queue/")
    page.fill("#code", offer.code)
    page.press("#code", "Enter")
    heading(page, "Done")
    assert Sale.objects.count() == 1


def test_what_is_typed_stays_while_the_queue_looks(open_page, counter):
    kiosk = a_kiosk(counter)
    page = open_page("/queue/")
    page.fill("#code", "123")
    an_offer(kiosk)
    expect(page.locator(".queue-offer")).to_have_count(1)
    expect(page.locator("#code")).to_be_focused()
    assert page.input_value("#code") == "123"
    expect(page.locator("#kiosk-line .count")).to_have_text("1")
    kiosks.call_help(kiosk)
    expect(page.locator("#queue")).to_contain_text(f"Help wanted at {kiosk.terminal_id}")
