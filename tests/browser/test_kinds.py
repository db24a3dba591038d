"""Every kind of goods in a browser: refused, mended, in progress, done, and its receipt.

One journey for each kind, each in a tab of its own: the provider refuses, the money is
back and the page says what to do; from there the same is sold again, is in progress for a
while, and is done. Its receipt is then read in Spanish and in Arabic, and the provider's
journal agrees with the books. The tabs take turns, so that one waits while others go on.
"""

import re
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import polib
from playwright.sync_api import Page, expect

from catalog.enums import Category
from catalog.models import Sku, SkuText
from catalog.provider import client
from catalog.sync import texts
from tests.browser.conftest import forgive, heading, in_progress
from tests.topup.counter import AIRTIME, BUNDLE, PIN
from tests.topup.goods import a_sku
from topup import sealing
from topup.models import Sale
from topup.services import passport
from topup.states import SaleState

ROOT = Path(__file__).parents[2]
JAMAICAN = "18765550000"
#: Every piece of text of a receipt, as somebody reads it.
PLACE = re.compile(r"%\(\w+\)[sd]")
PIECES = """paper => Array.from(paper.querySelectorAll('*')).flatMap(e =>
  Array.from(e.childNodes).filter(n => n.nodeType === 3 && n.data.trim())
    .map(n => n.data.trim().replace(/\\s+/g, ' ')))"""


def known(provider_id):
    """One of the counter's own goods."""
    return lambda: Sku.objects.get(provider_id=provider_id)


def of_one_number():
    """A bundle that the catalogue lacks: the page of the number asks for it and makes its row."""
    sku = a_sku(Category.RTR, "jio")
    Sku.objects.filter(pk=sku.pk).delete()
    return sku


def to_pin(secret):
    [pin] = secret["pins"]
    return [pin["number"], pin["control_number"]]


def to_token(secret):
    return [secret["token"]["token"], secret["token"]["unit"]]


def to_card(secret):
    return [secret["card"]["number"], secret["card"]["pin"], secret["card"]["link"]]


def to_esim(secret):
    return [secret["esim"]["address"], secret["esim"]["matching_id"], secret["esim"]["iccid"]]


@dataclass(frozen=True)
class Goods:
    """What is sold, how it is refused, and what its receipt says besides."""

    sku: Callable[[], Sku]
    order: str  # as the simulator calls it
    code: str  # of the refusal
    advice: str
    number: str = ""
    amount: str = ""
    typed: dict[str, str] = field(default_factory=dict)
    tells: tuple[str, ...] = ()
    secret: Callable[[dict], list[str]] | None = None
    codes: int = 1  # pictures to scan; one leads to where the sale stands
    checked: str = "Collect from customer"  # on the check page
    scripts: bool = True


KINDS = {
    "airtime": Goods(
        known(AIRTIME), "topup", "501", "Check the number with the customer and sell again.",
        number=JAMAICAN, tells=("+1 876 555 0000", "Digicel"),
    ),
    "bundle": Goods(
        known(BUNDLE), "topup", "503", "Choose a smaller one.", number=JAMAICAN,
        tells=("+1 876 555 0000",),
    ),
    "bundle of one number": Goods(
        of_one_number, "topup", "027", "Wait some minutes, then sell again.",
        number="917012345678", tells=("+91 70123 45678",),
    ),
    "pin": Goods(known(PIN), "pin", "510", "Offer another product.", secret=to_pin),
    "bill": Goods(
        lambda: a_sku(Category.BILL_PAY, "electric"), "bill", "502",
        "If it is right, the customer should ask the operator.", amount="2000",
        typed={"account_number": "04123456789"}, tells=("04123456789", "A. Customer"),
        secret=to_token, checked="A. Customer",
    ),
    "gift card": Goods(
        lambda: a_sku(Category.GIFT_CARD, "google play"), "gift_card", "041", "Try again later.",
        typed={"first_name": "Zoë"}, secret=to_card, codes=2,
    ),
    "esim": Goods(
        lambda: a_sku(Category.ESIM), "esim", "520", "Try again in a few minutes.",
        typed={"device_fits": "yes"}, secret=to_esim, codes=2, scripts=False,
        checked="An eSIM cannot be given back",
    ),
}  # fmt: skip


