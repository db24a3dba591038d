"""A kiosk and its counter in two browsers at once: a sale, a cut, a new price, a race, a block."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal as D
from io import BytesIO
from signal import SIGCONT, SIGSTOP

import pytest
import zxingcpp
from django.utils.translation import gettext as _
from django.utils.translation import override
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from catalog.enums import Category
from catalog.models import Sku
from tests.browser.conftest import (
    DESK,
    PASSWORD,
    arrive,
    cookie_of,
    forgive,
    heading,
    stop_clock,
    the_sale,
)
from tests.browser.kioskwalk import NUMBER, Wish, answer, press, walk
from tests.browser.test_kiosk import PATIENT, RECORDER, forward, hears
from tests.stack import wait_for
from tests.topup.counter import AIRTIME, PIN
from tests.topup.goods import a_sku
from tests.topup.offerdesk import Desk
from tests.topup.prices import publish
from topup.kinds import BY_CATEGORY
from topup.models import KioskClaim, KioskOffer, Person, Role, Sale
from topup.services import kiosks, offers, vouchers
from topup.states import SaleState

TALL = {"width": 1080, "height": 1920}
SOLD = {"sales": 1, "orders": [1], "offer": "sold", "claims": 1}


@pytest.fixture
def desk(counter):
    """The counter's shop with a kiosk that no browser is yet, an owner, another cashier."""
    owner = Person.objects.create_user("owner", role=Role.OWNER, shop=counter.shop)
    other = Person.objects.create_user("other", role=Role.CASHIER, shop=counter.shop)
    counter.agent.set_password(PASSWORD)
    counter.agent.save()
    return Desk(counter, kiosks.create(shop=counter.shop, name="Door", by=owner)[0], owner, other)


@pytest.fixture
def screen(open_page, desk):
    """A kiosk's screen, tall and to be touched, made one by a code that works once."""
    page = open_page("/kiosk/", signed_in=False, viewport=TALL, has_touch=True)
    page.add_init_script(PATIENT + RECORDER % "['en', 'es', 'ar', 'ht', 'hi']")
    code = kiosks.new_code(kiosk=desk.kiosk, by=desk.owner)
    page.fill("#main input:not([type=hidden])", code)
    page.clock.install()
    page.press("#main input:not([type=hidden])", "Enter")
    arrive(page, "[name=language]")
    return page


def touch(page, selector, to):
    """A touch, and the screen that it leads to."""
    answer(page, selector, to, by=Locator.tap)


def keys(page, digits):
    press(page, digits, by=Locator.tap)
    page.tap(".onward")


def known(provider_id):
    """One of the counter's own goods."""
    return lambda: Sku.objects.get(provider_id=provider_id)


def choose(page, *, language, sku=known(AIRTIME)):
    """From the first screen to the code for the counter, as a customer does it."""
    chosen = sku()
    wish = Wish(
        BY_CATEGORY[chosen.category], country=chosen.country_id, amount="",
        operator=f"[name=operator][value='{chosen.operator_id}']",
        product=f"[name=sku][value='{chosen.pk}']",
    )  # fmt: skip
    assert [*walk(page, language, wish, by=Locator.tap)][-1] == "code"
    offer = KioskOffer.objects.latest("pk")
    assert page.locator(".code-digits").inner_text().replace(" ", "") == offer.code
    return offer


def look_up(page, language, code, claim):
    """Ask the kiosk how a sale stands."""
    touch(page, f"[name=language][value={language}]", "kind")
    touch(page, "a[href='/kiosk/state/']", "state")
    keys(page, code)
    expect(page.locator("#typed")).to_have_value("")
    keys(page, claim.replace(" ", ""))


def finish(page):
    """The customer goes to the counter; the screen forgets."""
    touch(page, "#main [data-finish], #main [data-ends] button", "start")


def words(text, language):
    with override(language):
        return _(text)


def row(page, offer):
    return page.locator(".queue-offer", has_text=f"{offer.code[:3]} {offer.code[3:]}")


def what_came(desk):
    """Sales, orders that the provider got, and the state of the one offer."""
    desk.counter.assert_right()
    journal = desk.counter.simulator.control("journal")
    return {
        "sales": Sale.objects.count(),
        "orders": [line["posts"] for line in journal],
        "offer": KioskOffer.objects.get().state,
        "claims": KioskClaim.objects.count(),
    }


