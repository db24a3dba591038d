"""Who can use it: every screen and page in every language and look. `./dev axe` runs it.

Its name keeps it out of `./dev test`: it takes long, and CI has a sample in test_everyone.py.
`./dev axe -k kiosk`, `-k counter` or `-k in-ar` runs a part. A finding is a line, and the end is 1.
"""

import re
import time
from collections import Counter

import pytest
from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language_info
from playwright.sync_api import expect

from catalog.models import Sku
from tests.browser.conftest import PHONE, cookie_of, to_check
from tests.browser.kioskwalk import Wish, answer, press, walk
from tests.browser.test_access import (
    AXE,
    OF_THE_LOOK,
    RULES,
    SMALL,
    TARGETS,
    forgive_status,
    pages,  # noqa: F401  a fixture
    sideways,
    too_wide,
)
from tests.browser.test_kiosk import FINGERS, TALL, WIDE, at_kiosk, screens  # noqa: F401
from tests.topup.counter import PIN
from tests.topup.offerdesk import Desk
from topup.models import Kiosk, KioskOffer, Person, Role
from topup.services import kiosks, offers, people

LANGUAGES = [code for code, _name in settings.LANGUAGES]
IN_EACH = pytest.mark.parametrize("language", LANGUAGES, ids=lambda code: f"in-{code}")
PATIENCE = 60_000  # milliseconds: nothing here is about speed
#: How a kiosk's screens can be: what stands at their root, in which colours of the system.
LOOKS = {
    "standard": ("", "", "light"), "dark": ("", "", "dark"),
    "contrast": ("data-contrast", "", "light"), "200 %": ("data-size", "200", "light"),
    "low": ("data-low", "", "light"), "slow": ("data-slow", "", "light"),
}  # fmt: skip
LOOK = """
async (rules) => {
  const root = document.documentElement;
  const found = await axe.run(document, {runOnly: rules, resultTypes: ["violations"]});
  return [root.lang, root.dir || "ltr", found.violations.flatMap(
    (v) => v.nodes.map((node) => `${v.id}: ${node.html.slice(0, 120)}`))];
}
"""
#: What was looked at, and what was found: by part, language and look.
looked: Counter[tuple[str, str, str]] = Counter()
wrong: dict[tuple[str, str, str], list[str]] = {}


def direction(language):
    return "rtl" if get_language_info(language)["bidi"] else "ltr"


def axe(page, language, rules=RULES):
    """What axe finds; and a page that tells another language, or reads the wrong way."""
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(AXE.read_text())
    lang, way, told = page.evaluate(LOOK, rules)
    if (lang, way) != (language, direction(language)):
        told.append(f"lang and dir are {lang} and {way}")
    return told


PUT = """
([name, value]) => {
  if (!name) return null;
  const root = document.documentElement, was = root.getAttribute(name);
  if (value === null) root.removeAttribute(name); else root.setAttribute(name, value);
  return was;
}
"""
#: A number that is typed is seen whole; in slow mode nothing moves.
CUT = """
() => Array.from(document.querySelectorAll("main input"))
  .filter((e) => e.scrollWidth > e.clientWidth).map((e) => `what is typed is cut: ${e.value}`)
"""
STILL = """
() => document.documentElement.hasAttribute("data-slow")
  ? document.getAnimations().map((one) => `moves: ${one.effect.target.outerHTML.slice(0, 80)}`) : []
"""
#: A question that lies over a screen is all that can be touched.
TOUCHED = FINGERS.replace(
    "document.querySelectorAll(",
    "(document.querySelector('dialog[open]') || document).querySelectorAll(",
)


def look_at_screen(page, language, *, rules=RULES, sizes=(SMALL, WIDE, TALL)):
    """What is wrong with a screen of a kiosk as it is now; the last size stays."""
    told = []
    for viewport in sizes:
        page.set_viewport_size(viewport)
        told += sideways(page, viewport) + page.evaluate(TOUCHED) + page.evaluate(CUT)
    return told + axe(page, language, rules) + page.evaluate(STILL)


