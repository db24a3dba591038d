"""Making an offer at a kiosk: priced like a sale, holding nothing, and over after ten minutes."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.utils import timezone

from catalog.models import Sku
from topup import pacing
from topup.errors import NotSellableError, TopupError
from topup.kinds import BY_CATEGORY, KINDS
from topup.kinds.base import Extras
from topup.locks import lock_kiosk, lock_offer
from topup.models import Kind, Kiosk, KioskClaim, KioskOffer, Person, Shop
from topup.models.offer import LIVE, OfferState
from topup.offererrors import (
    CustomerError,
    OfferGoneError,
    OfferLimitError,
    OfferPriceError,
    for_customer,
)
from topup.services import kiosks, offerterms, opening, pricing
from topup.services.pricing import Quote

OFFER_FOR = timedelta(minutes=10)
MOST_LIVE = 6  # of one kiosk: a customer who plays with it fills no queue
MOST_PRICES, PRICES_IN = 120, 600  # of one kiosk, asked of the provider; in seconds
#: For so long code and claim number say where the sale stands, and no code is given anew.
KEPT = timedelta(days=1)
_DIGITS, _TRIES, _SWEPT = 6, 5, 200


def may_offer(sku: Sku) -> bool:
    """Whether a kiosk offers it: no bills, and nothing that cannot be ordered without a secret."""
    kind = BY_CATEGORY.get(sku.category)
    if kind is None or kind == Kind.BILL:
        return False
    return not any(one.is_required and one.is_secret for one in KINDS[kind].fields(sku))


def price_of(
    *, kiosk: Kiosk, sku: Sku, face_value: Decimal, recipient: str = "",
    extras: Mapping[str, str] | None = None,
) -> Quote:  # fmt: skip
    """What it would cost at this kiosk's counter, to be shown; nobody may sell this quote.

    Details that the counter asks for may lack. Calls the provider: never inside a transaction.
    Error: `CustomerError` with a message for the customer; also if the kiosk asks so often that
    no customers can be behind it.
    """
    try:
        if not pacing.may("kiosk-price", str(kiosk.pk), most=MOST_PRICES, seconds=PRICES_IN):
            raise CustomerError
        if not may_offer(sku):
            raise NotSellableError
        shop = Shop.objects.select_related("float_account").get(pk=kiosk.shop_id)
        opening.check_may_sell(shop=shop)
        shown = pricing.quote(
            shop=shop, sku=sku, face_value=face_value, recipient=recipient,
            extras=_clear(sku, extras or {}), asks_later=True,
        )  # fmt: skip
        return replace(shown, expires_at=timezone.now())  # so that nobody sells it
    except TopupError as error:
        raise for_customer(error) from error


def _clear(sku: Sku, extras: Mapping[str, str]) -> Extras:
    """What was typed and is no secret: a kiosk takes none."""
    fields = KINDS[BY_CATEGORY[sku.category]].fields(sku)
    hidden = {one.name for one in fields if one.is_secret}
    return {name: value for name, value in extras.items() if name not in hidden}


def make(
    *, kiosk: Kiosk, sku: Sku, face_value: Decimal, language: str, recipient: str = "",
    extras: Mapping[str, str] | None = None, shown: str | None = None,
) -> KioskOffer:  # fmt: skip
    """An offer with a code for the counter. It holds nothing and reserves no price.

    `shown`: the `offerterms.figures` that the customer has read back. Calls the provider: never
    inside a transaction. Errors, all `CustomerError`: `OfferPriceError` if it costs otherwise or
    something else arrives now, `OfferLimitError` while too many of this kiosk wait, and those of
    `price_of`.
    """
    quote = price_of(
        kiosk=kiosk, sku=sku, face_value=face_value, recipient=recipient, extras=extras
    )
    if shown is not None and offerterms.figures(quote) != shown:
        raise OfferPriceError
    for _try in range(_TRIES):
        try:
            return _write(kiosk, quote, language)
        except IntegrityError:  # another kiosk was given the same code in this moment
            continue
    raise OfferLimitError


@transaction.atomic
def _write(kiosk: Kiosk, quote: Quote, language: str) -> KioskOffer:
    row, now = lock_kiosk(kiosk.pk), timezone.now()
    if row.is_blocked or row.retired_at:
        raise CustomerError
    live = KioskOffer.objects.filter(kiosk=kiosk, state__in=LIVE, expires_at__gt=now)
    if live.count() >= MOST_LIVE:
        raise OfferLimitError
    return KioskOffer.objects.create(
        kiosk=kiosk, shop_id=quote.shop_id, code=_new_code(quote.shop_id), language=language,
        sku_id=quote.sku_id, recipient=quote.recipient, face_value=quote.face_value,
        extras=quote.clear_extras, shown_price=quote.price, currency=quote.currency,
        shown_second_price=quote.second_price,
        second_currency=quote.second_currency if quote.second_price is not None else "",
        shown_amount=quote.delivered_amount,
        shown_currency=quote.delivered_currency if quote.delivered_amount is not None else "",
        expires_at=now + OFFER_FOR,
    )  # fmt: skip


def _new_code(shop_id: int) -> str:
    """Six digits that no live offer of the shop has, nor one that ended lately."""
    lately = KioskOffer.objects.filter(
        Q(state__in=LIVE) | Q(ended_at__gt=timezone.now() - KEPT), shop=shop_id
    )
    while True:
        code = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}}"
        if not lately.filter(code=code).exists():
            return code


@dataclass(frozen=True)
class Waiting:
    """One row of the queue. `claim`: who has it now; None while anybody may claim it."""

    offer: KioskOffer
    claim: KioskClaim | None

    @property
    def code(self) -> str:
        """In two groups, as it is read out: 123 456."""
        return f"{self.offer.code[:3]} {self.offer.code[3:]}"


def waiting(shop: Shop) -> list[Waiting]:
    """What waits at the shop's counter, the oldest first; two queries, one if there is nothing."""
    held = KioskClaim.objects.filter(ended_at=None, lease_until__gt=timezone.now())
    found = _open(timezone.now()).filter(shop=shop).order_by("id")
    found = found.select_related("kiosk", "sku__operator", "sku__country", "sku__product")
    found = found.prefetch_related(
        Prefetch("claims", held.select_related("agent"), to_attr="held")
    )  # fmt: skip
    return [Waiting(one, one.held[0] if one.held else None) for one in found]


