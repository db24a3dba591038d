"""Offers of a kiosk: made, waited for, claimed, sold once, told about; and over when they are."""

from decimal import Decimal as D

import pytest
from django.utils import timezone

from ledger.models import Hold
from tests.topup.offerdesk import NUMBER, make_desk
from topup import books
from topup.models import KioskClaim, KioskOffer, Sale
from topup.services import offers

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
