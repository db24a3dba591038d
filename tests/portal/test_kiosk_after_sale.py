"""A visit at a kiosk by plain forms: asking how a sale stands, and what the next one finds."""

import re

import pytest

from catalog.models import Sku
from tests.portal.conftest import PIN, stands_in
from tests.portal.kioskcustomer import FLOW, NUMBER, Customer
from topup.models import KioskReveal
from topup.services import kiosks, offers, receipts, sales

pytestmark = pytest.mark.django_db


@pytest.fixture
def kiosk(counter, owner):
    return kiosks.create(shop=counter.shop, name="Door", by=owner)


@pytest.fixture
def customer(kiosk):
    return Customer(kiosk[1])


def ordered(counter, kiosk):
    """A PIN that a customer chose and the counter took money for: the sale, its two numbers."""
    sku = Sku.objects.get(provider_id=PIN)
    offer = offers.make(kiosk=kiosk[0], sku=sku, face_value=sku.min_face_value, language="en")
    claim = offers.claim(agent=counter.agent, shop=counter.shop, offer_id=offer.pk)
    quote = offers.quote_for(claimed=claim, agent=counter.agent, shop=counter.shop)
    sale = sales.open_sale(agent=counter.agent, quote=quote).sale
    claim = receipts.build(sale=sale, person=counter.agent).kiosk_claim.replace(" ", "")
    return sale, (offer.code, claim)


@pytest.fixture
def sold(counter, kiosk):
    """One that was delivered: the offer's code, the claim number."""
    sale, numbers = ordered(counter, kiosk)
    sales.submit_sale(sale_id=sale.pk)
    return numbers


def test_what_is_on_its_way_is_asked_for_again_at_this_screen(customer, counter, kiosk):
    _sale, (code, claim) = ordered(counter, kiosk)
    customer.post("/kiosk/", language="en")
    customer.go("state", typed=code, key="go")
    page = customer.go("state", typed=claim, key="go")
    assert "It is on its way. Ask here again in a few minutes." in page.text


def test_a_sale_is_told_for_both_numbers_and_its_code_for_one_tap_and_a_short_time(customer, sold):
    code, claim = sold
    customer.post("/kiosk/", language="en")
    page = customer.get("/kiosk/state/")
    assert "Which code did this screen show you?" in page.text
    page = customer.go("state", typed=code[:5], key=code[5])
    page = customer.go("state", typed=code, key="go")
    assert "Which claim number is on your receipt?" in page.text
    page = customer.go("state", typed=claim, key="go")
    assert ("Done It was delivered." in page.text, "Show my code" in page.text) == (True, True)
    assert 'class="pin"' not in page.html
    opened = customer.post("/kiosk/state/", deed="open")
    pin = re.search(r'class="pin"><bdi dir="ltr">([^<]+)<', opened.html)[1]
    assert (opened.status, len(pin) > 5) == (200, True)
    assert 'content="30;url=/kiosk/wipe/"' in opened.html, "who comes next finds no button to it"
    assert 'data-hides-after="30" data-wipe-url="/kiosk/wipe/"' in opened.html
    assert "no-store" in opened.response.headers["Cache-Control"]
    assert ("<svg" in opened.html.partition("<article")[2].partition("</article>")[0]) is False
    assert KioskReveal.objects.count() == 1
    assert "data-read" not in opened.html, "nobody says it aloud unasked"
    assert pin not in customer.kept
    assert pin not in customer.get("/kiosk/state/").text
    customer.post("/kiosk/modes/", mode="speech")
    again = customer.post("/kiosk/state/", deed="open")
    assert "Say the code aloud" in again.text
    marked = '<p class="paper-mark"><b>COPY 1</b></p>'
    assert [marked in page.html for page in (opened, again)] == [False, True], "it may be printed"
    assert "COPY 2" in customer.post("/kiosk/state/", deed="open").text
    page = customer.go("state", deed="open")
    assert ("as often as it may be" in page.text, "not known here" in page.text) == (True, False)
    assert ("It was delivered." in page.text, 'value="open"' in page.html) == (True, False)
    customer.post("/kiosk/wipe/")
    assert customer.post("/kiosk/state/", deed="open").leads_to == "/kiosk/"


