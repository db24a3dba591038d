"""PINs: a code the customer types into his phone (the provider's category Pin)."""

from typing import TYPE_CHECKING, Any

from catalog.enums import Category
from catalog.models import Sku
from valuetopup import Answer, Client
from valuetopup.types import Transaction

if TYPE_CHECKING:
    from topup.models import Sale

CATEGORY = Category.PIN
HAS_SECRET = True


def check_recipient(sku: Sku, recipient: str) -> None:
    """No number is needed; one that is given must be of the SKU's country."""
    if recipient:
        from topup.kinds import airtime

        airtime.check_recipient(sku, recipient)


def order(client: Client, sale: "Sale") -> Answer:
    """Send the order: neither amount nor currency, the SKU says it all."""
    return client.pin(
        sku_id=sale.provider_sku_id,
        correlation_id=sale.correlation_id,
        recipient=sale.recipient or None,
        send_before=sale.send_before,
    )


def secret(transaction: Transaction) -> dict[str, Any] | None:
    """Every pin of the list with what belongs to it; None while there is none."""
    pins = [
        {
            "number": pin.number,
            "control_number": pin.control_number or "",
            "delivered_amount": str(pin.delivered_amount or ""),
            "delivered_currency": pin.delivered_currency or "",
            "expiration_date": pin.expiration_date or "",
        }
        for pin in transaction.pins
        if pin.number
    ]
    product = transaction.product
    instructions = (product.instructions or product.description or "") if product else ""
    return {"pins": pins, "instructions": instructions} if pins else None
