"""What an offer's sale would be now, beside what the kiosk showed the customer."""

import hashlib
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol

from topup.models import KioskOffer

_KEPT = Decimal("0.0001")  # of an estimate with more decimals the offer keeps these


class Terms(Protocol):
    """What is read of a quote."""

    @property
    def offer_id(self) -> int: ...
    @property
    def price(self) -> Decimal: ...
    @property
    def currency(self) -> str: ...
    @property
    def second_price(self) -> Decimal | None: ...
    @property
    def second_currency(self) -> str: ...
    @property
    def delivered_amount(self) -> Decimal | None: ...
    @property
    def delivered_currency(self) -> str: ...


@dataclass(frozen=True)
class Change:
    """One figure that is another one now; None where there was or is none."""

    what: str  # "price", "second" or "arrives"
    before: Decimal | None
    before_currency: str
    now: Decimal | None
    now_currency: str


def figures(quote: Terms) -> str:
    """All that a customer is shown of it, as one text: another figure is another text."""
    told = (
        (quote.price, quote.currency), (quote.second_price, quote.second_currency),
        (_kept(quote.delivered_amount), quote.delivered_currency),
    )  # fmt: skip
    return " / ".join("" if amount is None else f"{amount:f} {name}" for amount, name in told)


def changes(quote: Terms) -> tuple[Change, ...]:
    """What is not as the kiosk showed it; asks nothing for a sale that is of no offer."""
    if not quote.offer_id:
        return ()
    offer = KioskOffer.objects.filter(pk=quote.offer_id).first()
    if offer is None:  # `settle` refuses it
        return ()
    told = (
        Change("price", offer.shown_price, offer.currency, quote.price, quote.currency),
        Change("second", offer.shown_second_price, offer.second_currency,
               quote.second_price, quote.second_currency),
        Change("arrives", offer.shown_amount, offer.shown_currency,
               _kept(quote.delivered_amount), quote.delivered_currency),
    )  # fmt: skip
    return tuple(one for one in told if _figures(one)[:2] != _figures(one)[2:])


def _kept(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else amount.quantize(_KEPT, ROUND_HALF_UP)


def _figures(one: Change) -> tuple[Decimal | None, str, Decimal | None, str]:
    before = "" if one.before is None else one.before_currency
    now = "" if one.now is None else one.now_currency
    return one.before, before, one.now, now


def name_of(found: tuple[Change, ...]) -> str:
    """A word for exactly these changes: who has said yes to one has not to another."""
    whole = "|".join(str(_figures(one)) for one in found)
    first = found[0]
    told = f"{first.what} {first.before or 0:f} > {first.now or 0:f}"
    return f"{told[:46]} {hashlib.sha256(whole.encode()).hexdigest()[:12]}"
