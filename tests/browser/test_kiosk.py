"""A kiosk in a real browser: by touch, by keyboard, without scripts, for the next customer."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SCRIPTS, arrive, forgive, heading, stop_clock
from tests.browser.kioskwalk import NUMBER, press, switch, walk
from tests.browser.test_access import violations
from tests.stack import wait_for
from topup.models import Kiosk, KioskOffer, Person, Role
from topup.services import kiosks
from topup.services.people import set_pin

TALL, WIDE = {"width": 1080, "height": 1920}, {"width": 1280, "height": 800}
SMALL = {"width": 320, "height": 640}
SHOWN = "+1 876 123 4567"


@pytest.fixture
def at_kiosk(open_page, counter, stack):
    """A browser that is a kiosk of the counter's shop, on its first screen."""
    owner = Person.objects.create_user("owner", role=Role.OWNER, shop=counter.shop)

    def make(*, script="", viewport=TALL, **options):
        _kiosk, code = kiosks.create(shop=counter.shop, name="Door", by=owner)
        page = open_page("/kiosk/enrol/", signed_in=False, viewport=viewport, **options)
        cookie = {"name": "kiosk", "value": kiosks.swap(code)[1], "url": stack.web_url}
        page.context.add_cookies([cookie])
        if script:
            page.add_init_script(script)
        page.goto("/kiosk/")
        return page

    return make


def begin(page, language="en", kind="airtime"):
    page.click(f"button[value={language}]")
    page.click(f"button[value={kind}]")


def screens(page, language="en"):
    """All the screens on the way, and the countries beside it."""
    return walk(page, language, looks_at_dial=True)


@SCRIPTS
def test_a_visit_from_the_language_to_the_code(at_kiosk, scripts):
    page = at_kiosk(scripts=scripts, viewport=WIDE)
    begin(page)
    heading(page, "Which number?")
    press(page, NUMBER if scripts else "18761")
    if not scripts:  # each press is a round to the server
        page.fill("#typed", NUMBER)
    page.click(".onward")
    heading(page, "Which operator?")
    page.click(".operators .choice")
    page.locator(".product", has_text="$10").first.click()
    expect(page.locator(".big-number")).to_have_text(SHOWN)
    told = re.search(r"\$[\d.]+", page.inner_text(".facts .total"))[0]
    page.click(".answers .primary")
    heading(page, "Pay at the counter")
    offer = KioskOffer.objects.get()
    assert page.inner_text(".six").replace(" ", "") == offer.code
    assert (f"${offer.shown_price:.2f}", offer.recipient) == (told, NUMBER)
    assert page.locator(".qr svg").is_visible()
    page.click("button[value=done]")
    heading(page, "Choose your language")


def test_a_visit_by_keyboard_alone(at_kiosk):
    page = at_kiosk()

    def enter(selector):
        """Tab to it, as far as it takes, and press Enter."""
        for _tab in range(40):
            if page.evaluate("q => document.activeElement.matches(q)", selector):
                page.keyboard.press("Enter")
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"no way to {selector} by the Tab key")

    enter("button[value=en]")
    heading(page, "What do you want?")
    enter("button[value=airtime]")
    heading(page, "Which number?")
    page.keyboard.type("+1 876-123 4568")
    page.keyboard.press("Backspace")
    page.keyboard.type("7")
    expect(page.locator("#number-told")).to_contain_text(SHOWN)
    page.keyboard.press("Enter")
    heading(page, "Which operator?")
    assert page.evaluate("document.activeElement.tagName") == "H1", "the focus is on what is new"
    enter(".operators .choice")
    heading(page, "What shall it be?")
    enter(".products .choice")
    heading(page, "Is this right?")
    enter(".answers .primary")
    heading(page, "Pay at the counter")
    assert KioskOffer.objects.get().recipient == NUMBER
    enter("button[value=done]")
    heading(page, "Choose your language")


def body(page):
    return re.sub(r"\s", "", page.content())


