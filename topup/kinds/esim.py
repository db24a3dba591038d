"""eSIMs: a profile that the customer's phone loads by a QR code (the provider's category eSim)."""

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.enums import Category
from catalog.models import Sku
from topup.errors import RecipientError
from topup.kinds.base import Field, Number
from valuetopup import Answer, Client
from valuetopup.types import EsimDetail, Transaction

if TYPE_CHECKING:
    from topup.models import Sale

CATEGORY = Category.ESIM
HAS_SECRET = True
NUMBER = Number.NONE
TAKES_AMOUNT = False  # the SKU says it all: a range is ordered at its lowest
TAKES_INFOS = False  # its order has no place for any

FITS = Field(
    "device_fits", gettext_lazy("The customer’s phone takes an eSIM and is not locked"), r"yes",
    gettext_lazy("Ask first: is the phone made for eSIM, and not locked to a network?"),
    is_required=True, is_tick=True, most=3,
    hint=gettext_lazy("Dial *#06#: a phone that shows an EID takes an eSIM."),
)  # fmt: skip
FIELDS = (FITS,)


def fields(sku: Sku) -> tuple[Field, ...]:
    """A tick: an eSIM cannot be given back."""
    return FIELDS


def check_recipient(sku: Sku, recipient: str) -> None:
    """An eSIM goes to no number: it makes one."""
    if recipient:
        raise RecipientError(_("An eSIM is sold without a number. Leave the number empty."))


def order(client: Client, sale: "Sale") -> Answer:
    """Order the profile: neither amount nor number."""
    return client.esim(
        sku_id=sale.provider_sku_id,
        correlation_id=sale.correlation_id,
        send_before=sale.send_before,
    )


def secret(transaction: Transaction) -> dict[str, Any] | None:
    """The profile: what the QR code says, and the same to be typed by hand.

    None while there is only its number: no phone can load that.
    """
    esim = transaction.esim
    if esim is None or not (esim.activation_code or esim.qr_code):
        return None
    address, matching = _parts(esim)
    code = f"LPA:1${address}${matching}" if address and matching else esim.activation_code
    told = {"iccid": esim.iccid, "address": address, "matching_id": matching,
            "activation_code": code, "picture": esim.qr_code}  # fmt: skip
    return {"esim": told}


def _parts(esim: EsimDetail) -> tuple[str, str]:
    """The address of the server and the matching id, out of whichever was sent."""
    parts = esim.activation_code.split("$")
    if len(parts) >= 3 and parts[0].upper().startswith("LPA:"):
        return parts[1], parts[2]
    return esim.smdp_address, esim.activation_code
