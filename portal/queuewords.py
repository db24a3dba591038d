"""The queue of a shop's kiosks on its pages: rows, codes, and the check page of an offer."""

from dataclasses import dataclass
from typing import Any

from catalog.models import Sku
from portal.decorators import AgentRequest
from portal.forms.details import address_of
from topup.models import KioskClaim, KioskOffer, Person, Shop
from topup.services import offers
from topup.services.claimcode import DIGITS, digits_of, spoken
from topup.services.offers import Waiting
from topup.services.pricing import Quote


@dataclass(frozen=True)
class Row:
    """One offer as the queue shows it. `holder`: who else has it; `is_mine`: this person does."""

    waiting: Waiting
    is_mine: bool

    @property
    def offer(self) -> KioskOffer:
        return self.waiting.offer

    @property
    def holder(self) -> str:
        claim = self.waiting.claim
        return "" if claim is None or self.is_mine else name_of(claim.agent)

    @property
    def amount(self) -> bool:
        """Whether the face value says more than the product's name."""
        return bool(self.offer.sku and not self.offer.sku.is_fixed)


def rows(request: AgentRequest) -> list[Row]:
    """What waits at this shop, the oldest first."""
    found = offers.waiting(request.shop)
    return [
        Row(one, is_mine=bool(one.claim and one.claim.agent_id == request.user.pk)) for one in found
    ]


def name_of(person: Person) -> str:
    return person.get_full_name() or person.get_username()


def code_in(text: str) -> str:
    """The six digits of a code as somebody typed or scanned it; "" for anything else."""
    digits = digits_of(text)
    return digits if len(digits) == DIGITS and len(text) <= DIGITS + 4 else ""


def waits(request: AgentRequest, text: str) -> bool:
    """True if what was typed to be sold is the code of an offer; asks nothing without a kiosk."""
    code = code_in(text) if getattr(request.shop, "has_kiosk", False) else ""
    return bool(code) and any(one.offer.code == code for one in offers.waiting(request.shop))


def beside(quoted: Quote) -> dict[str, Any]:
    """What the check page says of the offer that a quote is of; nothing for other sales."""
    if not quoted.offer_id:
        return {}
    offer = KioskOffer.objects.select_related("kiosk").filter(pk=quoted.offer_id).first()
    return {"offer": offer, "offer_code": spoken(offer.code) if offer else ""}


def goods_of(claimed: KioskClaim, sku: Sku, shop: Shop) -> dict[str, str]:
    """The goods of an offer as the parameters of the page that asks for details; no secret."""
    offer, typed = claimed.offer, offers.typed_for(claimed=claimed, shop=shop)
    return {
        "number": offer.recipient, "operator": str(sku.operator_id or ""), "sku": str(sku.pk),
        f"amount-{sku.pk}": sku.typed_amount(offer.face_value), "offer": str(offer.pk),
        **address_of(typed),
    }  # fmt: skip


def offer_id_of(text: str) -> int:
    """The number of an offer that a form names; 0 for none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0