@SCRIPTS
def test_the_next_customer_finds_nothing_by_going_back(at_kiosk, scripts):
    page = at_kiosk(scripts=scripts)
    begin(page)
    page.fill("#typed", NUMBER)
    page.click(".onward")
    page.wait_for_selector(".operators")
    page.click(".operators .choice")
    page.wait_for_selector(".products")
    page.click(".way.cancel")
    heading(page, "Choose your language")
    begin(page, "es")
    arrive(page, "#typed")
    told = [body(page)]
    for _step in range(8):
        if page.go_back() is None or page.url == "about:blank":
            break
        told.append(body(page))
        assert NUMBER not in told[-1], page.url
        assert "8761234567" not in told[-1].replace("&nbsp;", ""), page.url
        assert "Digicel" not in told[-1], page.url
    assert len(told) < 4 if scripts else len(told) > 5, "with scripts no screen is in the history"


def forward(page, seconds):
    """Let time pass for the page; a request that is under way does not hear of it."""
    page.clock.fast_forward(seconds * 1000)


def after_a_beat(page, path):
    """On a screen that has beaten: by its own clock the next beat is 20 seconds away."""
    with page.expect_response("**/kiosk/beat/") as beat:
        page.goto(path)
    beat.value.finished()


PATIENT = "window.AbortController = class { abort() {} };"
COUNT_NOTES = """
  window.notes = 0;
  const made = BaseAudioContext.prototype.createOscillator;
  BaseAudioContext.prototype.createOscillator = function () {
    window.notes += 1;
    return made.call(this);
  };
"""


#: The browser's own edge: what would be spoken, instead of a voice that no machine of tests has.
RECORDER = """
  window.said = [];
  const voices = %s.map((lang) => ({ lang, name: lang }));
  Object.defineProperty(window, 'speechSynthesis', { value: {
    getVoices: () => voices, cancel() {}, addEventListener() {},
    get speaking() { return Boolean(window.speaks); },
    speak: (utterance) => window.said.push([utterance.lang, utterance.text]) } });
  window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
"""


def speak_from_now(page):
    """By the button that is on every screen."""
    page.click("[data-speech-form] button")
    expect(page.locator("[data-speech-form] button")).to_have_attribute("aria-pressed", "true")


def hears(page, *wanted):
    """All of it is said, in this order, whatever else is; then a new list begins."""

    def is_said():
        page.wait_for_timeout(20)
        texts = iter(page.evaluate("window.said.map(([, text]) => text)"))
        return all(any(part in text for text in texts) for part in wanted)

    wait_for(is_said, f"to be said: {wanted}")
    return [text for _lang, text in page.evaluate("window.said.splice(0)")]


def test_who_is_away_is_asked_may_stay_and_is_forgotten(at_kiosk):
    page = at_kiosk(script=PATIENT + COUNT_NOTES)
    page.clock.install()
    page.goto("/kiosk/")
    forward(page, 70)
    assert page.locator("[data-idle]").is_hidden(), "the first screen waits for ever"
    stop_clock(page)
    begin(page)
    page.fill("#typed", NUMBER)
    forward(page, 58)
    assert page.locator("[data-idle]").is_hidden()
    forward(page, 3)
    expect(page.locator("[data-idle] h2")).to_be_visible()
    expect(page.locator("[data-idle] h2")).to_have_text("Are you still there?")
    assert page.evaluate("window.notes") == 2, "heard, too"
    assert page.inner_text("[data-idle] [data-left]") == "19"
    page.clock.resume()
    assert violations(page) == []
    page.keyboard.press("Enter")  # the focus is on "I need more time"
    expect(page.locator("[data-idle]")).to_be_hidden()
    assert page.input_value("#typed").replace(" ", "") == NUMBER
    forward(page, 61)
    expect(page.locator("[data-idle]")).to_be_visible()
    forward(page, 21)
    heading(page, "Choose your language")
    assert NUMBER not in body(page)
    page.goto("/kiosk/number/")
    heading(page, "Choose your language")


def test_the_code_goes_by_itself_but_not_from_who_wants_to_see_it_longer(at_kiosk):
    page = at_kiosk(script=PATIENT + COUNT_NOTES + RECORDER % "['en-US']")
    page.clock.install()
    page.goto("/kiosk/")
    speak_from_now(page)
    for name in screens(page):
        assert name
    stop_clock(page)
    page.click("[data-longer]")  # its whole time, from a moment that is known
    page.evaluate("window.said.splice(0)")
    forward(page, 69)
    assert page.evaluate("[window.notes, window.said.length]") == [0, 0]
    forward(page, 2)
    hears(page, "Soon this screen forgets what you chose", "Show it longer")
    assert page.evaluate("window.notes") == 2
    expect(page.locator("[data-ending]")).to_contain_text("Soon this screen forgets")
    page.click("[data-longer]")
    expect(page.locator("[data-ending]")).to_be_empty()
    forward(page, 88)
    heading(page, "Pay at the counter")
    assert page.evaluate("window.notes") == 4, "once for each end"
    forward(page, 4)
    page.clock.resume()
    heading(page, "Choose your language")


