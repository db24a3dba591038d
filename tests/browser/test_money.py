"""Paying in a deposit in a real browser at the real web server, with a picture from the disk."""

from decimal import Decimal as D
from io import BytesIO

from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import forgive
from tests.browser.test_access import SMALL, TARGETS, violations
from topup.models import DepositRequest, Person, Role


def file_of(content, name="slip.jpg"):
    return {"name": name, "mimeType": "image/jpeg", "buffer": content}


def slip():
    out = BytesIO()
    Image.new("RGB", (900, 1200), "white").save(out, "JPEG")
    return out.getvalue()


def test_an_owner_pays_in_a_deposit_on_a_small_screen(open_page, counter):
    counter.agent = Person.objects.create_user("owner", role=Role.OWNER, shop=counter.shop)
    page = open_page("/money/", viewport=SMALL)
    page.click("text=Pay in a deposit")
    page.fill("#amount", "a hundred")
    page.click("text=Get the reference")
    expect(page.locator(".problem")).to_contain_text("Type the amount in digits")
    assert page.input_value("#amount") == "a hundred"
    page.fill("#amount", "120,50")
    page.click("text=Get the reference")
    page.wait_for_selector(".reference")
    deposit = DepositRequest.objects.get()
    assert (page.inner_text(".reference"), deposit.amount) == (deposit.reference, D("120.50"))

    page.fill("#bank_reference", "FT 77")
    page.set_input_files("#picture", file_of(b"x" * 5_000_000))
    page.click("text=Keep it")
    expect(page.locator(".problem")).to_contain_text("at most 4 MB")
    page.set_input_files("#picture", file_of(slip()))
    page.click("text=Keep it")
    page.wait_for_selector(".proof-picture")
    decoded = "e => e.decode().then(() => e.naturalWidth)"
    assert page.locator(".proof-picture").evaluate(decoded) == 900
    assert page.evaluate("document.documentElement.scrollWidth") <= SMALL["width"]
    assert violations(page) == []
    assert page.evaluate(TARGETS) == []
    page.click("text=Take it back")
    expect(page.locator(".reference-card .badge")).to_contain_text("Taken back")
    forgive(open_page, "status of 422")
