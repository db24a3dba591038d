"""A visit at a kiosk by plain forms: one decision a screen, nothing of it in an address or left."""

import re
from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.test import RequestFactory
from django.utils import timezone, translation

from catalog.models import Country, Operator, Sku
from portal import kioskcountries, kioskgoods, visit
from portal.kiosk import COOKIE
from tests.portal.conftest import AIRTIME, PIN, RANGE
from tests.portal.kioskcustomer import FLOW, NUMBER, Customer
from tests.topup.counter import BUNDLE
from topup.kinds import KINDS
from topup.kinds.base import Field
from topup.models import Kind, KioskOffer, Sale
from topup.services import kiosks

pytestmark = pytest.mark.django_db


@pytest.fixture
def kiosk(counter, owner):
    return kiosks.create(shop=counter.shop, name="Door", by=owner)


@pytest.fixture
def customer(kiosk):
    return Customer(kiosk[1])


def buttons(page):
    """The words of the buttons and links of the middle of a screen."""
    main = page.html.partition("<main")[2].partition("</main>")[0]
    found = re.findall(r"<(?:button|a)[^>]*>(.*?)</(?:button|a)>", main, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in found]


def test_from_the_language_to_the_code_by_presses_alone(customer, counter, kiosk):
    first = customer.get("/kiosk/")
    assert "Español" in first.text
    assert '<button class="choice" name="language" value="ar" lang="ar" dir="rtl"' in first.html
    kinds = customer.get(customer.post("/kiosk/", language="en").leads_to)
    assert [told.split(" ")[0] for told in buttons(kinds)] == ["Top", "Code", "I"]
    page = customer.go("kind", kind="airtime")
    assert "Step 2 of 6" in page.text
    for key in "1876123456":
        page = customer.go("number", typed=page.value_of_field("typed"), key=key)
    page = customer.go("number", typed=page.value_of_field("typed"), key="8")
    page = customer.go("number", typed=page.value_of_field("typed"), key="back")
    page = customer.go("number", typed=page.value_of_field("typed"), key="7")
    assert "Jamaica +1 876 123 4567" in page.text
    page = customer.go("number", typed=page.value_of_field("typed"), key="go")
    assert "Which operator?" in page.text, "it is never skipped, not even where there is one"
    assert "Digicel" in buttons(page)[0]
    page = customer.go("operator", operator=Operator.objects.get().pk)
    assert any(told.startswith("$10 you pay $") for told in buttons(page)), buttons(page)
    page = customer.go("product", sku=Sku.objects.get(provider_id=AIRTIME).pk)
    assert "Is this right? +1 876 123 4567" in page.text
    assert 'data-say="1, 8 7 6, 1 2 3, 4 5 6 7"' in page.html
    assert "You pay at the counter, not here." in page.text
    price = re.search(r"You pay \$([\d.]+)", page.text)[1]
    page = customer.go("read-back")
    offer = KioskOffer.objects.get()
    assert (offer.kiosk, offer.recipient, offer.language) == (kiosk[0], NUMBER, "en")
    assert (offer.shown_price, offer.state) == (D(price), "waiting")
    assert f"{offer.code[:3]} {offer.code[3:]}" in page.text
    assert page.html.count("<li data-say>") == 3
    assert counter.float() == (D(500), D(0)), "an offer holds nothing"
    assert Sale.objects.count() == 0
    assert NUMBER not in customer.kept, "with the code the kiosk forgets what was chosen"
    assert 'content="90;url=/kiosk/wipe/"' in page.html


def test_a_range_is_typed_and_its_limits_are_told(customer):
    customer.to_product()
    page = customer.go("product", sku=Sku.objects.get(provider_id=RANGE).pk)
    assert "Any amount from $3 to $100 ." in page.text
    page = customer.go("amount", typed="2", key="5")
    assert (customer.at(page), page.value_of_field("typed")) == ("amount", "25")
    page = customer.go("amount", typed="25", key="point")
    assert page.value_of_field("typed") == "25."
    for typed, told in (("250", "from 3 to 100 USD"), ("1,000", "a thousand"), ("", "Type the")):
        page = customer.go("amount", typed=typed, key="go")
        assert customer.at(page) == "amount"
        assert told in page.text, typed
    page = customer.go("amount", typed="25.5", key="go")
    assert "Amount $25.50" in page.text
    customer.go("read-back")
    assert KioskOffer.objects.get().face_value == D("25.5")