def test_touches_and_keys_are_heard_of_wherever_a_time_ends(at_kiosk):
    page = at_kiosk(script=PATIENT + COUNT_NOTES)
    page.clock.install()
    told = []
    page.on("request", lambda one: told.append(one.url) if "/idle/" in one.url else None)
    page.goto("/kiosk/help/")
    stop_clock(page)
    for _touch in range(3):
        page.keyboard.press("Shift")
        forward(page, 90)
    assert page.locator("[data-idle]").is_hidden(), "who reads the help is not sent away"
    forward(page, 11)
    expect(page.locator("[data-idle]")).to_be_visible()
    assert page.evaluate("window.notes") == 2
    page.click("[data-more] button")
    expect(page.locator("[data-idle]")).to_be_hidden()
    heading(page, "Do you need help?")
    forward(page, 101)
    forward(page, 20)
    page.clock.resume()
    heading(page, "Choose your language")

    begin(page)  # the server keeps a visit for ten minutes, and hears of each touch in time
    arrive(page, "#typed")
    stop_clock(page)
    told.clear()
    for _touch in range(3):
        page.keyboard.press("Shift")
        forward(page, 30)
    assert told == []
    page.keyboard.press("Shift")
    with page.expect_response("**/kiosk/idle/"):
        forward(page, 50)
    page.keyboard.press("Shift")
    forward(page, 50)
    assert len(told) == 1, "once in two minutes is enough"


def test_a_lost_line_is_told_and_comes_back_by_itself(at_kiosk, open_page):
    page = at_kiosk()
    begin(page, "es")
    page.fill("#typed", NUMBER)
    page.route("**/kiosk/**", lambda route: route.abort())  # the server is away
    page.click(".onward")
    expect(page.locator("[data-outage]")).to_be_visible()
    assert page.get_attribute("html", "lang") == "es", "in the customer's language, from the page"
    assert "K-" in page.inner_text("[data-outage]")
    assert violations(page) == []
    page.unroute("**/kiosk/**")
    expect(page.locator("[data-outage]")).to_be_hidden()
    assert page.input_value("#typed").replace(" ", "") == NUMBER, "nothing was lost"
    page.click(".onward")
    page.wait_for_selector(".operators")
    page.route("**/kiosk/**", lambda route: route.abort())
    page.click(".way.cancel")  # the end of a visit does not wait for the server
    expect(page.locator("[data-outage]")).to_be_visible()
    assert "8761234567" not in body(page)
    page.unroute("**/kiosk/**")
    heading(page, "Choose your language")
    forgive(open_page, "ERR_FAILED")


def test_who_touches_the_cover_of_an_outage_keeps_no_visit_alive(at_kiosk, open_page):
    page = at_kiosk(script=PATIENT)
    page.clock.install()
    after_a_beat(page, "/kiosk/")
    begin(page)
    page.fill("#typed", NUMBER)

    def cut(*waits):
        """No line for a while, with a touch of the cover after each wait."""
        page.route("**/kiosk/**", lambda route: route.abort())
        forward(page, 20)
        for seconds in waits:
            expect(page.locator("[data-outage]")).to_be_visible()
            forward(page, seconds)
            page.click("[data-outage]")
        page.unroute("**/kiosk/**")
        forward(page, 2)

    cut(20, 20)
    expect(page.locator("[data-outage]")).to_be_hidden()
    expect(page.locator("[data-idle]")).to_be_visible()
    assert int(page.inner_text("[data-idle] [data-left]")) < 19, "as if nobody had touched it"
    page.click("[data-more] button")
    expect(page.locator("[data-idle]")).to_be_hidden()
    assert page.input_value("#typed").replace(" ", "") == NUMBER
    cut(20, 20, 20)
    heading(page, "Choose your language")
    assert NUMBER not in body(page)
    after_a_beat(page, "/kiosk/leave/")
    cut(20, 20, 20)
    heading(page, "Choose your language")  # nor does a PIN that the staff typed wait there
    forgive(open_page, "ERR_FAILED")


