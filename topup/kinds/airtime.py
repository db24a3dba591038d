"""Airtime and bundles sent to a number (the provider's category Rtr)."""

import re
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from catalog.enums import Category
from catalog.models import Sku
from topup.errors import RecipientError
from valuetopup import Answer, Client
from valuetopup.types import Transaction

if TYPE_CHECKING:
    from topup.models import Sale

CATEGORY = Category.RTR
HAS_SECRET = False
#: What the client can send; anything else would fail only after the money is held.
_SENDABLE = re.compile(r"[1-9]\d{5,17}", re.ASCII)


def check_recipient(sku: Sku, recipient: str) -> None:
    """A number is needed, in the SKU's country. Its length is hardly judged: numbers surprise."""
    if not recipient:
        raise RecipientError(_("Type the number to top up."))
    if not _SENDABLE.fullmatch(recipient):
        raise RecipientError(_("This is not a whole number. Check the number."))
    if sku.dial_codes and not any(recipient.startswith(str(code)) for code in sku.dial_codes):
        codes = ", ".join(f"+{code}" for code in sku.dial_codes)
        raise RecipientError(
            _("This product is for numbers that begin with %(codes)s. Check the number.")
            % {"codes": codes}
        )


def order(client: Client, sale: "Sale") -> Answer:
    """Send the order. The amount always travels with the face value's currency."""
    return client.topup(
        sku_id=sale.provider_sku_id,
        amount=sale.face_value,
        currency=sale.face_currency,
        msisdn=sale.recipient,
        correlation_id=sale.correlation_id,
        send_before=sale.send_before,
    )


def secret(transaction: Transaction) -> None:
    """Airtime has no secret."""