def test_an_amount_is_what_was_pressed_in_whatever_language_it_is_read_again(customer):
    sku = Sku.objects.get(provider_id=RANGE)
    Sku.objects.filter(pk=sku.pk).update(
        face_currency="KWD", min_face_value=1, max_face_value=5000, allow_decimal=True
    )
    customer.to_product(language="es")
    page = customer.go("product", sku=sku.pk)
    assert 'value="point" aria-label="Coma">,</button>' in page.html
    page = customer.go("amount", typed="1", key="point")
    page = customer.go("amount", typed=f"{page.value_of_field('typed')}52", key="5")
    assert page.value_of_field("typed") == "1,525"
    typed = customer.go("amount", typed="1.525", key="go")
    assert (customer.at(typed), "con «,» antes de los decimales" in typed.text) == ("amount", True)
    customer.post("/kiosk/amount/", typed="1,525", key="go")
    customer.post("/kiosk/language/", language="en")
    assert customer.client.session["visit"]["face_value"] == "1.525"
    assert "a thousand" not in customer.get("/kiosk/read-back/").text


def test_goods_without_a_number_go_by_country(customer):
    customer.post("/kiosk/", language="en")
    page = customer.go("kind", kind="pin")
    assert ("For which country?" in page.text, "Jamaica" in page.text) == (True, True)
    assert customer.at(customer.go("country", country="ZZ")) == "country"
    page = customer.go("country", country="JM")
    assert customer.at(page) == "operator"
    customer.go("operator", operator=Operator.objects.get().pk)
    pin = Sku.objects.filter(provider_id=PIN)
    pin.update(description="1 GB for the island", validity="7 days")
    page = customer.go("product", sku=pin.get().pk)
    assert "Is this right? Jamaica Operator" in page.text
    assert ("1 GB for the island" in page.text, "Validity 7 days" in page.text) == (True, True)
    customer.go("read-back")
    assert KioskOffer.objects.get().recipient == ""


def many_more(count):
    """So many more countries, operators and goods of each kind, as a real catalogue has them."""
    jamaica, digicel = Country.objects.get(pk="JM"), Operator.objects.get()
    for at in range(count):
        land = Country.objects.create(code=f"{chr(65 + at)}1", name=f"Land {at}")
        other = Operator.objects.create(provider_id=100 + at, name=f"Flow {at}", country=jamaica)
        far = Operator.objects.create(provider_id=300 + at, name=f"Far {at}", country=land)
        for number, (operator, country) in enumerate(
            ((digicel, jamaica), (other, jamaica), (far, land)), start=1
        ):
            for of in (AIRTIME, RANGE, BUNDLE, PIN):
                sku = Sku.objects.get(provider_id=of)
                sku.pk, sku.provider_id = None, of * 1000 + number * 100 + at
                sku.operator, sku.country, sku.description = operator, country, f"Good {at}"
                sku.save()


def test_lists_ask_a_fixed_number_of_queries(customer, django_assert_num_queries):
    digicel = Operator.objects.get().pk
    for more in (0, 20):  # few countries stand on one screen, many under their letters
        many_more(more)
        customer.to_product(language="es")
        for screen, queries in (("kind", 7), ("dial", 7), ("operator", 10), ("product", 14)):
            with django_assert_num_queries(queries):
                page = customer.get(f"/kiosk/{screen}/")
            assert (page.status, customer.at(page)) == (200, screen)
        customer.go("kind", kind="pin")
        customer.go("country", country="JM")
        customer.go("operator", operator=digicel)
        for screen, queries in (("country", 7), ("operator", 10), ("product", 12)):
            with django_assert_num_queries(queries):
                page = customer.get(f"/kiosk/{screen}/")
            assert (page.status, customer.at(page)) == (200, screen)
        assert len(buttons(page)) == 1 + more


def test_the_looked_up_operator_is_marked_and_nothing_is_chosen(customer, counter):
    jamaica = Country.objects.get()
    flow = Operator.objects.create(provider_id=22, name="Flow", country=jamaica)
    sku = Sku.objects.get(provider_id=AIRTIME)
    sku.pk, sku.provider_id, sku.operator = None, 77, flow
    sku.save()
    page = customer.to_operator()
    assert buttons(page) == ["D Digicel The number seems to be of this one", "F Flow"]
    assert 'aria-current="true"' not in page.html.partition("<main")[2]
    stranger = Operator.objects.create(provider_id=23, name="Empty", country=jamaica)
    for wrong in (stranger.pk, 0, "x", "٣", 10**15):
        assert customer.at(customer.go("operator", operator=wrong)) == "operator"
    page = customer.go("operator", operator=flow.pk)
    assert "Flow" in page.text
    wrong = Sku.objects.get(provider_id=AIRTIME).pk
    assert "not on sale any more" in customer.go("product", sku=wrong).text


