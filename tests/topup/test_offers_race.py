"""One offer that two would sell at once: it comes to one sale, whatever is pressed when."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.utils import timezone

from ledger.models import Hold
from tests.topup.offerdesk import make_desk
from tests.topup.test_baskets import together
from topup.errors import TopupError
from topup.models import KioskClaim, KioskOffer, Sale
from topup.offererrors import OfferError, OfferGoneError, OfferTakenError
from topup.services import basketlines, baskets, offerclaims, offering, offers, opening, sales
from topup.services.baskets import Payment

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk(transactional_db, simulator):
    return make_desk(simulator)


@pytest.fixture
def right(desk):
    """After the deeds: one sale of one claim of the offer, one hold, books without a problem."""

    def check(*, sold=1):
        sale_ids = {*Sale.objects.values_list("pk", flat=True)}
        of_offers = {*KioskClaim.objects.exclude(sale=None).values_list("sale", flat=True)}
        assert (len(sale_ids), sale_ids, Hold.objects.count()) == (sold, of_offers, sold)
        assert KioskOffer.objects.filter(state="sold").count() == sold
        desk.counter.assert_right(wallet_agrees=False)

    return check


def confirm(agent, quote):
    return lambda: opening.open_sale(agent=agent, quote=quote)


def let_lie(offer):
    """The lease of who has it has run out."""
    past = timezone.now() - timedelta(seconds=1)
    KioskClaim.objects.filter(offer=offer, ended_at=None).update(lease_until=past)


def test_two_cashiers_claim_it_at_once_and_one_has_it(desk):
    offer = desk.offer()
    found = together(
        *[lambda who=who: desk.claim(offer, who) for who in (desk.agent, desk.other, desk.owner)]
    )
    assert sorted(type(one).__name__ for one in found) == [
        "KioskClaim", "OfferTakenError", "OfferTakenError",
    ]  # fmt: skip
    assert KioskClaim.objects.count() == 1


def test_without_the_lock_only_the_database_would_say_no(desk, monkeypatch):
    offer, meet = desk.offer(), threading.Barrier(2, timeout=60)

    def unlocked(offer_id):
        return KioskOffer.objects.get(pk=offer_id)

    def looked(_offer, held, _now):
        assert held is None, "both look before one of them writes"
        meet.wait()
        return False

    monkeypatch.setattr(offerclaims, "lock_offer", unlocked)
    monkeypatch.setattr(offerclaims, "_is_over", looked)

    def claim(who):
        try:
            return desk.claim(offer, who)
        except IntegrityError:
            return None

    found = together(lambda: claim(desk.agent), lambda: claim(desk.other))
    assert [type(one) for one in found].count(type(None)) == 1


def test_four_presses_of_one_claim_are_one_sale(desk, right):
    offer = desk.offer()
    quote = desk.quote(offer)
    found = together(*[confirm(desk.agent, quote)] * 4)
    assert len({one.sale.pk for one in found}) == 1
    assert sorted(one.is_new for one in found) == [False, False, False, True]
    right()


@pytest.mark.parametrize("_time", range(2))
def test_who_let_it_lie_and_who_took_it_over_press_at_once(desk, right, _time):
    offer = desk.offer()
    old = desk.quote(offer)
    let_lie(offer)
    new = desk.quote(offer, desk.other)
    late, sold = together(confirm(desk.agent, old), confirm(desk.other, new))
    assert isinstance(late, OfferTakenError)
    assert sold.sale.agent == desk.other
    right()


@pytest.mark.parametrize("_time", range(2))
def test_it_is_taken_over_in_the_moment_of_the_press(desk, right, _time):
    """Either the press was first, and the other one finds its sale; or it sells nothing."""
    offer = desk.offer()
    quote = desk.quote(offer)
    let_lie(offer)
    pressed, taken = together(
        confirm(desk.agent, quote), lambda: desk.claim(offer, desk.other)
    )  # fmt: skip
    if isinstance(pressed, TopupError):
        assert (type(pressed), taken.sale) == (OfferTakenError, None)
        right(sold=0)
        confirm(desk.other, desk.quote(offer, desk.other))()
    else:
        assert taken.sale == pressed.sale
    right()


def test_it_is_cancelled_in_the_moment_of_the_press(desk, right):
    offer = desk.offer()
    quote = desk.quote(offer)
    pressed, _cancelled = together(
        confirm(desk.agent, quote), lambda: offers.cancel(offer_id=offer.pk, by=desk.agent)
    )
    is_sold = not isinstance(pressed, TopupError)
    assert KioskOffer.objects.get().state == ("sold" if is_sold else "cancelled")
    right(sold=int(is_sold))


@pytest.mark.parametrize("_time", range(2))
def test_the_basket_and_the_check_page_sell_it_once(desk, right, _time):
    quote = desk.quote(desk.offer())
    baskets.add(agent=desk.agent, shop=desk.shop, quote=quote)
    alone, _basket = together(confirm(desk.agent, quote), press_basket(desk))
    assert alone.sale.correlation_id == quote.correlation_id
    right()


def press_basket(desk):
    basket = baskets.open_of(desk.agent)
    lines = basketlines.lines_of(basket, agent=desk.agent, shop=desk.shop, errors={})
    payment = Payment(seen=basketlines.fingerprint(lines))
    return lambda: baskets.sell(
        basket_key=basket.key, agent=desk.agent, shop=desk.shop, payment=payment
    )


def test_a_basket_with_what_another_took_over_sells_nothing_of_it(desk, right):
    offer = desk.offer()
    baskets.add(agent=desk.agent, shop=desk.shop, quote=desk.quote(offer))
    let_lie(offer)
    new = desk.quote(offer, desk.other)
    sold, basket = together(confirm(desk.other, new), press_basket(desk))
    assert isinstance(basket, TopupError)
    assert sold.sale.agent == desk.other
    right()
    found = baskets.open_of(desk.agent)
    errors = basketlines.renew(found, shop=desk.shop)
    assert [str(one) for one in errors.values()] == [OfferTakenError().message]


def test_a_basket_at_a_new_price_still_sells_the_offer(desk, right):
    offer = desk.offer()
    quote = desk.quote(offer)
    item = baskets.add(agent=desk.agent, shop=desk.shop, quote=quote)
    stale = replace(quote, expires_at=timezone.now())
    type(item).objects.update(quote=stale.token)
    found = baskets.open_of(desk.agent)
    assert basketlines.renew(found, shop=desk.shop) == {}
    press_basket(desk)()
    right()


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_crash_between_the_hold_and_the_end_leaves_nothing_and_the_next_press_sells(
    desk, right, monkeypatch, when
):
    offer = desk.offer()
    quote = desk.quote(offer)
    real = offerclaims.settle

    def crash(**given):
        if when == "after":
            real(**given)
        raise SystemExit

    monkeypatch.setattr(offerclaims, "settle", crash)
    with pytest.raises(SystemExit):
        confirm(desk.agent, quote)()
    assert (KioskOffer.objects.get().state, Sale.objects.count()) == ("claimed", 0)
    assert desk.counter.float()[1] == 0
    monkeypatch.undo()
    again = desk.quote(offer)
    assert again.correlation_id == quote.correlation_id
    assert confirm(desk.agent, again)().is_new
    right()


def test_after_a_power_cut_the_same_claim_leads_to_the_same_sale(desk, right):
    """Cash taken, sold, no answer came: the queue, the code and the old page all find it."""
    offer = desk.offer()
    quote = desk.quote(offer)
    sale = confirm(desk.agent, quote)().sale
    for found in (
        desk.claim(offer), offers.claim(agent=desk.agent, shop=desk.shop, code=offer.code),
    ):  # fmt: skip
        assert found.sale == sale
    assert confirm(desk.agent, quote)().sale == sale
    with pytest.raises(OfferError):
        offers.seal(offer_id=offer.pk, agent=desk.agent, quote=desk.counter.quote())
    sales.submit_sale(sale_id=sale.pk)
    right()


def test_two_kiosks_are_given_the_same_digits_in_one_moment(desk, monkeypatch):
    told, lock = [111111, 111111, 222222, 333333], threading.Lock()

    def digits(_most):
        with lock:
            return told.pop(0)

    monkeypatch.setattr(offering.secrets, "randbelow", digits)
    other = type(desk.kiosk).objects.create(
        shop=desk.shop, name="Street", terminal_id="K-2222", created_by=desk.owner
    )
    together(desk.offer, lambda: desk.offer(kiosk=other))
    assert len({*KioskOffer.objects.values_list("code", flat=True)}) == 2


def test_the_sweep_and_a_press_at_once(desk, right):
    offer = desk.offer()
    quote = desk.quote(offer)
    let_lie(offer)
    KioskOffer.objects.update(expires_at=timezone.now())
    pressed, _swept = together(confirm(desk.agent, quote), offers.sweep)
    assert isinstance(pressed, (OfferGoneError, OfferTakenError))
    right(sold=0)
