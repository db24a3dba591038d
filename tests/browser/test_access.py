"""Every agent page for everyone: axe, narrow screens, large text, big targets, right to left."""

from decimal import Decimal as D

import pytest
from playwright.sync_api import expect

from catalog.enums import Category
from catalog.models import Operator, Sku
from portal.decorators import check_url
from tests.browser.conftest import AXE, DESK, PHONE, forgive_if_told, to_check
from tests.stack import wait_for
from tests.topup.counter import AIRTIME, PIN
from tests.topup.goods import a_sku
from topup.models import KioskOffer, Owed, Person, Role, Sale, Tender
from topup.services import baskets, disputes, kiosks, notices, offers, passport, prints
from topup.services.basketlines import fingerprint, lines_of
from topup.services.counting import Counted
from topup.services.shifts import count_shift, hand_over, open_shift, seal_shift
from topup.states import SaleState

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
#: Those of them that hang on colours and sizes.
OF_THE_LOOK = ["color-contrast", "target-size", "link-in-text-block", "scrollable-region-focusable"]
SMALL = {"width": 320, "height": 640}
#: Of controls a finger has to hit; links inside a sentence are as high as their line.
TARGETS = """
() => Array.from(document.querySelectorAll('a[href], button, summary, input:not([type=hidden])'))
  .filter(e => e.offsetParent && !e.closest('.problem, .skip, p.card') && !e.matches('.skip'))
  .map(e => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
  .filter(([_, box]) => box.width > 1 && (box.height < 43.5 || box.width < 43.5))
  .map(([html, box]) => `${html} ${box.width}×${box.height}`)
"""


@pytest.fixture
def pages(counter):
    """Every page and state of the counter, by what it shows."""
    shift = open_shift(person=counter.agent, counts=[cash("50")])
    done, refused = counter.sell(), counter.sell("18765550501")
    notices.write(text="New prices from Monday. Ask the hotline.", to=counter.shop)
    pin, doubtful = counter.sell(sku=PIN), counter.sell("18765550503")
    waiting = counter.confirm("18765550510")
    Sale.objects.filter(pk=done.pk).update(state=SaleState.COMPLETED)
    quote = f"/sell/?number=18761234567&operator={done.sku.operator_id}"
    wait_for(lambda: Sale.objects.get(pk=waiting.pk).state != SaleState.CREATED, "the worker")
    disputes.raise_dispute(sale=pin, by=counter.agent, reason="bad_code")
    prints.start(sale=done, person=counter.agent, number=1, paper="58", language="ar")
    shifts = seal_one_and_hand_one_over(counter, shift)
    shown = shifts | details() | queue(counter)
    return shown | {
        "start": "/sell/",
        "amounts": "/sell/?number=18761234567",
        "operator chosen": quote,
        "bad number": "/sell/?number=12",
        "a line": "/sell/?number=18761234567+25",
        "a line of two readings": "/sell/?number=18761234567+10",
        "a line that nobody sells": "/sell/?number=18761234567+777",
        "the next by the bar": f"/sales/{done.correlation_id}/?next=1",
        "nobody's number": "/sell/?number=34612345678",
        "countries": "/sell/browse/",
        "operators": "/sell/browse/JM/",
        "search": "/sell/browse/?q=digicel",
        "nothing found": "/sell/browse/?q=xyzzy",
        "done": f"/sales/{done.correlation_id}/",
        "refused": f"/sales/{refused.correlation_id}/",
        "code": f"/sales/{pin.correlation_id}/",
        "doubtful": f"/sales/{doubtful.correlation_id}/",
        "dispute": f"/disputes/{done.correlation_id}/",
        "disputes": "/disputes/",
        "sales": "/sales/",
        "notices": "/notices/",
        "no sales": "/sales/?q=xyzzy",
        "receipt": f"/receipts/{pin.correlation_id}/",
        "printed": f"/receipts/{done.correlation_id}/prints/1/",
        "receipt to be answered": f"/receipts/{done.correlation_id}/",
        "public page": f"/r/{passport.token_of(done)}/",
        "public page in Arabic": f"/r/{passport.token_of(refused)}/?lang=ar",
        "not found": "/nothing/",
        "money": "/money/",
        "basket": "/basket/",
        "sold basket": sold_basket(counter),
        "receipts of a basket": f"{sold_basket(counter)}receipts/",
        "check": None,
    }


