"""The kiosk queue at the counter: from the code to the sale, by plain forms."""

import re
from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from catalog.models import Sku
from portal.views import queue
from tests.portal.conftest import AIRTIME, PIN, Visitor
from tests.portal.shopper import Shopper
from tests.portal.test_basket import WITHOUT
from tests.topup.prices import publish
from topup.kinds import KINDS
from topup.kinds.base import Field
from topup.models import (
    Kind,
    KioskClaim,
    KioskOffer,
    OperatorWeather,
    SafetyAnswer,
    Sale,
    Shop,
)  # fmt: skip
from topup.models.weather import Hold
from topup.services import kiosks, offerclaims, offers, passport

pytestmark = pytest.mark.django_db
NUMBER = "18765550000"


@pytest.fixture
def kiosk(counter, owner):
    return kiosks.create(shop=counter.shop, name="Door", by=owner)[0]


@pytest.fixture
def offer(kiosk):
    return make(kiosk)


def make(kiosk, *, sku=AIRTIME, number=NUMBER, **more):
    chosen = Sku.objects.get(provider_id=sku)
    return offers.make(
        kiosk=kiosk, sku=chosen, recipient=number, language=more.pop("language", "es"),
        face_value=more.pop("face_value", chosen.min_face_value), **more,
    )  # fmt: skip


def confirm(visitor, check_url, **more):
    page = visitor.get(check_url)
    return visitor.post("/sell/confirm/", quote=page.value_of("quote"), **more)


def test_a_code_leads_to_the_check_page_and_then_to_one_sale(visitor, offer, counter):
    page = visitor.get("/queue/")
    assert f"{offer.code[:3]} {offer.code[3:]}" in page.text
    assert "1 customer is on the way" in page.text
    check = visitor.post("/queue/claim/", code=f" {offer.code[:3]} {offer.code[3:]}")
    assert check.leads_to.startswith("/sell/check/?quote=")
    assert "Chosen at kiosk" in visitor.get(check.leads_to).text
    sold = confirm(visitor, check.leads_to)
    sale = Sale.objects.get()
    assert sold.leads_to == f"/sales/{sale.correlation_id}/"
    assert sale.correlation_id == KioskClaim.objects.get().key
    again = visitor.post("/queue/claim/", code=offer.code)
    assert again.leads_to == sold.leads_to
    assert visitor.post(f"/queue/{offer.pk}/").leads_to == sold.leads_to
    assert (Sale.objects.count(), KioskOffer.objects.get().state) == (1, "sold")


def test_goods_without_a_number_are_told_with_their_country_and_what_is_in_them(visitor, kiosk):
    Sku.objects.filter(provider_id=PIN).update(description="1 GB for the island")
    offer = make(kiosk, sku=PIN, number="")
    row = visitor.get("/queue/")
    assert ("1 GB for the island" in row.text, "/jm.webp" in row.html) == (True, True)
    check = visitor.get(visitor.post(f"/queue/{offer.pk}/").leads_to)
    assert re.search(r"Country\s+Jamaica", check.text)
    assert "1 GB for the island" in check.text


def test_a_sale_whose_answer_never_came_is_found_again_and_never_made_again(
    visitor, offer, monkeypatch
):
    check = visitor.post(f"/queue/{offer.pk}/").leads_to
    assert "Go on" in visitor.get("/queue/").text, "not sold yet: it is in the list"
    quote = visitor.get(check).value_of("quote")
    sold = visitor.post("/sell/confirm/", quote=quote).leads_to
    assert visitor.get("/queue/").text.count(offer.code[:3]) == 0
    own = f"/queue/{offer.pk}/"
    ways = [visitor.post("/queue/claim/", code=offer.code), visitor.get(own), visitor.post(own),
            visitor.get(check), visitor.post("/sell/confirm/", quote=quote)]  # fmt: skip
    assert [page.leads_to for page in ways] == [sold] * 5
    assert visitor.get("/sell/", number=offer.code).leads_to == "", "the bar knows what waits"
    monkeypatch.setattr(offerclaims, "FOUND_FOR", timedelta())
    assert visitor.post("/queue/claim/", code=offer.code).status == 422
    assert visitor.get(own).leads_to == sold
    assert sold in visitor.get("/sales/").html
    assert Sale.objects.count() == 1