def test_a_country_that_is_chosen_completes_a_local_number(customer):
    Country.objects.update(number_length=7)
    customer.post("/kiosk/", language="es")
    customer.go("kind", kind="airtime")
    page = customer.get("/kiosk/dial/")
    assert 'name="country" value="JM"' in page.html
    assert customer.at(customer.go("dial", country="JM")) == "number"
    page = customer.go("number", typed="876123456", key="7")
    assert "+1 876 123 4567" in page.text
    customer.go("number", typed="8761234567", key="go")
    assert visit.of(request_of(customer)).msisdn == NUMBER


def test_a_whole_number_of_another_country_has_that_flag_and_not_the_chosen_one(customer):
    Country.objects.create(code="HT", name="Haiti", dial_codes=["509"], number_length=8)
    customer.post("/kiosk/", language="en")
    customer.go("kind", kind="airtime")
    customer.go("dial", country="HT")
    for typed, country in (("3712345", "ht"), ("37123456", "ht"), (NUMBER, "jm")):
        told = customer.go("number", typed=typed, key="").html.partition('id="number-told"')[2]
        assert f"/{country}.webp" in told.partition("</div>")[0], typed


def test_a_local_number_that_nothing_is_sold_for_leads_to_the_countries(customer):
    Country.objects.update(number_length=7)
    page = customer.to_operator(number="8761234567")
    assert "Nothing is sold for this number here." in page.text
    assert 'href="/kiosk/dial/"' in page.html
    assert customer.at(customer.go("dial", country="JM")) == "number"
    page = customer.go("number", typed="8761234567", key="go")
    assert (customer.at(page), 'href="/kiosk/dial/"' in page.html) == ("operator", False)


def request_of(customer):
    """What the next request of this browser would find."""

    class Request:
        session = customer.client.session

    return Request()


@pytest.mark.parametrize(("typed", "told"), [("", "Type a phone number"), ("12", "too short")])
def test_what_is_no_number_is_told_and_kept(customer, typed, told):
    page = customer.to_operator(number=typed)
    assert (customer.at(page), told in page.text) == ("number", True)
    assert page.value_of_field("typed") == typed
    assert told not in customer.get("/kiosk/number/").text, "told once"


def test_a_screen_that_comes_too_early_leads_to_the_first_open_one(customer):
    early = {name: customer.get(f"/kiosk/{name}/").leads_to for name in FLOW}
    assert {early[name] for name in FLOW[:6]} == {"/kiosk/"}
    customer.post("/kiosk/", language="en")
    assert customer.get("/kiosk/read-back/").leads_to == "/kiosk/kind/"
    customer.post("/kiosk/kind/", kind="airtime")
    assert customer.get("/kiosk/product/").leads_to == "/kiosk/number/"
    assert customer.get("/kiosk/country/").leads_to == "/kiosk/number/"
    customer.post("/kiosk/number/", typed=NUMBER, key="go")
    assert customer.get("/kiosk/read-back/").leads_to == "/kiosk/operator/"
    assert customer.post("/kiosk/kind/", kind="bill").leads_to == "/kiosk/kind/", "not at a kiosk"


def test_an_earlier_answer_that_changes_takes_what_hung_on_it(customer):
    customer.to_read_back()
    customer.go("number", typed="18765550000", key="go")
    assert customer.get("/kiosk/read-back/").leads_to == "/kiosk/operator/"
    customer.go("kind", kind="pin")
    assert NUMBER not in customer.kept


def test_a_price_that_moved_is_shown_before_there_is_a_code(customer):
    customer.to_read_back()
    kept = customer.client.session
    for before in (kept[visit.KEY]["shown"].replace("10.05", "9.99"), ""):  # a minute ago; never
        kept[visit.KEY] = kept[visit.KEY] | {"shown": before}
        kept.save()
        page = customer.go("read-back")
        assert "The price or what arrives has just changed" in page.text
        assert KioskOffer.objects.count() == 0
    assert customer.at(customer.go("read-back")) == "code"


def test_a_wipe_leaves_nothing_and_no_screen_shows_it_again(customer):
    customer.to_read_back()
    wiped = customer.post("/kiosk/wipe/")
    assert wiped.leads_to == "/kiosk/"
    assert wiped.response.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert customer.client.cookies["sessionid"].value == ""
    assert customer.client.cookies[COOKIE].value, "it stays a kiosk"
    for name in FLOW[:8]:
        answer = customer.get(f"/kiosk/{name}/")
        assert (answer.status, answer.leads_to) == (303, "/kiosk/"), name


