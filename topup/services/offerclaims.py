"""An offer at the counter: one person has it for some minutes, and one sale comes of it.

The key of the sale is made with the claim and kept in it. `settle` runs in the sale's own
transaction, after its hold: it locks the offer and lets the sale be made only if this key is
the claim that stands. Whatever is pressed, taken over or lost on the way, the offer is SOLD
together with one sale, or not at all.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from topup.errors import BadQuoteError, NotSellableError
from topup.kinds.base import Extras
from topup.locks import lock_offer
from topup.models import KioskClaim, KioskOffer, Person, Sale, Shop
from topup.models.offer import LIVE, OfferState
from topup.offererrors import OfferGoneError, OfferGoodsError, OfferTakenError
from topup.services import pricing
from topup.services.claimcode import KIOSK, code_of, digits_of, spoken
from topup.services.pricing import Quote

LEASE = timedelta(minutes=3)
#: So long after its sale a code typed once more leads to it.
FOUND_FOR = timedelta(hours=2)


def claim(*, agent: Person, shop: Shop, offer_id: int | None = None, code: str = "") -> KioskClaim:
    """Have an offer, by its row in the queue or by its code; the same claim if it is his already.

    Of an offer that was sold it is the claim of that sale, whose `sale` is set. Safe to repeat.
    Errors: `OfferGoneError`, the same for every code that is none; `OfferTakenError`.
    """
    if agent.shop_id != shop.pk:
        raise OfferGoneError
    found = offer_id if offer_id is not None else _by_code(shop, code)
    return _claim(agent, shop, found)


def _by_code(shop: Shop, code: str) -> int | None:
    """The live offer of a code, else the one that was sold lately."""
    offers = KioskOffer.objects.filter(shop=shop, code=digits_of(code))
    lately = Q(state=OfferState.SOLD, ended_at__gt=timezone.now() - FOUND_FOR)
    live = offers.filter(state__in=LIVE).first()
    found = live or offers.filter(lately).order_by("-id").first()
    return found.pk if found else None


@transaction.atomic
def _claim(agent: Person, shop: Shop, offer_id: int | None) -> KioskClaim:
    offer, now = lock_offer(offer_id) if offer_id else None, timezone.now()
    if offer is None or offer.shop_id != shop.pk:
        raise OfferGoneError
    if offer.state == OfferState.SOLD:
        return offer.claims.select_related("sale__agent").get(sale__isnull=False)
    held = offer.claims.filter(ended_at=None).first()
    if offer.state not in LIVE or _is_over(offer, held, now):
        raise OfferGoneError
    if held and held.agent_id == agent.pk:
        offer.claims.filter(pk=held.pk).update(lease_until=now + LEASE)
        return offer.claims.get(pk=held.pk)
    if held:
        _take_over(held, now)
    KioskOffer.objects.filter(pk=offer.pk).update(state=OfferState.CLAIMED)
    return KioskClaim.objects.create(
        offer=offer, agent=agent, key=str(uuid4()), lease_until=now + LEASE
    )


def _take_over(held: KioskClaim, now: datetime) -> None:
    """End the claim of somebody who let it lie. Error: `OfferTakenError` if he did not."""
    left = KioskClaim.objects.filter(pk=held.pk, ended_at=None, lease_until__lte=now)
    if not left.update(ended_at=now):
        raise OfferTakenError


def _is_over(offer: KioskOffer, held: KioskClaim | None, now: datetime) -> bool:
    """Too old, and in nobody's hands."""
    return offer.expires_at <= now and (held is None or held.lease_until <= now)


def renew(*, quote: Quote) -> None:
    """Whoever looks at the check page or the basket is still at it. Safe to repeat.

    Error: `OfferTakenError` if the claim of this quote does not stand any more. A look ahead:
    `settle` decides. Asks nothing for a sale that is of no offer.
    """
    if not quote.offer_id:
        return
    now = timezone.now()
    mine = KioskClaim.objects.filter(key=quote.correlation_id, ended_at=None)
    stands = mine.filter(Q(lease_until__gt=now) | Q(offer__expires_at__gt=now))
    if not mine.filter(pk__in=stands.values("pk")).update(lease_until=now + LEASE):
        raise OfferTakenError