def settled(desk):
    """The books after the one sale has its end: what left the float is what was sold."""
    wait_for(lambda: the_sale().state == SaleState.COMPLETED, "the sale")
    balance, held = desk.counter.float()
    assert (balance, held) == (D(500) - the_sale().charge, D(0))
    assert the_sale().correlation_id == KioskClaim.objects.get(sale__isnull=False).key
    return what_came(desk)


def nothing_more(page):
    """The counter asks for nothing besides."""


def asks_a_name(page):
    page.fill("#x-first_name", "Zoë")
    page.click("text=Continue to the price")


def asks_for_the_device(page):
    page.check("#x-device_fits")
    page.click("text=Continue to the price")


@dataclass(frozen=True)
class Goods:
    """What is sold by way of a kiosk, and what only the counter asks for."""

    language: str
    sku: Callable[[], Sku]
    ask: Callable[[Page], None] = nothing_more


GOODS = {
    "airtime": Goods("es", known(AIRTIME)),
    "pin": Goods("ar", known(PIN)),
    "gift card": Goods("ht", lambda: a_sku(Category.GIFT_CARD, "google play"), asks_a_name),
    "esim": Goods("hi", lambda: a_sku(Category.ESIM), asks_for_the_device),
}


@pytest.mark.parametrize("goods", GOODS.values(), ids=GOODS)
def test_from_the_kiosk_to_the_receipt_and_back_in_two_browsers(screen, open_page, desk, goods):
    language = goods.language
    queue = open_page("/queue/", viewport=DESK)
    queue.evaluate("window.isTheSame = true")
    offer = choose(screen, language=language, sku=goods.sku)
    expect(row(queue, offer)).to_be_visible()
    assert queue.evaluate("window.isTheSame"), "it came by itself"
    finish(screen)
    queue.fill("#code", f"{offer.code[:3]} {offer.code[3:]}")
    queue.keyboard.press("Enter")
    goods.ask(queue)
    heading(queue, "Check before you sell")
    expect(queue.locator(".queue-beside")).to_contain_text(desk.kiosk.terminal_id)
    queue.click("text=/^Sell for /")
    heading(queue, "Done")
    queue.click("a:has-text('Receipt')")
    paper = queue.locator("#paper")
    expect(paper).to_have_attribute("lang", language)
    expect(paper).to_contain_text(words("Claim number for the kiosk", language))
    claim = offers.claim_number(the_sale())
    expect(paper).to_contain_text(claim)
    assert settled(desk) == SOLD

    steps = screen.evaluate("history.length")
    look_up(screen, language, offer.code, claim)
    expect(screen.locator("h1")).to_have_text(words("Done", language))
    assert NUMBER[-7:] not in screen.inner_text("body").replace(" ", "")
    if content := vouchers.read(sale=the_sale(), person=desk.agent):
        see_and_forget(screen, content)
        look_up(screen, language, offer.code, claim)
        see_a_copy(screen, language)
        hear_and_forget(screen, language, content)
    else:
        assert goods is GOODS["airtime"]
        finish(screen)
    assert screen.evaluate("history.length") == steps, "there is nothing to go back to"


def told_of(content):
    """What a customer reads of a secret, and what a phone reads that looks at the screen."""
    if esim := content.esim:
        return [esim.address, esim.matching_id, esim.iccid], {esim.qr_text}
    card = content.card
    typed = [card.spoken, card.pin, card.link] if card else [pin.spoken for pin in content.pins]
    return typed, set()


def seen_by_a_camera(part):
    picture = Image.open(BytesIO(part.screenshot())).convert("L")
    return {code.text for code in zxingcpp.read_barcodes(picture)}


def see_and_forget(page, content):
    """The secret stands behind a tap, for half a minute; in no code but the one of an eSIM."""
    secret, codes = told_of(content)
    assert all(secret)
    paper = page.locator("#paper")
    mark = page.locator("#paper .paper-mark")
    assert [part for part in secret if part in page.content()] == []
    stop_clock(page)
    page.tap("[name=deed][value=open]")
    for part in secret:
        expect(paper).to_contain_text(part)
    assert seen_by_a_camera(paper) == codes
    assert paper.locator("svg").count() == len(codes), "no other code for a camera carries it"
    assert mark.count() == 0, "the first paper of it"
    page.clock.fast_forward(29_000)
    expect(paper).to_contain_text(secret[0])
    page.clock.fast_forward(2_000)
    arrive(page, "[data-kiosk=start]")
    page.clock.resume()
    assert page.locator("[name=deed][value=open]").count() == 0, "no button for who comes next"
    assert [part for part in secret if part in page.content()] == []