def test_a_press_in_the_queue_does_the_same_and_a_second_one_too(visitor, offer):
    found = {visitor.post(f"/queue/{offer.pk}/").leads_to.partition("=")[0] for _time in range(2)}
    assert found == {"/sell/check/?quote"}
    assert KioskClaim.objects.count() == 1
    page = visitor.get("/queue/")
    assert "Go on" in page.text
    assert "Give it back" in page.text


def test_what_one_has_the_other_sees_and_leaves_alone(visitor, colleague, offer):
    visitor.post(f"/queue/{offer.pk}/")
    other = Visitor(colleague)
    assert "counter has it" in other.get("/queue/").text
    refused = other.post("/queue/claim/", code=offer.code)
    assert refused.status == 422
    assert "Somebody else at the counter has this offer" in refused.text
    assert other.post(f"/queue/{offer.pk}/cancel/").leads_to == "/queue/"
    assert KioskOffer.objects.get().state == "claimed"
    visitor.post(f"/queue/{offer.pk}/release/")
    sold = confirm(other, other.post("/queue/claim/", code=offer.code).leads_to)
    assert sold.status == 303
    assert Sale.objects.get().agent == colleague
    told = visitor.get(visitor.post("/queue/claim/", code=offer.code).leads_to)
    assert "This offer was sold by colleague." in told.text


def test_what_is_typed_wrongly_is_told_and_not_for_ever(visitor, offer, monkeypatch):
    for typed in ("000000", "12", "", "x" * 300, f"{offer.code}0", "\x00"):
        page = visitor.post("/queue/claim/", code=typed)
        assert page.status == 422
        assert "No offer of this shop waits under this code" in page.text
    monkeypatch.setattr(queue, "MOST_CODES", 6)
    assert visitor.post("/queue/claim/", code=offer.code).status == 429
    assert visitor.post(f"/queue/{offer.pk}/").status == 303, "the list goes on"


def test_another_shop_has_nothing_of_it(rival, offer, kiosk):
    stranger = Visitor(rival)
    assert offer.code[:3] not in stranger.get("/queue/").text
    assert stranger.post("/queue/claim/", code=offer.code).status == 422
    for path in ("", "release/", "cancel/"):
        assert stranger.post(f"/queue/{offer.pk}/{path}").status == 404
    assert stranger.post(f"/queue/help/{kiosk.pk}/").status == 404
    assert "kiosk-line" not in stranger.get("/sell/").html
    assert KioskOffer.objects.get().state == "waiting"


def test_the_bar_takes_the_code_where_a_kiosk_is(visitor, offer):
    assert visitor.get("/sell/", number=offer.code).leads_to == f"/queue/?code={offer.code}"
    assert f'value="{offer.code}"' in visitor.get("/queue/", code=offer.code).html
    offers.cancel(offer_id=offer.pk, kiosk=offer.kiosk)
    assert visitor.get("/sell/", number=offer.code).leads_to == ""


def raise_price(how=D("11.00")):
    publish({"use": "price", "method": "fixed_price", "value": how},
            {"use": "commission", "method": "fixed_commission", "value": D("0.40")})  # fmt: skip


