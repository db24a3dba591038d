"""The customer's receipt on rolls of 80 and 58 mm: whole, on one page, black on white."""

import re

import pypdfium2
import pytest
import zxingcpp
from playwright.sync_api import expect

from catalog.enums import Category
from tests.browser.conftest import DESK, PHONE
from tests.stack import wait_for
from tests.topup.counter import PIN
from tests.topup.test_kinds import a_sku, sell
from topup import sealing
from topup.models import PrintAnswer, ReceiptPrint, Sale, Voucher
from topup.services import passport

POINTS = 72 / 25.4
NARROWEST = {"80": 72, "58": 48}  # mm that a roll's printer reaches
#: Letters below 11 px, other colours than black, and what sticks out of the paper.
FAULTS = """
width => Array.from(document.querySelectorAll('#paper, #paper *')).flatMap(e => {
  const style = getComputedStyle(e), box = e.getBoundingClientRect();
  const paper = document.getElementById('paper').getBoundingClientRect();
  return [
    parseFloat(style.fontSize) < 11 && 'small ' + style.fontSize,
    style.color !== 'rgb(0, 0, 0)' && 'not black ' + style.color,
    box.right > paper.left + width * 96 / 25.4 + 1 && 'cut ' + box.right,
    box.width && box.left < paper.left - 1 && 'cut ' + box.left,
  ].filter(Boolean).map(fault => fault + ': ' + e.outerHTML.slice(0, 60));
})
"""


@pytest.fixture
def receipt(counter):
    """The address of a receipt with everything on it, long and from right to left."""
    sale = counter.sell(sku=PIN)
    counter.shop.name = "Corner Shop of the Three Brothers at the Old Harbour Bridge"
    counter.shop.address = "12 Market Street, " * 4
    counter.shop.save()
    pins = [{"number": f"{number}" * 20, "control_number": "9" * 40, "expiration_date": "2027"}
            for number in (1, 2, 3)]  # fmt: skip
    words = "أدخل الرمز ثم اضغط اتصال. Dial *121*code# and press call.\n" * 8
    Voucher.objects.update(sealed=sealing.seal({"pins": pins, "instructions": words}))
    Sale.objects.update(
        sku_name="بطاقة ديجيسل Flex Card with a name that goes on", provider_reference="R" * 40,
        operator_reference="0123456789" * 4,
    )  # fmt: skip
    return f"/receipts/{sale.correlation_id}/"


def sizes(pdf):
    """Width and height of each page in millimetres."""
    found = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    return [(float(width) / POINTS, float(height) / POINTS) for width, height in found]


@pytest.mark.parametrize("roll", ["80", "58"])
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["360", "1280"])
def test_a_receipt_fits_its_roll(open_page, receipt, roll, viewport):
    page = open_page(receipt, viewport=viewport, color_scheme="dark")
    page.select_option("#paper-size", roll)
    ((width, height),) = sizes(page.pdf(prefer_css_page_size=True))
    assert width == pytest.approx(int(roll), abs=1)
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.evaluate(FAULTS, NARROWEST[roll]) == []
    printed = page.locator("#paper").bounding_box()["height"] * 25.4 / 96
    assert printed + 8 <= height <= printed + 14, "nothing cut, no paper for nothing"
    page.emulate_media(media="screen")
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.locator(".rolled").count() == 0


def test_the_paper_is_remembered(open_page, receipt):
    page = open_page(receipt)
    assert page.input_value("#paper-size") == "80"
    page.select_option("#paper-size", "58")
    page.reload()
    assert page.input_value("#paper-size") == "58"
    page.select_option("#paper-size", "other")
    assert sizes(page.pdf(format="A4", prefer_css_page_size=True))[0][0] == pytest.approx(
        210, abs=1
    )


@pytest.mark.parametrize("roll", ["80", "58"])
def test_without_scripts_the_printers_own_paper_is_used(open_page, receipt, roll):
    page = open_page(receipt, scripts=False, color_scheme="dark")
    assert not page.locator("[data-print]").is_visible()
    found = sizes(page.pdf(width=f"{roll}mm", height="600mm"))
    assert [round(width) for width, _height in found] == [int(roll)]


def test_nothing_but_the_receipt_is_printed(open_page, receipt):
    page = open_page(receipt)
    page.emulate_media(media="print")
    mark, name = page.evaluate("document.body.innerText").split("\n")[::2][:2]
    assert (mark, name[:11]) == ("Training: nothing is really sold", "Corner Shop")
    for part in (".header", ".training", ".no-print", "#paper-size"):
        assert not page.locator(part).first.is_visible()


def read_by_a_scanner(pdf, dots=203):
    """What the QR codes of a paper say, printed with so few dots an inch, black or white."""
    (sheet,) = pypdfium2.PdfDocument(pdf)
    drawn = sheet.render(scale=dots / 72).to_pil().convert("1")
    return {code.text for code in zxingcpp.read_barcodes(drawn.convert("L"))}


def test_an_esim_is_printed_on_58_mm_read_by_a_scanner_and_answered(open_page, counter, stack):
    sale = sell(counter, a_sku(Category.ESIM), device_fits="yes")
    wait_for(lambda: Voucher.objects.filter(sale=sale, state="ready").exists(), "the eSIM")
    told = sealing.unseal(bytes(Voucher.objects.get().sealed))["esim"]
    page = open_page(f"/receipts/{sale.correlation_id}/", color_scheme="dark")
    page.select_option("#paper-size", "58")
    page.get_by_role("button", name="Print").click()
    expect(page.get_by_role("heading", name="Did it print?")).to_be_visible()
    page.wait_for_load_state()
    pdf = page.pdf(prefer_css_page_size=True)
    ((width, _height),) = sizes(pdf)
    assert width == pytest.approx(58, abs=1)
    address = f"{stack.web_url.rstrip('/')}/r/{passport.token_of(sale)}/"
    assert read_by_a_scanner(pdf) == {told["activation_code"], address}
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.evaluate(FAULTS, NARROWEST["58"]) == []
    page.emulate_media(media="screen")
    page.get_by_role("button", name="Yes, it printed").click()
    expect(page.get_by_text("Original")).to_be_visible()
    page.wait_for_load_state()
    assert (ReceiptPrint.objects.get().paper, PrintAnswer.objects.get().came_out) == ("58", True)
    assert told["matching_id"] not in page.content()
    page.get_by_role("link", name="Show the code").click()
    expect(page.get_by_text(told["matching_id"], exact=True)).to_be_visible()