def see_a_copy(page, language):
    """What is shown and printed again says so."""
    page.tap("[name=deed][value=open]")
    mark = page.locator("#paper .paper-mark")
    expect(mark).to_have_text(words("COPY %(n)d", language) % {"n": 1})
    page.emulate_media(media="print")
    expect(mark).to_be_visible()
    expect(page.locator(".answers")).to_be_hidden()
    page.emulate_media(media="screen")


def hear_and_forget(page, language, content):
    """Sign by sign to who asks for it; it stays while it is said and its time, not for ever."""
    page.tap("[data-speech-form] button")
    expect(page.locator("[data-speech-form] button")).to_have_attribute("aria-pressed", "true")
    stop_clock(page)
    page.tap("[name=deed][value=open]")
    expect(page.locator("#paper .paper-mark")).to_be_visible()
    hears(page, words("Say the code aloud", language))
    forward(page, 25)
    hears(page, words("Show it longer", language))
    with page.expect_response("**/kiosk/idle/"):
        page.tap("[data-read]")
    steps = [words("Join Wi-Fi.", language)] if content.esim else []
    said = hears(page, *steps)
    for part in told_of(content)[0]:
        spelled = ", ".join(" ".join(group) for group in part.split())
        assert any(spelled in text for text in said), (part, said)
    page.evaluate("window.speaks = true")
    forward(page, 60)
    page.evaluate("window.speaks = false")
    forward(page, 25)
    expect(page.locator("#paper")).to_be_visible()
    page.evaluate("window.speaks = true")
    forward(page, 40)
    arrive(page, "[data-kiosk=start]")
    page.clock.resume()


def held_back(page, hold):
    """What `hold` did with the press on Sell, as soon as it came to it."""
    seen = []
    page.route("**/sell/confirm/", lambda route: seen.append(hold(route)), times=1)
    page.click("text=/^Sell for /", no_wait_after=True)
    wait_for(lambda: page.wait_for_timeout(30) or seen, "the press")


def before_it_arrived(page, screen, stack):
    """The plug is pulled while the press is on its way."""
    held_back(page, lambda _route: None)


def before_the_answer(page, screen, stack):
    """The sale is made, its answer never comes into the browser."""
    held_back(page, lambda route: route.fetch(max_redirects=0).status)
    assert Sale.objects.count() == 1


def with_the_server(page, screen, stack):
    """The web server dies after the sale was written, before any worker was told and any answer."""
    stack.kill("broker", number=SIGSTOP)
    try:
        page.click("text=/^Sell for /", no_wait_after=True)
        wait_for(lambda: page.wait_for_timeout(30) or Sale.objects.exists(), "the sale")
        stack.kill("web")
    finally:
        stack.kill("broker", number=SIGCONT)
    screen.clock.fast_forward(20_000)
    expect(screen.locator("[data-outage]")).to_be_visible()
    stack.start("web")
    expect(screen.locator("[data-outage]")).to_be_hidden()
    expect(screen.locator(".code-digits")).to_be_visible()


@pytest.mark.parametrize("cut", [before_it_arrived, before_the_answer, with_the_server])
def test_power_that_goes_between_cash_and_answer_ends_in_one_sale(
    screen, open_page, desk, stack, cut
):
    offer = choose(screen, language="es")
    counter = open_page("/queue/", viewport=DESK)
    row(counter, offer).locator("text=Take it").click()
    heading(counter, "Check before you sell")
    cut(counter, screen, stack)
    counter.context.close()
    is_sold = cut is not before_it_arrived

    again = open_page("/queue/", signed_in=False, viewport=DESK)
    heading(again, "Sign in")
    again.fill("#id_username", desk.agent.username)
    again.fill("#id_password", PASSWORD)
    again.click("main button")
    heading(again, "Kiosk queue")
    expect(row(again, offer)).to_have_count(0 if is_sold else 1)
    if is_sold:
        again.fill("#code", offer.code)
        again.keyboard.press("Enter")
    else:
        row(again, offer).locator("text=Go on").click()
        heading(again, "Check before you sell")
        assert Sale.objects.count() == 0
        again.click("text=/^Sell for /")
    heading(again, "Done")
    assert the_sale().correlation_id in again.url
    assert settled(desk) == SOLD
    if cut is with_the_server:
        forgive(open_page, "ERR_", "Failed to fetch")