@dataclass(frozen=True)
class Line:
    """What the header tells of a shop's kiosks: how many offers are there, and who calls."""

    count: int
    calling: tuple[str, ...]  # the terminals where a customer wants help


def line(shop_id: int) -> Line:
    """For the header of a shop that has kiosks; one query, over live offers alone."""
    live = KioskOffer.objects.filter(
        kiosk=OuterRef("pk"), shop=shop_id, state__in=LIVE, expires_at__gt=timezone.now()
    )
    counted = live.order_by().values("kiosk").annotate(count=Count("pk")).values("count")
    rows = Kiosk.objects.filter(shop=shop_id, retired_at=None).annotate(live=Subquery(counted))
    found = list(rows.order_by("help_wanted_at"))
    calls = tuple(one.terminal_id for one in found if kiosks.help_state(one) == "called")
    return Line(sum(one.live or 0 for one in found), calls)


def _open(now: object) -> QuerySet[KioskOffer]:
    """Offers that may still be sold: not too old, or in somebody's hands."""
    held = KioskClaim.objects.filter(offer=OuterRef("pk"), ended_at=None, lease_until__gt=now)
    return KioskOffer.objects.filter(Q(expires_at__gt=now) | Exists(held), state__in=LIVE)


@transaction.atomic
def cancel(*, offer_id: int, kiosk: Kiosk | None = None, by: Person | None = None) -> None:
    """Nobody wants it any more: at its kiosk, or by somebody of the shop. Safe to repeat.

    At the kiosk nothing happens once it is at the counter. Error: `OfferGoneError` for one of
    another shop or kiosk, or one that another person has.
    """
    offer = lock_offer(offer_id)
    is_ours = offer and (
        (kiosk is not None and offer.kiosk_id == kiosk.pk)
        or (by is not None and offer.shop_id == by.shop_id)
    )
    if offer is None or not is_ours:
        raise OfferGoneError
    claims, now = offer.claims.filter(ended_at=None), timezone.now()
    if offer.state == OfferState.CLAIMED:
        if by is None:
            return
        if claims.filter(lease_until__gt=now).exclude(agent=by).exists():
            raise OfferGoneError
    if offer.state in LIVE:
        claims.update(ended_at=now)
        _end(offer, OfferState.CANCELLED)


def _end(offer: KioskOffer, state: OfferState) -> None:
    KioskOffer.objects.filter(pk=offer.pk).update(state=state, ended_at=timezone.now())


@transaction.atomic
def sweep() -> int:
    """End offers that are too old, and throw away those of yesterday that came to nothing.

    Safe to repeat. An offer that was sold stays, with its claim.
    """
    now = timezone.now()
    rows = KioskOffer.objects.filter(state__in=LIVE, expires_at__lte=now)
    rows = rows.exclude(pk__in=_open(now).values("pk"))
    free = rows.select_for_update(skip_locked=True, of=("self",))
    ended = [one.pk for one in free.order_by("id")[:_SWEPT]]
    KioskClaim.objects.filter(offer__in=ended, ended_at=None).update(ended_at=now)
    KioskOffer.objects.filter(pk__in=ended).update(state=OfferState.EXPIRED, ended_at=now)
    old = KioskOffer.objects.filter(
        state__in=[OfferState.CANCELLED, OfferState.EXPIRED], ended_at__lte=now - KEPT
    )
    KioskOffer.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:_SWEPT])).delete()
    return len(ended)
