"""Offers of a kiosk, from its screen to the counter and back: the doors other layers use."""

from topup.services.offerclaims import (
    claim,
    claim_number,
    offer_of,
    quote_for,
    release,
    renew,
    seal,
    typed_for,
)
from topup.services.offering import (
    Line,
    Waiting,
    cancel,
    line,
    make,
    may_offer,
    price_of,
    sweep,
    waiting,
)
from topup.services.offerstatus import OfferStatus, reveal, status
from topup.services.offerterms import figures

__all__ = [
    "Line", "OfferStatus", "Waiting", "cancel", "claim", "claim_number", "figures", "line", "make",
    "may_offer", "offer_of", "price_of", "quote_for", "release", "renew", "reveal", "seal",
    "status", "sweep", "typed_for", "waiting",
]  # fmt: skip
