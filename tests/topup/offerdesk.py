"""A shop with a kiosk and two cashiers, and what they do with its offers."""

from dataclasses import dataclass

from catalog.models import Sku
from tests.topup.counter import AIRTIME, PIN, Counter, make_counter
from topup.models import Kiosk, KioskClaim, KioskOffer, Person, Role
from topup.services import kiosks, offers, sales

NUMBER = "18765550000"


@dataclass
class Desk:
    """The counter of a shop that has a kiosk; `counter.agent` is one cashier, `other` another."""

    counter: Counter
    kiosk: Kiosk
    owner: Person
    other: Person

    @property
    def agent(self):
        return self.counter.agent

    @property
    def shop(self):
        return self.counter.shop

    def offer(self, number=NUMBER, *, sku=AIRTIME, language="es", kiosk=None, **more) -> KioskOffer:
        chosen = Sku.objects.get(provider_id=sku)
        return offers.make(
            kiosk=kiosk or self.kiosk, sku=chosen, language=language,
            face_value=more.pop("face_value", chosen.min_face_value),
            recipient="" if sku == PIN else number, **more,
        )  # fmt: skip

    def claim(self, offer, agent=None) -> KioskClaim:
        return offers.claim(agent=agent or self.agent, shop=self.shop, offer_id=offer.pk)

    def quote(self, offer, agent=None):
        """Claimed and priced, as the queue page does it."""
        person = agent or self.agent
        return offers.quote_for(claimed=self.claim(offer, person), agent=person, shop=self.shop)

    def sell(self, offer, agent=None, **more):
        """Claimed, priced, confirmed; sent to the provider."""
        person = agent or self.agent
        sale = sales.open_sale(agent=person, quote=self.quote(offer, person), **more).sale
        return sales.submit_sale(sale_id=sale.pk) or type(sale).objects.get(pk=sale.pk)


def make_desk(simulator) -> Desk:
    counter = make_counter(simulator)
    owner = Person.objects.create_user("desk-owner", role=Role.OWNER, shop=counter.shop)
    other = Person.objects.create_user("desk-other", role=Role.CASHIER, shop=counter.shop)
    kiosk, _code = kiosks.create(shop=counter.shop, name="Door", by=owner)
    return Desk(counter, kiosk, owner, other)