def test_a_machine_that_starts_again_in_the_middle_is_a_new_customers(customer, sold):
    """Its browser keeps the cookies, and comes to the first screen without a wipe."""
    code, claim = sold
    for place in ("read-back", "state", "secret"):
        if place == "read-back":
            customer.to_read_back(language="ar")
        else:
            customer.post("/kiosk/", language="ar")
            customer.go("state", typed=code, key="go")
            assert 'value="open"' in customer.go("state", typed=claim, key="go").html
        if place == "secret":
            assert 'class="pin"' in customer.post("/kiosk/state/", deed="open").html
        after = Customer()
        after.client.cookies = customer.client.cookies
        first = after.get(after.get("/kiosk/").leads_to)
        assert '<html lang="en" dir="ltr"' in first.html
        assert first.response.headers["Content-Language"] == "en"
        page = after.go("modes", mode="contrast", stay="1")
        for beside in (page, after.get("/kiosk/help/")):
            assert ('href="/kiosk/"' in beside.html, 'href="/kiosk/language/"' in beside.html) == (
                True, False,
            ), place  # fmt: skip
        for name in ("modes/", "idle/"):
            assert after.post(f"/kiosk/{name}").leads_to == "/kiosk/", place
        assert "data-contrast" in after.get("/kiosk/").html, "it was chosen on the first screen"
        for name in FLOW[:10]:
            answer = after.get(f"/kiosk/{name}/")
            assert (answer.status, answer.leads_to) == (303, "/kiosk/"), (place, name)
        assert after.post("/kiosk/state/", deed="open").leads_to == "/kiosk/", place
        assert not any(stands_in(after.kept, told) for told in (NUMBER, code, claim)), place
        after.post("/kiosk/wipe/")


def test_a_slip_of_the_kiosk_bears_the_brands_logo_and_name(customer, sold, branded):
    branded(logo=True)
    code, claim = sold
    customer.post("/kiosk/", language="en")
    customer.go("state", typed=code, key="go")
    customer.go("state", typed=claim, key="go")
    slip = customer.post("/kiosk/state/", deed="open").html.partition('<article id="paper"')[2]
    logo, pin, name = 'alt="Estrella &amp; Co"', 'class="pin"', '<p dir="auto">Estrella &amp; Co'
    assert slip.index(logo) < slip.index(pin) < slip.index(name) < slip.index("</article>")


def test_wrong_numbers_tell_nothing_and_are_typed_anew(customer, sold):
    code, claim = sold
    customer.post("/kiosk/", language="en")
    for typed in ((code, f"{(int(claim) + 1) % 10**6:06}"), ("000000", claim)):
        customer.go("state", typed=typed[0], key="go")
        answer = customer.post("/kiosk/state/", typed=typed[1], key="go")
        page = customer.get(customer.get(answer.leads_to).leads_to)
        assert "These two numbers are not known here" in page.text
        assert "Which code did this screen" in page.text, "both again"
    for typed in ("", code[:3]):
        page = customer.go("state", typed=typed, key="go")
        assert ('role="alert"' in page.html, page.value_of_field("typed")) == (True, typed)
    assert customer.post("/kiosk/state/", deed="open").leads_to == "/kiosk/state/"
    assert KioskReveal.objects.count() == 0


def test_who_asks_after_a_sale_corrects_the_code_and_is_forgotten_when_he_goes_back(customer, sold):
    code, claim = sold
    customer.post("/kiosk/", language="en")
    page = customer.go("state", typed="000000", key="go")
    assert ("Which claim number" in page.text, 'name="deed" value="back"' in page.html) == (
        True, True,
    )  # fmt: skip
    page = customer.go("state", deed="back")
    assert ("Which code did" in page.text, page.value_of_field("typed")) == (True, "000000")
    for after in ({"deed": "back"}, None):
        customer.go("state", typed=code, key="go")
        assert "Show my code" in customer.go("state", typed=claim, key="go").text
        page = customer.go("state", **after) if after else customer.go("kind", kind="pin")
        assert customer.at(page) == ("kind" if after else "country")
        assert not any(stands_in(customer.kept, told) for told in sold), after
        page = customer.get("/kiosk/state/")
        assert ("Which code did" in page.text, page.value_of_field("typed")) == (True, ""), after