def test_the_next_customer_finds_nothing_of_the_last_one(customer):
    customer.to_read_back(language="ar")
    customer.post("/kiosk/modes/", mode="contrast")
    first = customer.get(customer.get("/kiosk/").leads_to)
    assert ("data-contrast" in first.html, '<html lang="en"' in first.html) == (True, True)
    assert NUMBER not in customer.kept
    customer.post("/kiosk/", language="en")
    assert NUMBER not in customer.kept
    assert customer.get("/kiosk/read-back/").leads_to == "/kiosk/kind/"
    assert 'lang="en"' in customer.get("/kiosk/kind/").html


def test_a_visit_that_nobody_touched_for_ten_minutes_is_over(customer, monkeypatch):
    customer.to_read_back(language="ar")
    later = visit._now() + 601
    monkeypatch.setattr(visit, "_now", lambda: later)
    assert customer.get("/kiosk/read-back/").leads_to == "/kiosk/"
    assert '<html lang="en"' in customer.get("/kiosk/").html


def test_no_answer_of_a_kiosk_is_kept_and_no_address_tells_anything(customer):
    customer.to_read_back()
    customer.go("read-back")
    for name in FLOW:
        answer = customer.get(f"/kiosk/{name}/")
        assert "no-store" in answer.response.headers["Cache-Control"], name
        assert NUMBER not in answer.leads_to, name


def test_without_scripts_the_screens_ask_and_then_forget_by_themselves(customer):
    assert "http-equiv" not in customer.get("/kiosk/").html, "the first screen waits for ever"
    for beside in ("help", "modes"):
        html = customer.get(f"/kiosk/{beside}/").html
        assert 'content="120;url=/kiosk/"' in html
        assert 'data-ask="100" data-wipe="20"' in html, "and with scripts they ask, too"
    page = customer.to_operator()
    assert '<noscript><meta http-equiv="refresh" content="60;url=/kiosk/idle/">' in page.html
    for path, waits in (("help", (60, 20)), ("leave", (40, 20)), ("nothing", (20, 20))):
        html = customer.get(f"/kiosk/{path}/").html
        assert 'data-ask="{}" data-wipe="{}"'.format(*waits) in html, path
    asked = customer.get("/kiosk/idle/")
    assert ('content="20;url=/kiosk/wipe/"' in asked.html, NUMBER in asked.html) == (True, False)
    assert customer.post("/kiosk/idle/").leads_to == "/kiosk/operator/", "I need more time"
    page = customer.go("modes", mode="slow")
    assert ('content="180;url=/kiosk/idle/"' in page.html, "data-slow" in page.html) == (True, True)
    assert 'content="60;url=/kiosk/wipe/"' in customer.get("/kiosk/idle/").html
    for path, waits in (("help", (180, 60)), ("leave", (120, 60)), ("nothing", (60, 60))):
        html = customer.get(f"/kiosk/{path}/").html
        assert 'data-ask="{}" data-wipe="{}"'.format(*waits) in html, path
    assert customer.get("/kiosk/wipe/").leads_to == "/kiosk/"


def test_modes_and_language_change_anywhere_and_the_way_leads_back(customer):
    customer.to_operator()
    page = customer.go("modes", mode="size", value="200", stay="1")
    assert (customer.at(page), 'data-size="200"' in page.html) == ("modes", True)
    assert 'href="/kiosk/operator/"' in page.html
    for mode in ("contrast", "low", "speech"):
        assert f"data-{mode}" in customer.go("modes", mode=mode).html
        assert f"data-{mode}" not in customer.go("modes", mode=mode).html.partition("<body")[0]
    assert 'data-size="200"' in customer.go("modes", mode="size", value="900").html
    page = customer.go("language", language="ar")
    assert (customer.at(page), '<html lang="ar" dir="rtl"' in page.html) == ("operator", True)
    assert NUMBER in customer.kept


def test_the_terminal_the_hotline_and_the_ways_are_on_every_screen(customer, counter, kiosk):
    type(counter.shop).objects.update(hotline="+1 876 555 0100")
    customer.to_read_back()
    for name in (*(f"{one}/" for one in FLOW if one not in ("code", "country", "amount")), ""):
        page = customer.get(f"/kiosk/{name}")
        page = page if name else customer.get(page.leads_to)
        assert (page.status, kiosk[0].terminal_id in page.text) == (200, True), name
        assert "+1 876 555 0100" in page.text
        assert page.html.count('class="way help"') == 1
        assert page.html.count('class="way cancel"') == (1 if name else 0)