@dataclass
class Tab:
    """One kind on its way."""

    goods: Goods
    sku: Sku
    page: Page

    def to_the_check_page(self):
        """From the operator's goods to their price, by what they ask for in between."""
        page, typed = self.page, self.goods.typed
        page.click("#continue")
        if "account_number" in typed:
            page.fill("#x-account_number", typed["account_number"])
            page.click("text=Find the account")
            expect(page.locator("#account")).to_contain_text("A. Customer")
            page.fill(f"#amount-{self.sku.pk}", self.goods.amount)
        elif "device_fits" in typed and not page.locator("#x-device_fits").is_checked():
            page.click("text=Continue to the price")
            expect(page.locator(".problem a")).to_have_attribute("href", "#x-device_fits")
            page.locator("#x-device_fits").check()
        elif "first_name" in typed:
            page.fill("#x-first_name", typed["first_name"])
        if typed:
            page.click("text=Continue to the price")
        expect(page.locator("#check")).to_contain_text(self.goods.checked)

    def reads(self, told):
        """The page says by itself how the sale stands; without scripts it loads itself anew."""
        heading(self.page, told)
        return Sale.objects.filter(sku_id=self.sku.pk).latest("pk")

    def sell(self):
        self.page.click("text=/^Sell for /")

    def is_refused(self):
        """The money is back, and what to do is told: it leads to the same goods."""
        assert self.reads("Refused").response_code == self.goods.code
        told = self.page.locator("#state [role=status]")
        expect(told).to_contain_text(self.goods.advice)
        expect(told).to_contain_text("The money is back on your float.")
        self.page.click("text=Correct it and sell again")
        expect(self.page.locator(f"#sku-{self.sku.pk}")).to_be_checked()

    def is_done(self):
        sale = self.reads("Done")
        assert sale.was_acknowledged
        self.page.click("a:has-text('Receipt')")
        for language, direction in (("es", "ltr"), ("ar", "rtl")):
            read_receipt(self.page, self.goods, sale, language, direction)
        if self.goods.secret:
            print_it(self.page, self.goods, sale)
        self.page.close()


def open_tabs(open_page, stack):
    """A tab for each kind, at the goods of its operator; each is refused once, then waits."""
    first = None
    for goods in KINDS.values():
        found = goods.sku()
        page = open_page(f"/sell/?operator={found.operator_id}&number={goods.number}",
                         scripts=goods.scripts,
                         beside=first if goods.scripts else None)  # fmt: skip
        first = first or page
        sku = Sku.objects.get(provider_id=found.provider_id)
        of_it = {"skuId": sku.provider_id, "count": 1}
        stack.simulator.fault("code", code=goods.code, **of_it)
        stack.simulator.fault("pending", times=0, **of_it)
        page.locator(f"#sku-{sku.pk}").check()
        yield Tab(goods, sku, page)
    texts.refresh(client(), "ar")


@contextmanager
def named(kind):
    try:
        yield
    except BaseException as error:
        error.add_note(f"while selling: {kind}")
        raise


@cache
def english(language):
    """What has other words in a language: whole texts, and patterns of those with a place."""
    path = ROOT / "locale" / language / "LC_MESSAGES/django.mo"
    told = [entry.msgid for entry in polib.mofile(str(path)) if entry.msgid != entry.msgstr]
    split = [PLACE.split(text.casefold()) for text in told]
    whole = {parts[0] for parts in split if len(parts) == 1}
    long = [parts for parts in split if len(parts) > 1 and len("".join(parts)) > 3]
    return whole, [re.compile(".+".join(map(re.escape, parts)) + r"\Z") for parts in long]


def is_english(text, language):
    whole, patterns = english(language)
    return text.casefold() in whole or any(one.match(text.casefold()) for one in patterns)


def untranslated(pieces, sale, language):
    """Pieces that are in English though there are words for them, ours or the provider's."""
    rows = SkuText.objects.filter(sku=sale.sku_id, language=language)
    told = rows.values(*texts.Words._fields).first() or {}
    own = {"product_name": sale.sku.product.name} | {
        name: getattr(sale.sku, name) for name in told if name != "product_name"
    }
    theirs = {own[name] for name, words in told.items() if words} - {""}
    parts = {part for piece in pieces for part in piece.split(" · ")}
    parts -= {sale.shop.name, sale.agent.username}
    return {part for part in parts if part in theirs or is_english(part, language)}