def test_a_new_price_is_told_and_sold_only_with_a_tick(visitor, offer):
    raise_price()
    check = visitor.post(f"/queue/{offer.pk}/").leads_to
    page = visitor.get(check)
    assert "It showed $10.05 ; the customer pays $11.00 now." in page.text
    token = page.value_of("quote")
    refused = visitor.post("/sell/confirm/", quote=token)
    assert (refused.status, Sale.objects.count()) == (422, 0)
    asked = {"ask-offer": page.value_of("ask-offer"), "answer-offer": "yes"}
    raise_price(D("12.00"))
    stale = visitor.post("/sell/confirm/", quote=token, **asked)
    assert "The price has changed" in stale.text
    assert f'action="/queue/{offer.pk}/"' in stale.html, "asked for again as the same offer"
    newer = visitor.get(visitor.post(f"/queue/{offer.pk}/").leads_to)
    old_yes = visitor.post("/sell/confirm/", quote=newer.value_of("quote"), **asked)
    assert (old_yes.status, Sale.objects.count()) == (422, 0), "a yes to another price is none"
    asked["ask-offer"] = newer.value_of("ask-offer")
    assert visitor.post("/sell/confirm/", quote=newer.value_of("quote"), **asked).status == 303
    answer = SafetyAnswer.objects.get()
    assert (Sale.objects.get().price, answer.rule, answer.is_right) == (D("12.00"), "offer", True)
    assert answer.question.startswith("price 10.0500 > 12.00")


def test_the_basket_asks_about_a_new_price_too(counter, offer):
    shopper = Shopper(counter.agent)
    raise_price()
    shopper.add(shopper.get(shopper.post(f"/queue/{offer.pk}/").leads_to).value_of("quote"))
    page = shopper.get("/basket/")
    assert "It showed $10.05 ; the customer pays $11.00 now." in page.text
    item = shopper.form(page)["item"][0]
    assert (shopper.sell(page).status, Sale.objects.count()) == (422, 0)
    assert shopper.sell(page, **{f"answer-offer-{item}": "yes"}).status == 303
    assert (Sale.objects.get().price, KioskOffer.objects.get().state) == (D("11.00"), "sold")


def test_less_that_arrives_is_a_change_too(visitor, kiosk):
    skus = Sku.objects.filter(provider_id=AIRTIME)
    skus.update(min_delivered=D(1550), max_delivered=D(1550), delivered_currency="XCD")
    made = make(kiosk)
    skus.update(min_delivered=D(1500), max_delivered=D(1500))
    page = visitor.get(visitor.post(f"/queue/{made.pk}/").leads_to)
    assert "Not as the kiosk showed it" in page.text
    assert re.search(r"It showed that \S+1,550.00 arrives; now \S+1,500.00 arrives.", page.text)
    assert visitor.post("/sell/confirm/", quote=page.value_of("quote")).status == 422
    Sku.objects.filter(provider_id=AIRTIME).update(min_delivered=D(1550), max_delivered=D(1550))
    same = visitor.get(visitor.post(f"/queue/{made.pk}/").leads_to)
    assert "Not as the kiosk" not in same.text


def gone(offer):
    Sku.objects.update(retired_at=timezone.now())
    return "not on sale any more"


def unknown(offer):
    KioskOffer.objects.update(sku=None)
    return "not on sale any more"


def paused(offer):
    OperatorWeather.objects.create(operator=offer.sku.operator, hold=Hold.CLOSED, hold_reason="x")
    return "closed by your distributor"


def frozen(offer):
    Shop.objects.update(is_frozen=True)
    return "may not sell at the moment"


def too_old(offer):
    KioskOffer.objects.update(expires_at=timezone.now())
    return "after ten minutes the customer has to choose again"


@pytest.mark.parametrize("obstacle", [gone, unknown, paused, frozen, too_old])
def test_what_keeps_it_from_being_sold_is_told_before_money_is_taken(visitor, offer, obstacle):
    told = obstacle(offer)
    page = visitor.post(f"/queue/{offer.pk}/")
    assert (page.status, Sale.objects.count()) == (422, 0)
    assert told in page.text


@pytest.mark.parametrize("obstacle", [gone, paused, frozen])
def test_and_after_the_check_page_was_looked_at_too(visitor, offer, obstacle):
    check = visitor.post(f"/queue/{offer.pk}/").leads_to
    token = visitor.get(check).value_of("quote")
    obstacle(offer)
    assert visitor.post("/sell/confirm/", quote=token).status == 422
    assert (Sale.objects.count(), KioskOffer.objects.get().state) == (0, "claimed")