def plain(text):
    """Without spaces of any kind and the signs that only turn the direction of writing."""
    return re.sub(r"[\s\u200e\u200f,]", "", text)


#: What a screen tells and offers; a number is said in its own way.
WORDS = (
    ".choice b, .facts dt, .facts dd bdi, .answers .primary, .todo span, "
    ".for-number bdi:not(.msisdn), #number-told b"
)


def test_a_voice_says_each_screen_in_the_language_that_was_chosen(at_kiosk):
    page = at_kiosk(script=RECORDER % "['ar-SA', 'en-US']")
    assert page.evaluate("window.said") == [], "off by default"
    speak_from_now(page)
    spoken, told = {}, {}
    for name in screens(page, "ar"):
        spoken[name] = page.evaluate("window.said.splice(0)")
        if name == "start":
            assert ["en", "Choose your language"] in spoken[name]
            assert {"en", "ar"} <= {lang for lang, _text in spoken[name]}, "each by its own voice"
            continue
        assert {lang for lang, _text in spoken[name]} <= {"ar"}, name
        texts = [text for _lang, text in spoken[name]]
        assert page.inner_text("h1").strip() in texts, (name, texts)
        told[name] = " | ".join(texts)
        wanted = page.locator(WORDS)
        missing = [one for one in wanted.all_inner_texts() if plain(one) not in plain(told[name])]
        assert missing == [], name
    pressed = [one for one in told["number"].split(" | ") if one.isdigit()]
    assert "".join(pressed) == NUMBER, "each key that is pressed"
    assert "1, 8 7 6, 1 2 3, 4 5 6 7" in told["product"]
    assert "1, 8 7 6, 1 2 3, 4 5 6 7" in told["read_back"]
    code = KioskOffer.objects.get().code
    assert f"{' '.join(code[:3])}, {' '.join(code[3:])}" in told["code"]
    page.keyboard.press("Tab")
    assert page.evaluate("window.said.length") == 1, "and what has the focus"


def test_what_real_keys_type_and_what_no_button_says_is_heard_too(at_kiosk, counter):
    set_pin(person=counter.agent, pin="7391")
    page = at_kiosk(script=RECORDER % "['en-US']")
    kiosks.say(
        kiosk=Kiosk.objects.get(), text="Back at five", by=Person.objects.get(username="owner")
    )
    page.reload()
    speak_from_now(page)
    begin(page)
    arrive(page, "#typed")
    said = hears(page, "Back at five", "Which number?", "The country is not known yet, Begin with")
    assert said.count("Back at five") == 1, "not on every screen"
    page.keyboard.type("+18")
    page.keyboard.press("Backspace")
    page.focus(".onward")
    page.keyboard.type("8")
    page.keyboard.press("Backspace")
    hears(page, "Plus", "1", "8", "Delete the last digit", "Continue", "8", "Delete the last digit")
    page.fill("#typed", "")
    page.keyboard.type("4915112345678")
    hears(page, *"4915112345678")
    page.click(".onward")
    hears(page, "Which operator?", "Nothing is sold for this number here.")
    page.click("a[href='/kiosk/modes/']")
    hears(page, "100 %, This is on now.", "Strong contrast, White and yellow on black, This is off")
    page.click("button[value=contrast]")
    hears(page, "Strong contrast, White and yellow on black, This is on now.")
    page.goto("/kiosk/leave/")
    page.click(".choice")
    arrive(page, "#typed")
    page.keyboard.type("739")
    page.focus(".onward")
    page.keyboard.type("1")
    assert page.input_value("#typed") == "7391"
    assert [one for one in hears(page, "End kiosk mode") if re.search(r"\d", one)] == []


def test_a_language_without_a_voice_is_told_honestly(at_kiosk):
    page = at_kiosk(script=RECORDER % "['en-US']")
    page.click("[data-speech-form] button")
    expect(page.locator("html[data-speech]")).to_be_attached()
    page.click("button[value=es]")
    page.wait_for_selector(".deeds")
    page.evaluate("window.said.splice(0)")
    expect(page.locator("[data-no-voice]")).to_be_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("window.said") == []