def read_receipt(page, goods, sale, language, direction):
    """The receipt in one language: its facts are there, and no word is left in English."""
    page.click(f"button[value={language}]")
    paper = page.locator(f"#paper[lang={language}][dir={direction}]")
    expect(paper).to_be_visible()
    page.wait_for_load_state()
    pieces = paper.evaluate(PIECES)
    assert untranslated(pieces, sale, language) == set()
    shown = " ".join(pieces)
    assert [fact for fact in (*goods.tells, *secret_of(goods, sale)) if fact not in shown] == []
    assert paper.locator(".paper-qr svg").count() == goods.codes


def secret_of(goods, sale):
    """What only the customer may know; nothing where there is none."""
    return goods.secret(sealing.unseal(bytes(sale.voucher.sealed))) if goods.secret else []


def print_it(page, goods, sale):
    """Once on paper the code is behind a tap; on the public page it never is."""
    page.get_by_role("button", name="Print").click()
    page.get_by_role("button", name="Yes, it printed").click()
    expect(page.get_by_role("link", name="Show the code")).to_be_visible()
    page.wait_for_load_state()
    hidden = page.content()
    page.goto(f"/r/{passport.token_of(sale)}/?lang=ar")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    told = hidden + page.content()
    assert [part for part in secret_of(goods, sale) if part in told] == []


def test_every_kind_is_refused_mended_waited_for_and_on_its_receipt(open_page, counter, stack):
    tabs = dict(zip(KINDS, open_tabs(open_page, stack), strict=True))
    for kind, tab in tabs.items():
        with named(kind):
            tab.to_the_check_page()
            tab.sell()
    for kind, tab in tabs.items():
        with named(kind):
            tab.is_refused()
    assert counter.float() == (500, 0)
    with in_progress(stack):
        for kind, tab in tabs.items():
            with named(kind):
                tab.to_the_check_page()
                tab.sell()
                tab.reads("In progress")
    for kind, tab in tabs.items():
        with named(kind):
            tab.is_done()
    sold = Sale.objects.filter(state=SaleState.COMPLETED)
    assert counter.float() == (500 - sum(sale.charge for sale in sold), 0)
    journal = stack.simulator.control("journal")
    assert {row["posts"] for row in journal} == {1}
    wanted = [goods.code for goods in KINDS.values()] + ["000"] * len(KINDS)
    assert sorted(row["outcome"] for row in journal) == sorted(wanted)
    counter.assert_right()
    forgive(open_page, "status of 422")


def test_a_bill_is_found_by_country_and_biller(open_page):
    bill = a_sku(Category.BILL_PAY, "electric")
    page = open_page("/sell/browse/?kind=bill")
    page.click('[href="/sell/browse/NG/?kind=bill"]')
    page.click("text=Electric")
    page.locator(f"#sku-{bill.pk}").check()
    page.click("#continue")
    expect(page.locator("#x-account_number")).to_be_visible()


#: A browser that reads codes; the camera and all else is its own. A code comes at the second look.
READS_CODES = """window.BarcodeDetector = class {
  async detect(video) {
    this.looks = (this.looks || 0) + (video.videoWidth > 0);
    return this.looks > 1 ? [{ rawValue: " 04123456789 " }] : [];
  }
}"""


def test_the_account_of_a_bill_is_scanned_and_nothing_is_sent_by_it(open_page):
    bill = a_sku(Category.BILL_PAY, "electric")
    page = open_page(f"/sell/details/?operator={bill.operator_id}&sku={bill.pk}",
                     permissions=["camera"])  # fmt: skip
    page.add_init_script(READS_CODES)
    page.reload()
    page.click("[data-scan=x-account_number]")
    field = page.locator("#x-account_number")
    expect(field).to_have_value("04123456789")
    expect(field).to_be_focused()
    expect(page.locator("#scanner")).to_be_hidden()
    expect(page.locator("h1")).to_have_text("Whose bill?")
    page.keyboard.press("Enter")
    expect(page.locator("#account")).to_contain_text("A. Customer")