def test_a_check_page_whose_claim_is_over_says_so(visitor, colleague, offer):
    check = visitor.post(f"/queue/{offer.pk}/").leads_to
    KioskClaim.objects.update(lease_until=timezone.now())
    Visitor(colleague).post(f"/queue/{offer.pk}/")
    page = visitor.get(check)
    assert page.status == 409
    assert "Somebody else at the counter has this offer" in page.text


def test_what_the_goods_ask_for_is_asked_at_the_claim(visitor, kiosk, monkeypatch):
    field = Field("sender_name", "Name", r"\w+", "Letters.", is_required=True)
    monkeypatch.setattr(KINDS[Kind.AIRTIME], "fields", lambda _sku: (field,))
    offer = make(kiosk)
    page = visitor.get(visitor.post(f"/queue/{offer.pk}/").leads_to)
    assert "A few details" in page.text
    names = ("number", "operator", "sku", f"amount-{offer.sku_id}", "details", "offer")
    form = {name: page.value_of(name) for name in names}
    made = visitor.post("/sell/quote/", **form, **{"x-sender_name": "Ana"})
    assert confirm(visitor, made.leads_to).status == 303
    sale = Sale.objects.get()
    assert sale.extras == {"sender_name": "Ana"}
    assert sale.correlation_id == KioskClaim.objects.get().key
    other = visitor.post("/sell/quote/", **form | {"offer": "999"}, **{"x-sender_name": "Ana"})
    assert other.status == 422, "an offer that nobody has"


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_receipt_has_the_claim_number_in_the_customers_language(visitor, kiosk, language):
    offer = make(kiosk, language=language)
    sold = confirm(visitor, visitor.post(f"/queue/{offer.pk}/").leads_to).leads_to
    sale = Sale.objects.get()
    page = visitor.get(sold)
    assert f"/receipts/{sale.correlation_id}/" in page.html, "before it has an end, too"
    number = offers.claim_number(sale)
    with override(language):
        label = _("Claim number for the kiosk")
    for printed in ("1", "2"):
        paper = visitor.get(
            visitor.post(
                f"/receipts/{sale.correlation_id}/print/", paper="80", number=printed, reason="lost"
            ).leads_to
        )
        for told in (label, number, f"{offer.code[:3]} {offer.code[3:]}"):
            assert told in paper.text
    status = visitor.get(page_of(sale))
    assert number not in status.text, "not on the page that everybody may see"


def page_of(sale):
    return f"/r/{passport.token_of(sale)}/"


def test_a_call_for_help_is_told_everywhere_and_answered(visitor, kiosk):
    kiosks.call_help(kiosk)
    told = f"Help wanted at {kiosk.terminal_id}"
    assert told in visitor.get("/sell/").text
    assert f"{told} (Door)" in visitor.get("/queue/").text
    assert visitor.post(f"/queue/help/{kiosk.pk}/").leads_to == "/queue/"
    assert told not in visitor.get("/queue/").text


def test_the_header_costs_one_question_and_only_where_a_kiosk_is(
    visitor, owner, counter, django_assert_num_queries
):
    visitor.get("/shift/owed/")
    with django_assert_num_queries(WITHOUT):
        visitor.get("/shift/owed/")
    made = kiosks.create(shop=counter.shop, name="Door", by=owner)[0]
    make(made)
    with django_assert_num_queries(WITHOUT + 1):
        page = visitor.get("/shift/owed/")
    assert "customers on the way: 1" in page.text


@pytest.mark.parametrize("count", [1, 3])
def test_a_longer_queue_asks_no_more(htmx, kiosk, count, django_assert_num_queries):
    for number in range(count):
        make(kiosk, number=f"1876555000{number}")
    htmx.get("/queue/")
    with django_assert_num_queries(6):
        page = htmx.get("/queue/", n="4")
    assert page.html.count("queue-offer") == count
    assert "?n=5" in page.html
