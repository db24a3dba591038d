"""What a kiosk must not become: a way to lock PINs, to stop a refund, or to ask without end."""

import threading
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.db import connection

from tests.topup.counter import PIN
from tests.topup.offerdesk import make_desk
from topup.errors import PinError, TopupError
from topup.models import Person, Role
from topup.offererrors import CustomerError
from topup.services import (
    kiosks,
    offering,
    offers,
    offerterms,
    people,
    pricing,
    receipts,
    refunds,
)
from topup.services.people import set_pin, try_pin


@pytest.fixture
def desk(simulator, db):
    return make_desk(simulator)


def play(kiosk, person, *, times):
    """Wrong PINs at a kiosk, with a new quarter of an hour for each few of them."""
    for _time in range(times):
        cache.clear()
        with pytest.raises(TopupError):
            kiosks.leave(kiosk=kiosk, person_id=person.pk, pin="1928")


@pytest.mark.django_db
def test_who_plays_with_pins_at_kiosks_all_day_locks_nobody_out_of_his_till(desk):
    set_pin(person=desk.agent, pin="7391")
    other, _code = kiosks.create(shop=desk.shop, name="Street", by=desk.owner)
    for kiosk in (desk.kiosk, other):
        play(kiosk, desk.agent, times=4)
    assert Person.objects.get(pk=desk.agent.pk).pin_tries == people.TRIES - kiosks.LEFT_TO_TILLS
    with pytest.raises(PinError) as wrong:
        try_pin(person_id=desk.agent.pk, shop=desk.shop, pin="1928")
    assert "1 try is left" in str(wrong.value)
    assert try_pin(person_id=desk.agent.pk, shop=desk.shop, pin="7391") == desk.agent
    kiosks.leave(kiosk=kiosks.Kiosk.objects.get(pk=other.pk), person_id=desk.agent.pk, pin="7391")


@pytest.mark.django_db
def test_a_kiosk_asks_for_so_many_prices_and_no_more(desk, monkeypatch):
    cache.clear()
    monkeypatch.setattr(offering, "MOST_PRICES", 2)
    for _time in range(2):
        desk.offer()
    with pytest.raises(CustomerError):
        desk.offer()
    other, _code = kiosks.create(shop=desk.shop, name="Street", by=desk.owner)
    assert desk.offer(kiosk=other).code


@pytest.mark.django_db
def test_an_amount_of_many_decimals_that_did_not_move_is_no_change(desk, monkeypatch):
    """A yes that is asked for every time is given without reading."""
    monkeypatch.setattr(pricing, "_delivered", lambda *_told: Decimal("12.345649"))
    assert offerterms.changes(desk.quote(desk.offer())) == ()
    offer = desk.offer()
    monkeypatch.setattr(pricing, "_delivered", lambda *_told: Decimal("12.3457"))
    [moved] = offerterms.changes(desk.quote(offer))
    assert (moved.what, moved.now) == ("arrives", Decimal("12.3457"))


@pytest.mark.django_db
def test_a_receipt_that_hides_its_code_does_not_tell_how_a_kiosk_opens_it(desk):
    """Whoever opens the code again at the counter has a name; at a kiosk he would have none."""
    sale = desk.sell(desk.offer(sku=PIN))
    hidden = receipts.build(sale=sale, person=desk.agent, with_code=False)
    assert (hidden.is_code_hidden, hidden.kiosk_claim) == (True, "")
    assert receipts.build(sale=sale, person=desk.agent).kiosk_claim
    airtime = desk.sell(desk.offer())
    assert receipts.build(sale=airtime, person=desk.agent, with_code=False).kiosk_claim


@pytest.mark.django_db(transaction=True)
def test_a_look_at_a_kiosk_and_a_refund_do_not_block_each_other(simulator, monkeypatch):
    """The refund has the sale, and then wants the voucher; the look begins between the two."""
    desk = make_desk(simulator)
    boss = Person.objects.create_user("boss", role=Role.ADMIN, is_staff=True)
    offer = desk.offer(sku=PIN)
    sale, found = desk.sell(offer), []
    number = offers.claim_number(sale)

    def look():
        try:
            found.append(offers.reveal(kiosk=desk.kiosk, code=offer.code, claim_number=number))
        finally:
            connection.close()

    looker, shown = threading.Thread(target=look), refunds.was_shown

    def later(locked):
        looker.start()
        looker.join(0.4)
        return shown(locked)

    monkeypatch.setattr(refunds, "was_shown", later)
    refunds.refund_sale(sale=sale, by=boss, reason="nothing came")
    looker.join(60)
    assert found == [None]