#: Targets of a finger that are smaller than 72 px, or nearer than 8 px to another one.
FINGERS = """
() => {
  const found = Array.from(document.querySelectorAll('a[href], button, input:not([type=hidden])'))
    .filter(e => e.offsetParent && !e.matches('.hide') && e.getBoundingClientRect().width > 1)
    .map(e => [e.outerHTML.slice(0, 70), e.getBoundingClientRect(), !!e.closest('#ways')]);
  const small = found.filter(([_, box]) => box.height < 71.5 || box.width < 71.5)
    .map(([html, box]) => `${html} ${box.width}×${box.height}`);
  const near = [];
  found.forEach(([html, a, low], at) => found.slice(at + 1).forEach(([other, b, under]) => {
    const x = Math.max(a.left, b.left) - Math.min(a.right, b.right);
    const y = Math.max(a.top, b.top) - Math.min(a.bottom, b.bottom);
    const far = Math.max(x, y);
    if (low === under && far < 7.5) near.push(`${html} is ${far} from ${other}`);
  }));
  return small.concat(near);
}
"""


#: The others have nothing that these have not.
WITH_CONTRAST = ("number", "operator", "read_back", "code", "modes")


def look(page, screen):
    """What is wrong with a screen, at every size and in every look of it."""
    told = []
    for viewport, attributes, scheme in (
        (TALL, {}, "light"), (SMALL, {"dir": "rtl"}, "dark"),
        (WIDE, {"data-contrast": ""}, "light"), (SMALL, {"data-size": "200"}, "light"),
        (TALL, {"data-low": "", "dir": "rtl"}, "dark"),
    ):  # fmt: skip
        page.set_viewport_size(viewport)
        page.emulate_media(color_scheme=scheme)
        old = page.evaluate(
            """wanted => Object.entries(wanted).map(([name, value]) => {
                const root = document.documentElement, was = root.getAttribute(name);
                root.setAttribute(name, value); return [name, was]; })""",
            attributes,
        )
        name = f"{page.url} {viewport['width']} {attributes} {scheme}: "
        if page.evaluate("document.documentElement.scrollWidth") > viewport["width"]:
            told.append(f"{name}scrolls sideways")
        told += [name + one for one in page.evaluate(FINGERS)]
        if attributes in ({}, {"dir": "rtl"}) or (viewport == WIDE and screen in WITH_CONTRAST):
            told += [name + one for one in violations(page)]
        page.evaluate(
            """old => old.forEach(([name, was]) => was === null
                ? document.documentElement.removeAttribute(name)
                : document.documentElement.setAttribute(name, was))""",
            old,
        )
    page.set_viewport_size(TALL)
    return told


def test_every_screen_is_for_everyone(at_kiosk):
    page = at_kiosk()
    wrong, ways = [], set()
    for name in screens(page):
        wrong += look(page, name)
        if name != "start":
            boxes = [page.locator(q).bounding_box() for q in (".way >> nth=0", ".way.cancel")]
            ways.add(str([(round(box["x"]), round(box["y"])) for box in boxes]))
    assert wrong == []
    assert len(ways) == 1, "Back and Cancel are always in the same place"
    for path in ("modes", "language", "state", "idle", "help"):
        page.goto(f"/kiosk/{path}/")
        wrong += look(page, path)
    assert wrong == []


def test_size_and_low_reach_hold_on_the_next_screens(at_kiosk):
    page = at_kiosk()
    before = page.locator("h1").evaluate("e => parseFloat(getComputedStyle(e).fontSize)")
    page.click(".ways a[href='/kiosk/modes/']")  # whoever sits reaches no other
    heading(page, "Make it easier to use")
    assert page.locator("button[value=low]").bounding_box()["y"] > TALL["height"] / 2
    page.click("button[value='200']")
    expect(page.locator("html")).to_have_attribute("data-size", "200")
    page.click("button[value=low]")
    expect(page.locator("html")).to_have_attribute("data-low", "")
    page.click(".answers .primary")
    heading(page, "Choose your language")
    after = page.locator("h1").evaluate("e => parseFloat(getComputedStyle(e).fontSize)")
    assert after == pytest.approx(2 * before)
    switch(page, "100")
    begin(page)
    page.wait_for_selector("#typed")
    tops = page.evaluate(
        "() => Array.from(document.querySelectorAll('a, button')).filter(e => e.offsetParent"
        " && !e.matches('.hide')).map(e => e.getBoundingClientRect().top)"
    )
    assert min(tops) > TALL["height"] / 3, "nothing to reach up for"