def queue(counter):
    """The queue of a kiosk where somebody calls, with an offer; one that is gone; a check page."""
    owner = Person.objects.create_user("access", role=Role.OWNER, shop=counter.shop)
    kiosk, _code = kiosks.create(shop=counter.shop, name="Door", by=owner)
    kiosks.call_help(kiosk)
    sku = Sku.objects.get(provider_id=AIRTIME)
    goods = {"kiosk": kiosk, "sku": sku, "face_value": sku.min_face_value, "language": "en"}
    mine, _other, gone = (offers.make(**goods, recipient=f"1876555020{n}") for n in range(3))
    KioskOffer.objects.filter(pk=gone.pk).update(state="expired", ended_at=gone.expires_at)
    claimed = offers.claim(agent=counter.agent, shop=counter.shop, offer_id=mine.pk)
    Sku.objects.filter(pk=sku.pk).update(
        min_delivered=D(1), max_delivered=D(1), delivered_currency="XCD"
    )
    quote = offers.quote_for(claimed=claimed, agent=counter.agent, shop=counter.shop)
    return {
        "queue": "/queue/", "offer": f"/queue/{mine.pk}/",
        "offer that is gone": f"/queue/{gone.pk}/",
        "not as the kiosk showed it": check_url(quote.token),
    }  # fmt: skip


def sold_basket(counter):
    """The page of a basket that was sold; the person has another one with something in it."""
    found = counter.agent.baskets.filter(state="sold").first()
    if found is None:
        filled = baskets.add(agent=counter.agent, shop=counter.shop, quote=counter.quote()).basket
        lines = lines_of(filled, agent=counter.agent, shop=counter.shop, errors={})
        found = baskets.sell(
            basket_key=filled.key, agent=counter.agent, shop=counter.shop,
            payment=baskets.Payment(seen=fingerprint(lines)),
        )  # fmt: skip
        for sku in (AIRTIME, AIRTIME, PIN):
            quote = counter.quote(sku=sku)
            baskets.add(agent=counter.agent, shop=counter.shop, quote=quote)
    return f"/basket/{found.key}/"


def details():
    """What goods ask for: an account that was found, names with free details, a tick."""
    found = {
        Category.BILL_PAY: "x-account_number=041234",
        Category.GIFT_CARD: "",
        Category.ESIM: "",
    }
    skus = {category: a_sku(category) for category in found}
    asks = "A zip code is required."
    Sku.objects.filter(pk=skus[Category.GIFT_CARD].pk).update(additional_information=asks)
    return {
        f"details of {category}": f"/sell/details/?details=1&sku={sku.pk}&{found[category]}"
        f"&amount-{sku.pk}={sku.max_face_value}"
        for category, sku in skus.items()
    }


def cash(amount):
    return Counted(Tender.CASH, "USD", D(amount))


def seal_one_and_hand_one_over(counter, shift):
    """The pages of a shift: sealed, handed over with a gap, and the one that goes on."""
    agent = counter.agent
    wait_for(lambda: Owed.objects.exists(), "the refusal")
    count_shift(shift_id=shift.pk, counts=[cash("40")], by=agent)
    after = hand_over(shift_id=shift.pk, to=agent, by=agent)
    count_shift(shift_id=after.pk, counts=[cash("39")], by=agent)
    seal_shift(shift_id=after.pk, by=agent, note="a coin fell behind the counter")
    last = open_shift(person=agent, counts=[cash("39")])
    return {
        "shift with a gap": f"/shift/{shift.number}/",
        "Z-report": f"/shift/{after.number}/report/",
        "open shift": f"/shift/{last.number}/",
        "count": f"/shift/{last.number}/count/",
        "money back": f"/shift/owed/{Owed.objects.latest('id').pk}/",
    }


def violations(page, rules=RULES):
    """What axe finds, in words. Injected by evaluate: a script tag would break the CSP."""
    page.wait_for_load_state()  # colours and sizes are those of the sheets
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text())
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", rules)
    return [f"{v['id']}: {node['html'][:120]}" for v in found["violations"] for node in v["nodes"]]


def visit(page, pages):
    """Go to each page in turn; the check page is reached by selling."""
    for name, path in pages.items():
        if path is None:
            page.goto("/sell/")
            to_check(page)
        else:
            page.goto(path)
        yield name


def forgive_status(open_page):
    """A page that answers 404 or 422 is told on the console by the browser itself."""
    forgive_if_told(open_page, "status of 4")


def looked_at(page):
    """What is wrong with a page at 360 and 1280 px, light and dark; at 320 px, mirrored as well.

    320 px are also 640 px at 200 %; at 360 px letters are made twice as large.
    """
    found = []
    for viewport in (DESK, PHONE):
        page.set_viewport_size(viewport)
        found += violations(page)
        page.emulate_media(color_scheme="dark")
        found += violations(page, OF_THE_LOOK)
        page.emulate_media(color_scheme="light")
    found += page.evaluate(TARGETS)
    found += too_wide(page)
    page.evaluate("document.documentElement.dir = 'rtl'")
    found += sideways(page, SMALL) + violations(page, OF_THE_LOOK)
    page.set_viewport_size(PHONE)
    return found


