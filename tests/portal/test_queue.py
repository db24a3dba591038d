"""The kiosk queue at the counter: from the code to the sale, by plain forms."""

import pytest

from catalog.models import Sku
from tests.portal.conftest import AIRTIME, Visitor
from topup.models import KioskClaim, KioskOffer, Sale
from topup.services import kiosks, offers

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