@transaction.atomic
def release(*, offer_id: int, agent: Person) -> None:
    """Give an offer back to the queue; nothing happens to one that is not his. Safe to repeat."""
    offer, now = lock_offer(offer_id), timezone.now()
    if offer is None or offer.shop_id != agent.shop_id or offer.state != OfferState.CLAIMED:
        return
    if offer.claims.filter(ended_at=None, agent=agent).update(ended_at=now):
        is_old = offer.expires_at <= now
        state = OfferState.EXPIRED if is_old else OfferState.WAITING
        KioskOffer.objects.filter(pk=offer.pk).update(state=state, ended_at=now if is_old else None)


def quote_for(*, claimed: KioskClaim, agent: Person, shop: Shop) -> Quote:
    """The price of now for a claim, under the claim's key.

    What was typed at the counter before is kept. Calls the provider: never inside a
    transaction. Errors: those of `pricing.quote` and `seal`.
    """
    offer = claimed.offer
    if offer.sku is None:
        raise NotSellableError
    made = pricing.quote(
        shop=shop, sku=offer.sku, face_value=offer.face_value, recipient=offer.recipient,
        extras=typed_for(claimed=claimed, shop=shop), key=claimed.key,
    )  # fmt: skip
    return seal(offer_id=offer.pk, agent=agent, quote=made)


def typed_for(*, claimed: KioskClaim, shop: Shop) -> Extras:
    """What was typed at the kiosk, and at the counter under this claim; secrets among it."""
    typed = dict(claimed.offer.extras)
    if not claimed.quote:
        return typed
    try:
        return typed | Quote.from_token(claimed.quote, shop=shop).extras
    except BadQuoteError:  # sealed under a key that is gone
        return typed


@transaction.atomic
def seal(*, offer_id: int, agent: Person, quote: Quote) -> Quote:
    """Make a price the one of his claim: its key, and the name of the offer, sealed in.

    Errors: `OfferTakenError` without a claim that stands, `OfferGoodsError` for other goods.
    """
    offer, now = lock_offer(offer_id), timezone.now()
    held = offer.claims.filter(ended_at=None, agent=agent).first() if offer else None
    if offer is None or held is None or _is_over(offer, held, now):
        raise OfferTakenError
    if not _is_same(offer, quote):
        raise OfferGoodsError
    sealed = replace(quote, correlation_id=held.key, offer_id=offer.pk)
    KioskClaim.objects.filter(pk=held.pk).update(quote=sealed.token, lease_until=now + LEASE)
    return sealed


def _is_same(offer: KioskOffer, quote: Quote) -> bool:
    """The goods, the number and what the customer typed besides; the counter may add to it."""
    chosen = (offer.shop_id, offer.sku_id, offer.recipient, offer.face_value)
    if chosen != (quote.shop_id, quote.sku_id, quote.recipient, quote.face_value):
        return False
    return all(quote.extras.get(name) == value for name, value in offer.extras.items())


def settle(*, quote: Quote, sale: Sale) -> None:
    """The offer of a sale that is being made is SOLD with it; for all other sales nothing.

    Called in the sale's transaction, after its hold: all who sell wait for the float first.
    Error: `OfferTakenError` unless this key is the claim that stands; then nothing is sold.
    """
    if not quote.offer_id:
        return
    offer, now = lock_offer(quote.offer_id), timezone.now()
    held = offer.claims.filter(key=quote.correlation_id, ended_at=None).first() if offer else None
    if offer is None or held is None or offer.state != OfferState.CLAIMED:
        raise OfferTakenError
    if _is_over(offer, held, now) or not _is_same(offer, quote):
        raise OfferGoneError
    KioskClaim.objects.filter(pk=held.pk).update(sale=sale, ended_at=now)
    KioskOffer.objects.filter(pk=offer.pk).update(state=OfferState.SOLD, ended_at=now)
    Sale.objects.filter(pk=sale.pk).update(receipt_language=offer.language)
    sale.receipt_language = offer.language


def offer_of(sale: Sale) -> KioskOffer | None:
    """The offer that a sale came of; one query."""
    return KioskOffer.objects.filter(claims__sale=sale).first()


def claim_number(sale: Sale) -> str:
    """What the counter's receipt prints for the kiosk: derived from the sale, stored nowhere."""
    return spoken(code_of(sale.correlation_id, of=KIOSK))
