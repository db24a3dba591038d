"""Offers of a kiosk: made, waited for, claimed, sold once, told about; and over when they are."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from catalog.models import Sku
from ledger.models import Hold
from tests.topup.counter import AIRTIME, PIN
from tests.topup.offerdesk import NUMBER, make_desk
from topup import books
from topup.errors import ExtraError, QuoteExpiredError
from topup.kinds import KINDS
from topup.kinds.base import Field
from topup.models import (
    BlockedNumber,
    Kind,
    Kiosk,
    KioskClaim,
    KioskOffer,
    Person,
    Role,
    Sale,
    Shop,
)  # fmt: skip
from topup.models.alarm import StopKind
from topup.offererrors import (
    CustomerError,
    OfferGoneError,
    OfferGoodsError,
    OfferLimitError,
    OfferPriceError,
    OfferTakenError,
)
from topup.services import alarms, kiosks, offering, offers, pricing, sales
from topup.services.shops import open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(simulator, db):
    made = make_desk(simulator)
    yield made
    assert list(books.problems()) == []


def state_of(offer):
    return KioskOffer.objects.values_list("state", flat=True).get(pk=offer.pk)


def test_an_offer_has_a_code_and_holds_nothing(desk):
    offer = desk.offer(language="ar")
    assert (len(offer.code), offer.code.isdigit(), offer.state) == (6, True, "waiting")
    assert (offer.shown_price, offer.currency, offer.language) == (D("10.05"), "USD", "ar")
    assert (Sale.objects.count(), Hold.objects.count(), KioskClaim.objects.count()) == (0, 0, 0)
    assert [one.offer for one in offers.waiting(desk.shop)] == [offer]
    assert 590 < (offer.expires_at - timezone.now()).total_seconds() <= 600


def test_its_sale_is_the_cashiers_and_in_the_customers_language(desk):
    offer = desk.offer()
    sale = desk.sell(offer, desk.other)
    claim = KioskClaim.objects.get()
    assert (sale.agent, sale.price, sale.recipient) == (desk.other, D("10.05"), NUMBER)
    assert (sale.correlation_id, claim.sale, sale.receipt_language) == (claim.key, sale, "es")
    assert (state_of(offer), offers.waiting(desk.shop)) == ("sold", [])
    desk.counter.assert_right()


# --- making one --------------------------------------------------------------


def test_a_kiosk_shows_a_price_that_nobody_can_sell(desk):
    sku = Sku.objects.get(provider_id=AIRTIME)
    shown = offers.price_of(
        kiosk=desk.kiosk, sku=sku, face_value=sku.min_face_value, recipient=NUMBER
    )
    assert shown.price == D("10.05")
    with pytest.raises(QuoteExpiredError):
        sales.open_sale(agent=desk.agent, quote=shown)
    assert (KioskOffer.objects.count(), Sale.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    "before",
    [{"price": D("9.99")}, {"currency": "XCD"}, {"delivered_amount": D(1500)},
     {"delivered_amount": None}, {"second_price": D("27.10"), "second_currency": "XCD"}],
)  # fmt: skip
def test_another_figure_than_was_read_back_is_shown_first(desk, before):
    goods = Sku.objects.filter(provider_id=AIRTIME)
    goods.update(min_delivered=D(1550), max_delivered=D(1550), delivered_currency="XCD")
    now = offers.price_of(
        kiosk=desk.kiosk, sku=goods.get(), face_value=goods.get().min_face_value, recipient=NUMBER
    )
    with pytest.raises(OfferPriceError):
        desk.offer(shown=offers.figures(replace(now, **before)))
    assert desk.offer(shown=offers.figures(now)).state == "waiting"


def freeze(desk):
    Shop.objects.update(is_frozen=True)


def stop(desk):
    alarms.stop(StopKind.SELLING, "tried")


def retire(desk):
    Sku.objects.update(retired_at=timezone.now())


def block(desk):
    BlockedNumber.objects.create(prefix=NUMBER, reason="x")


def limit(desk):
    Shop.objects.update(sale_limit=D(1))


def shut(desk):
    Kiosk.objects.update(is_blocked=True)


@pytest.mark.parametrize("obstacle", [freeze, stop, retire, block, limit, shut])
def test_what_the_counter_may_not_sell_the_kiosk_does_not_offer(desk, obstacle):
    obstacle(desk)
    with pytest.raises(CustomerError) as told:
        desk.offer()
    for word in ("distributor", "float", "agent", "cashier"):
        assert word not in str(told.value).lower(), "words for a customer"
    assert KioskOffer.objects.count() == 0


def test_what_has_to_be_typed_in_secret_is_offered_nowhere(desk, monkeypatch):
    bill = Sku.objects.get(provider_id=PIN)
    bill.category = KINDS[Kind.BILL].CATEGORY
    assert not offers.may_offer(bill)
    kind, sku = KINDS[Kind.AIRTIME], Sku.objects.get(provider_id=AIRTIME)
    assert offers.may_offer(sku)
    secret = Field("id", "Id", r"\d+", "Digits.", is_required=True, is_secret=True)
    monkeypatch.setattr(kind, "fields", lambda _sku: (secret,))
    assert not offers.may_offer(sku)


def test_what_the_counter_asks_for_may_lack_and_a_secret_is_left_behind(desk, monkeypatch):
    kind = KINDS[Kind.AIRTIME]
    named = Field("name", "Name", r"\w+", "Letters.", is_required=True)
    hidden = Field("pin", "Pin", r"\d+", "Digits.", is_secret=True)
    monkeypatch.setattr(kind, "fields", lambda _sku: (named, hidden))
    offer = desk.offer(extras={"pin": "1234"})
    assert offer.extras == {}
    with pytest.raises(ExtraError):
        desk.quote(offer)
    claimed = desk.claim(offer)
    made = pricing.quote(
        shop=desk.shop, sku=offer.sku, face_value=offer.face_value, recipient=NUMBER,
        extras={"name": "Ana", "pin": "1234"},
    )  # fmt: skip
    offers.seal(offer_id=offer.pk, agent=desk.agent, quote=made)
    again = offers.quote_for(claimed=desk.claim(offer), agent=desk.agent, shop=desk.shop)
    assert (again.extras, again.correlation_id) == ({"name": "Ana", "pin": "1234"}, claimed.key)
    assert "1234" not in KioskClaim.objects.get().quote


def test_one_kiosk_fills_no_queue(desk, monkeypatch):
    monkeypatch.setattr(offering, "MOST_LIVE", 2)
    first, _second = desk.offer(), desk.offer()
    with pytest.raises(OfferLimitError):
        desk.offer()
    other, _code = kiosks.create(shop=desk.shop, name="Street", by=desk.owner)
    assert desk.offer(kiosk=other).state == "waiting"
    offers.cancel(offer_id=first.pk, kiosk=desk.kiosk)
    assert desk.offer().state == "waiting"


def test_a_code_is_not_given_again_while_it_may_be_asked_about(desk, monkeypatch):
    told = iter([111111, 111111, 222222, 111111, 333333])
    monkeypatch.setattr(offering.secrets, "randbelow", lambda _most: next(told))
    first = desk.offer()
    second = desk.offer()
    desk.sell(first)
    assert (first.code, second.code, desk.offer().code) == ("111111", "222222", "333333")


# --- having one --------------------------------------------------------------


def test_the_same_claim_again_has_the_same_key(desk):
    offer = desk.offer()
    keys = {desk.claim(offer).key for _time in range(2)}
    keys.add(offers.claim(agent=desk.agent, shop=desk.shop, code=offer.code).key)
    keys |= {desk.quote(offer).correlation_id for _time in range(2)}
    assert (len(keys), KioskClaim.objects.count()) == (1, 1)


def test_somebody_else_waits_for_the_lease_and_then_has_a_key_of_his_own(desk, clock):
    offer = desk.offer()
    mine = desk.quote(offer)
    with pytest.raises(OfferTakenError):
        desk.claim(offer, desk.other)
    clock.jump(181)
    theirs = desk.quote(offer, desk.other)
    assert theirs.correlation_id != mine.correlation_id
    with pytest.raises(OfferTakenError):
        offers.renew(quote=mine)
    with pytest.raises(OfferTakenError):
        sales.open_sale(agent=desk.agent, quote=replace(mine, expires_at=later()))
    assert (Sale.objects.count(), Hold.objects.count()) == (0, 0)
    sold = sales.open_sale(agent=desk.other, quote=theirs).sale
    assert Sale.objects.get() == sold


def later():
    return timezone.now() + timedelta(minutes=5)


def test_the_check_page_keeps_the_claim_and_past_its_end_nobody_has_it(desk, clock):
    offer = desk.offer()
    quote = desk.quote(offer)
    for _minute in range(6):
        clock.jump(115)
        offers.renew(quote=quote)
        with pytest.raises(OfferTakenError):
            desk.claim(offer, desk.other)
    assert offer.expires_at < timezone.now(), "who has it in his hands may go on"
    assert offers.sweep() == 0
    clock.jump(181)
    with pytest.raises(OfferTakenError):
        offers.renew(quote=quote)
    with pytest.raises(OfferGoneError):
        sales.open_sale(agent=desk.agent, quote=replace(quote, expires_at=later()))
    assert (offers.sweep(), state_of(offer), Sale.objects.count()) == (1, "expired", 0)


def test_a_lease_that_ran_out_with_nobody_there_sells_all_the_same(desk, clock):
    quote = desk.quote(desk.offer())
    clock.jump(200)
    sold = sales.open_sale(agent=desk.agent, quote=replace(quote, expires_at=later()))
    assert sold.is_new


def test_what_is_given_back_waits_again_and_the_old_key_sells_nothing(desk):
    offer = desk.offer()
    quote = desk.quote(offer)
    offers.release(offer_id=offer.pk, agent=desk.other)
    assert state_of(offer) == "claimed", "not his"
    for _time in range(2):
        offers.release(offer_id=offer.pk, agent=desk.agent)
    assert state_of(offer) == "waiting"
    with pytest.raises(OfferTakenError):
        sales.open_sale(agent=desk.agent, quote=quote)
    assert desk.sell(offer, desk.other).agent == desk.other


def test_every_code_that_is_none_is_told_in_the_same_words(desk, clock):
    old = desk.offer()
    rival = open_shop(name="Harbour")
    stranger = Person.objects.create_user("stranger", role=Role.OWNER, shop=rival)
    told = set()
    for agent, shop, code in (
        (stranger, rival, old.code), (desk.agent, desk.shop, "000000"),
        (stranger, desk.shop, old.code), (desk.agent, desk.shop, ""),
    ):  # fmt: skip
        with pytest.raises(OfferGoneError) as error:
            offers.claim(agent=agent, shop=shop, code=code)
        told.add(str(error.value))
    with pytest.raises(OfferGoneError):
        offers.claim(agent=stranger, shop=rival, offer_id=old.pk)
    clock.jump(601)
    with pytest.raises(OfferGoneError) as error:
        offers.claim(agent=desk.agent, shop=desk.shop, code=old.code)
    assert len(told | {str(error.value)}) == 1
    assert (state_of(old), offers.waiting(desk.shop)) == ("waiting", [])


def test_what_is_cancelled_cannot_be_had_and_at_the_counter_only_there(desk):
    first, second = desk.offer(), desk.offer()
    quote = desk.quote(first)
    offers.cancel(offer_id=first.pk, kiosk=desk.kiosk)
    assert state_of(first) == "claimed", "at the counter already"
    with pytest.raises(OfferGoneError):
        offers.cancel(offer_id=first.pk, by=desk.other)
    offers.cancel(offer_id=first.pk, by=desk.agent)
    offers.cancel(offer_id=second.pk, kiosk=desk.kiosk)
    assert {state_of(one) for one in (first, second)} == {"cancelled"}
    with pytest.raises(OfferTakenError):
        sales.open_sale(agent=desk.agent, quote=quote)
    with pytest.raises(OfferGoneError):
        desk.claim(second)


def test_only_what_the_customer_chose_is_sold_as_his_offer(desk):
    offer = desk.offer()
    desk.claim(offer)
    for other in (desk.counter.quote("18765550001"), desk.counter.quote(sku=PIN)):
        with pytest.raises(OfferGoodsError):
            offers.seal(offer_id=offer.pk, agent=desk.agent, quote=other)
    with pytest.raises(OfferTakenError):
        offers.seal(offer_id=offer.pk, agent=desk.other, quote=desk.counter.quote())


def test_old_ones_are_thrown_away_and_sold_ones_stay(desk, clock):
    sold, cancelled, old = desk.offer(), desk.offer(), desk.offer()
    sale = desk.sell(sold)
    offers.cancel(offer_id=cancelled.pk, by=desk.agent)
    clock.jump(601)
    assert (offers.sweep(), state_of(old)) == (1, "expired")
    clock.jump(24 * 3600)
    assert offers.sweep() == 0
    assert [*KioskOffer.objects.all()] == [sold]
    assert KioskClaim.objects.get().sale == sale
    for rows in (KioskOffer.objects.all(), KioskClaim.objects.all()):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.delete()


@pytest.mark.parametrize("change", [{"shown_price": 1}, {"recipient": "1"}, {"code": "1"}])
def test_what_was_shown_never_changes(desk, change):
    desk.offer()
    with pytest.raises(DatabaseError, match="shown does not change"), transaction.atomic():
        KioskOffer.objects.update(**change)
