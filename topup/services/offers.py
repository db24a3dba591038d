"""Offers of a kiosk, from its screen to the counter and back: the doors other layers use."""

from topup.services.offerclaims import claim, claim_number, quote_for, release, renew
from topup.services.offering import (
    Waiting,
    cancel,
    make,
    may_offer,
    price_of,
    sweep,
    waiting,
    waiting_count,
)
from topup.services.offerstatus import OfferStatus, reveal, status

__all__ = [
    "OfferStatus", "Waiting", "cancel", "claim", "claim_number", "make", "may_offer", "price_of",
    "quote_for", "release", "renew", "reveal", "status", "sweep", "waiting", "waiting_count",
]  # fmt: skip