def too_wide(page):
    """With letters of 200 % at 360 px, and at 320 px, where the window stays."""
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    found = sideways(page, PHONE)
    page.evaluate("document.documentElement.style.fontSize = ''")
    page.set_viewport_size(SMALL)
    return found + sideways(page, SMALL)


def sideways(page, viewport):
    width = page.evaluate("document.documentElement.scrollWidth")
    return [f"scrolls sideways: {width} of {viewport['width']} px"] * (width > viewport["width"])


def test_every_page_is_for_everyone(open_page, pages):
    page = open_page(viewport=PHONE)
    told = {name: looked_at(page) for name in visit(page, pages)}
    assert {name: found for name, found in told.items() if found} == {}
    forgive_status(open_page)


def test_axe_finds_nothing_on_the_sign_in(open_page):
    page = open_page("/", signed_in=False)
    assert violations(page) == []
    page.fill("#id_username", "nobody")
    page.fill("#id_password", "nothing")
    page.click("main button")
    page.wait_for_selector(".problem")
    assert violations(page) == []
    assert page.input_value("#id_username") == "nobody", "what was typed is kept"
    forgive_status(open_page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_what_only_scripts_show(open_page, counter, scheme):
    page = open_page("/sell/?number=18761234567", color_scheme=scheme)
    page.evaluate(
        """document.querySelectorAll('.banner').forEach(e => { e.hidden = false; });
           document.querySelector('details').open = true;
           document.querySelector('#goods').classList.add('htmx-request');"""
    )
    assert violations(page) == []
    to_check(page)
    page.evaluate("document.querySelector('[data-lost]').hidden = false")
    assert violations(page) == []


def test_axe_can_find_something(open_page):
    page = open_page()
    page.evaluate("document.querySelector('label[for=number]').remove()")
    assert any(told.startswith("label") for told in violations(page))


#: The longest spellings of numbers that people top up.
LONG = ["18761234567", "911234567890", "8801712345678", "5212345678901", "97150123456789"]


@pytest.mark.parametrize("width", [320, 360])
def test_a_found_number_is_seen_whole(open_page, counter, width):
    page = open_page(viewport={"width": width, "height": 640})
    operator = Operator.objects.get().pk
    for number in LONG:
        page.goto(f"/sell/?number={number}&operator={operator}")
        expect(page.locator("#lookup button:not([data-scan])")).to_be_in_viewport()
        room = page.locator("#number").evaluate("e => e.clientWidth - e.scrollWidth")
        assert room >= 0, number


def test_a_wide_page_has_what_was_chosen_beside_the_amounts(open_page, counter):
    page = open_page("/sell/?number=18761234567", viewport=DESK)
    page.locator(".tile", has_text="$10").first.locator("input").check()
    summary = page.locator("#summary")
    for told in ("+1 876 123 4567", "Digicel", "Amount$10", "Price$"):
        assert told in summary.inner_text().replace("\n", "")
    side, goods = page.locator(".bar").bounding_box(), page.locator(".tiles").first.bounding_box()
    assert side["x"] >= goods["x"] + goods["width"], "beside, not over"
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    assert page.locator("#continue").is_visible()
    page.set_viewport_size(PHONE)
    expect(summary).to_be_hidden()
    bar = page.locator(".bar").bounding_box()
    assert bar["y"] + bar["height"] == PHONE["height"], "stays at the lower edge"


def test_right_to_left_is_mirrored_and_numbers_are_not(open_page):
    page = open_page(viewport=SMALL)
    page.evaluate("document.documentElement.dir = 'rtl'")
    brand, float_box = (page.locator(q).bounding_box() for q in (".brand", "#float"))
    assert brand["x"] > float_box["x"]
    assert page.locator("#number").evaluate("e => getComputedStyle(e).direction") == "ltr"


def test_a_sticky_bar_never_hides_what_has_the_focus(open_page):
    page = open_page("/sell/?number=18761234567")
    for _ in range(25):
        page.keyboard.press("Tab")
        hidden = page.evaluate(
            """() => { const e = document.activeElement.closest('.tile') || document.activeElement;
               const bar = document.querySelector('.bar').getBoundingClientRect();
               const box = e.getBoundingClientRect();
               return !e.closest('.bar') && e !== document.body
                 && box.top >= bar.top && box.top < bar.bottom; }"""
        )
        assert not hidden