def in_every_look(page, language):
    """What is wrong with a screen, by look."""
    for look, (attribute, value, scheme) in LOOKS.items():
        page.emulate_media(color_scheme=scheme)
        was = page.evaluate(PUT, [attribute, value])
        rules = RULES if look == "standard" else OF_THE_LOOK
        yield look, look_at_screen(page, language, rules=rules)
        page.evaluate(PUT, [attribute, was])


def look_at_page(page, language):
    """What is wrong with a page of the counter: in both colours, narrow, with letters of 200 %."""
    told = []
    for scheme, rules in (("light", RULES), ("dark", OF_THE_LOOK)):
        page.emulate_media(color_scheme=scheme)
        told += axe(page, language, rules)
    told += page.evaluate(TARGETS)
    told += too_wide(page)
    page.set_viewport_size(PHONE)
    return told


def after_the_sale(page, language, counter):
    """A code that was sold and one that is too old; how the sale stands, and its secret."""
    desk = Desk(counter, Kiosk.objects.get(), counter.agent, counter.agent)
    sku = Sku.objects.get(provider_id=PIN)
    wish = Wish(
        "pin", country=sku.country_id, operator=f"[name=operator][value='{sku.operator_id}']",
        product=f"[name=sku][value='{sku.pk}']", amount="",
    )  # fmt: skip
    page.goto("/kiosk/")
    assert [*walk(page, language, wish)][-1] == "code"
    offer = KioskOffer.objects.latest("pk")
    KioskOffer.objects.filter(pk=offer.pk).update(expires_at=timezone.now())
    page.goto("/kiosk/code/")
    yield "a code that is too old"
    KioskOffer.objects.filter(pk=offer.pk).update(expires_at=offer.expires_at)
    sale = desk.sell(offer)
    page.goto("/kiosk/code/")
    yield "a code that was sold"
    page.goto("/kiosk/")
    page.click(f"button[value={language}]")
    page.wait_for_selector("[data-kiosk=kind]")
    page.goto("/kiosk/state/")
    for number in (offer.code, offers.claim_number(sale).replace(" ", "")):
        expect(page.locator("#typed")).to_have_value("")
        press(page, number)
        page.click(".onward")
    page.wait_for_selector("[name=deed][value=open]")
    yield "how it stands"
    page.route("**/kiosk/state/", stays, times=1)
    page.click("[name=deed][value=open]")
    page.wait_for_selector("#secret")
    yield "the secret"


def stays(route):
    """A secret that is not covered again while it is looked at."""
    answer = route.fetch()
    body = re.sub(r'data-hides-after="\d+"', 'data-hides-after="9999"', answer.text())
    route.fulfill(response=answer, body=body)


def every_screen(page, language, counter):
    """All that a customer can come to see, by name."""
    for name in screens(page, language):
        yield name
        if name == "number":
            page.evaluate("document.querySelector('[data-idle]').showModal()")
            yield "still there?"
            page.evaluate("document.querySelector('[data-idle]').close()")
            page.evaluate("document.querySelector('[data-outage]').hidden = false")
            yield "no connection"
            page.evaluate("document.querySelector('[data-outage]').hidden = true")
    for name in ("modes", "language", "idle", "help", "state", "leave", "nowhere"):
        page.goto(f"/kiosk/{name}/")
        yield name
    page.goto("/kiosk/state/")
    press(page, "123456")
    page.click(".onward")
    expect(page.locator("#typed")).to_have_value("")
    yield "claim number"
    page.goto("/kiosk/")
    page.click(f"button[value={language}]")
    page.click("button[value=airtime]")
    page.wait_for_selector("#typed")
    press(page, "12")
    page.click(".onward")
    page.wait_for_selector(".problem")
    yield "a wrong number"
    page.goto("/kiosk/kind/")
    page.click("button[value=pin]")
    page.wait_for_selector("[data-kiosk=country]")
    yield "country"
    answer(page, ".way.help", "help")
    page.click("main form button")
    page.wait_for_selector("[data-help=called]")
    yield "somebody is called"
    kiosks.answer_help(kiosk=Kiosk.objects.get(), by=counter.agent)
    page.goto("/kiosk/help/")
    yield "somebody comes"
    yield from after_the_sale(page, language, counter)
    Kiosk.objects.update(is_blocked=True, message="Back at three.")
    page.goto("/kiosk/kind/")
    yield "out of service"
    Kiosk.objects.update(is_blocked=False, message="")