def test_another_price_at_the_counter_is_told_before_it_is_sold(open_page, desk):
    offer = desk.offer(NUMBER)
    publish({"use": "price", "method": "fixed_price", "value": D(12)},
            {"use": "commission", "method": "fixed_commission", "value": D("0.40")})  # fmt: skip
    counter = open_page("/queue/", viewport=DESK)
    row(counter, offer).locator("text=Take it").click()
    changes = counter.locator(".changes")
    expect(changes).to_contain_text(f"It showed ${offer.shown_price:.2f}")
    expect(changes).to_contain_text("the customer pays $12.00 now")
    counter.wait_for_timeout(500)  # a press before the page could be read sells nothing
    counter.click("text=/^Sell for /")
    expect(counter.locator(".problem")).to_be_visible()
    expect(counter.locator("#answer-offer")).not_to_be_checked()
    assert (Sale.objects.count(), desk.counter.float()) == (0, (D(500), D(0)))
    counter.check("#answer-offer")
    counter.click("text=/^Sell for /")
    heading(counter, "Done")
    assert the_sale().price == D(12)
    assert settled(desk) == SOLD
    forgive(open_page, "422")


def test_of_two_who_claim_at_once_one_has_it_and_the_other_is_told_who(open_page, desk, stack):
    offer = desk.offer(NUMBER)
    pages = [open_page("/queue/", viewport=DESK), open_page("/queue/", signed_in=False)]
    pages[1].context.add_cookies([cookie_of(desk.other, stack.web_url)])
    pages[1].goto("/queue/")
    held = []
    for page in pages:
        page.route(f"**/queue/{offer.pk}/", lambda route: held.append(route), times=1)
        row(page, offer).locator("text=Take it").click(no_wait_after=True)
    wait_for(lambda: pages[0].wait_for_timeout(30) or len(held) == 2, "both presses")
    for route in held:
        route.continue_()
    for page in pages:
        expect(page.locator("#check, .problem")).to_be_visible()
    claim = KioskClaim.objects.get()
    first, late = pages if claim.agent == desk.agent else reversed(pages)
    heading(first, "Check before you sell")
    expect(late.locator(".problem")).to_contain_text("Somebody else at the counter has this offer")
    expect(row(late, offer)).to_contain_text(f"{claim.agent.username} has it.")
    expect(row(late, offer).locator("button")).to_have_count(0)
    first.click("text=/^Sell for /")
    heading(first, "Done")
    assert the_sale().agent == claim.agent
    assert settled(desk) == SOLD
    forgive(open_page, "422")


def beat(page):
    """None is under way then: by the page's clock the next one is 20 seconds off."""
    with page.expect_response("**/kiosk/beat/") as answer:
        page.clock.fast_forward(20_000)
    answer.value.finished()


def test_a_kiosk_that_is_blocked_says_so_and_comes_back_without_its_customer(
    screen, open_page, desk
):
    touch(screen, "[name=language][value=ar]", "kind")
    touch(screen, "[name=kind][value=airtime]", "number")
    press(screen, NUMBER, by=Locator.tap)
    expect(screen.locator("#typed")).to_have_value("1 876 123 4567")
    beat(screen)
    kiosks.block(kiosk=desk.kiosk, by=desk.owner)
    screen.clock.fast_forward(20_000)
    arrive(screen, "[data-kiosk=off]")
    assert "123 4567" not in screen.content()
    screen.go_back()
    arrive(screen, "[data-kiosk=off]")
    beat(screen)
    kiosks.unblock(kiosk=desk.kiosk, by=desk.owner)
    screen.clock.fast_forward(20_000)
    arrive(screen, "[data-kiosk=start]")
    assert screen.get_attribute("html", "lang") == "en", "nor is his language left"
    screen.goto("/kiosk/number/")
    arrive(screen, "[data-kiosk=start]")
    assert "123 4567" not in screen.content()
    forgive(open_page, "403")