def test_cancel_and_back_on_the_code_take_the_offer_back_and_done_does_not(customer):
    customer.to_read_back()
    customer.go("read-back")
    assert customer.at(customer.go("code", deed="more")) == "code"
    assert customer.post("/kiosk/code/", deed="done").leads_to == "/kiosk/"
    customer.to_read_back()
    customer.go("read-back")
    customer.post("/kiosk/code/", deed="cancel")
    assert customer.get("/kiosk/code/").leads_to == "/kiosk/"
    customer.to_read_back(language="es")
    page = customer.go("read-back")
    assert 'href="/kiosk/"' not in page.html
    assert re.search(r'action="/kiosk/code/">(?:(?!</form>).)*class="way" name="deed" value="back"',
                     page.html)  # fmt: skip
    page = customer.go("code", deed="back")
    assert (customer.at(page), '<html lang="es"' in page.html) == ("kind", True)
    states = KioskOffer.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["waiting", "cancelled", "cancelled"]
    assert customer.get("/kiosk/code/").leads_to == "/kiosk/kind/"


def test_an_offer_at_the_counter_that_is_too_many_is_told_on_the_goods(customer, monkeypatch):
    monkeypatch.setattr("topup.services.offering.MOST_LIVE", 0)
    customer.to_read_back()
    page = customer.go("read-back")
    assert "Too many codes wait at the counter" in page.text
    assert KioskOffer.objects.count() == 0


def test_goods_that_want_something_secret_are_not_at_a_kiosk(customer, monkeypatch):
    secret = Field("boost_pin", "PIN", r"\d+", "", is_required=True, is_secret=True)
    monkeypatch.setattr(KINDS[Kind.AIRTIME], "fields", lambda sku: (secret,))
    assert "Nothing of this operator is sold now" in customer.to_product().text
    sku = Sku.objects.get(provider_id=AIRTIME)
    assert not kioskgoods.is_for_kiosk(sku, Kind.AIRTIME)
    assert not kioskgoods.is_for_kiosk(sku, Kind.BILL)


def test_an_empty_shop_says_so(customer):
    Sku.objects.update(paused_at=timezone.now())
    customer.post("/kiosk/", language="en")
    page = customer.get("/kiosk/kind/")
    assert "Nothing is on sale here now. Ask at the counter." in page.text
    assert [told.split(" ")[0] for told in buttons(page)] == ["I"], "who has paid still asks"


def test_a_blocked_kiosk_shows_nothing_of_a_visit(customer, kiosk, owner):
    customer.to_read_back()
    kiosks.block(kiosk=kiosk[0], by=owner)
    page = customer.get("/kiosk/read-back/")
    assert (page.status, "out of service" in page.text) == (403, True)
    assert "1 876 123" not in page.text
    assert 'data-kiosk="off"' in page.html
    assert page.html.count("This screen is out of service") == 1, "each language once"
    assert '<p lang="ur" dir="rtl"><b>یہ اسکرین بند ہے</b>' in page.html


def test_an_offer_too_old_says_so(customer):
    customer.to_read_back()
    customer.go("read-back")
    ended = timezone.now() - timedelta(seconds=1)
    for over in ({"expires_at": ended}, {"state": "expired", "ended_at": ended}):  # before a sweep
        KioskOffer.objects.update(**over)
        page = customer.get("/kiosk/code/")
        assert ("This code is too old" in page.text, 'class="qr"' in page.html) == (True, False)
        assert "Go back and choose again." in page.text


def test_many_countries_are_found_by_their_first_letter_in_the_customers_language():
    codes = re.findall("..", "EGESEEATDEFRITJMGHNGPHINPKBDHTBRPTMXCOPE")
    found = [Country(code=code, name=code) for code in codes]
    with translation.override("fr"):
        told = kioskcountries.shown(RequestFactory().get("/", {"letter": "E"}), found)
        first = kioskcountries.shown(RequestFactory().get("/", {"letter": "?"}), found)
    assert [name for name, _country in told["countries"]] == ["Égypte", "Espagne", "Estonie"]
    assert (first["letter"], told["letters"][:4]) == ("A", ["A", "B", "C", "E"])
    few = kioskcountries.shown(RequestFactory().get("/"), found[:3])
    assert (few["letters"], len(few["countries"])) == ([], 3)