def note(part, language, look, name, told):
    """Count it, and keep what was found."""
    looked[part, language, look] += 1
    lines = [f"{part} {language} {look} {name}: {one}" for one in told]
    wrong.setdefault((part, language, look), []).extend(lines)
    for line in lines:
        print(f"\n  {line}", end="", flush=True)
    return lines


def progress(part, language, began):
    here = [key for key in looked if key[:2] == (part, language)]
    count, found = sum(looked[key] for key in here), sum(len(wrong[key]) for key in here)
    seconds = time.monotonic() - began
    print(f"\n{part} {language}: {count} looks, {found} findings, {seconds:.0f} s", flush=True)


def ended(told):
    if told:  # each of them stands there already
        pytest.fail(f"{len(told)} findings", pytrace=False)


@pytest.fixture(scope="module", autouse=True)
def table():
    """Prints what was looked at and found, at the end."""
    yield
    for part in ("counter", "kiosk"):
        columns = list(dict.fromkeys(look for p, _l, look in looked if p == part))
        if not columns:
            continue
        print(f"\n\n{part}: looked at / findings\n\n| language | {' | '.join(columns)} |")
        print("|---" * (len(columns) + 1) + "|")
        for language in dict.fromkeys(lang for p, lang, _look in looked if p == part):
            cells = [
                f"{looked[part, language, one]} / {len(wrong[part, language, one])}"
                for one in columns
            ]
            print(f"| {language} | {' | '.join(cells)} |")
    print(f"\n{sum(looked.values())} looked at, {sum(map(len, wrong.values()))} findings")


@IN_EACH
def test_kiosk(at_kiosk, open_page, counter, language):  # noqa: F811
    people.set_pin(person=Person.objects.get(role=Role.OWNER), pin="582930")
    page, began, told = at_kiosk(), time.monotonic(), []
    page.set_default_timeout(PATIENCE)
    for name in every_screen(page, language, counter):
        known = settings.RECEIPT_LANGUAGES[0] if name == "start" else language  # not chosen yet
        for look, found in in_every_look(page, known):
            told += note("kiosk", language, look, name, found)
    forgive_status(open_page)
    progress("kiosk", language, began)
    ended(told)


#: Pages of those in charge, beside those of a cashier.
IN_CHARGE = (
    "people/", "people/add/", "people/me/", "people/kiosks/", "reports/", "reports/statement/",
    "money/deposits/", "money/deposits/new/", "money/transfer/", "bulk/", "shift/all/",
    "shift/owed/", "till/", "session/language/", "session/factor/set-up/", "offline/",
)  # fmt: skip


def of_those_in_charge(counter):
    kiosk, cashier = Kiosk.objects.first(), counter.agent
    shown = {path: f"/{path}" for path in IN_CHARGE}
    return shown | {
        "a person": f"/people/{cashier.pk}/", "a kiosk": f"/people/kiosks/{kiosk.pk}/"
    }  # fmt: skip


#: Pages that speak the customer's language instead of the person's.
OF_CUSTOMERS = {"public page": "en", "public page in Arabic": "ar"}


def goto_each(page, shown):
    """As `visit`, in any language."""
    for name, path in shown.items():
        page.goto(path or "/sell/")
        if path is None:
            to_check(page, product="10")
        yield name


@IN_EACH
def test_counter(open_page, pages, counter, stack, language):  # noqa: F811
    Person.objects.update(language=language)
    owner = Person.objects.get(role=Role.OWNER)
    page, began, told = open_page(), time.monotonic(), []
    page.set_default_timeout(PATIENCE)

    def look(who, shown):
        for name in goto_each(page, shown):
            known = OF_CUSTOMERS.get(name, language)
            told.extend(note("counter", language, who, name, look_at_page(page, known)))

    look("cashier", pages)
    page.context.add_cookies([cookie_of(owner, stack.web_url)])
    look("owner", of_those_in_charge(counter))
    page = open_page("/session/sign-in/", signed_in=False, locale=language)
    page.set_default_timeout(PATIENCE)
    look("nobody", {"sign in": "/session/sign-in/", "enrol": "/kiosk/enrol/"})
    forgive_status(open_page)
    progress("counter", language, began)
    ended(told)
