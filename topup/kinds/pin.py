"""PINs: a code the customer types into his phone (the provider's category Pin)."""

from typing import TYPE_CHECKING, Any

from catalog.enums import Category
from catalog.models import Sku
from topup.kinds.base import Field, Number, check_if_given, infos_of
from valuetopup import Answer, Client
from valuetopup.types import Transaction

if TYPE_CHECKING:
    from topup.models import Sale

CATEGORY = Category.PIN
HAS_SECRET = True
NUMBER = Number.MAY  # the provider sends the code there by SMS as well
TAKES_AMOUNT = False  # the SKU says it all: a range is ordered at its lowest
TAKES_INFOS = True
FIELDS: tuple[Field, ...] = ()
check_recipient = check_if_given


def fields(sku: Sku) -> tuple[Field, ...]:
    """A PIN asks for nothing more."""
    return FIELDS


def order(client: Client, sale: "Sale") -> Answer:
    """Send the order: neither amount nor currency, the SKU says it all."""
    return client.pin(
        sku_id=sale.provider_sku_id,
        correlation_id=sale.correlation_id,
        recipient=sale.recipient or None,
        send_before=sale.send_before,
        additional_infos=infos_of(sale.all_extras),
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
    return {"pins": pins, "instructions": instructions_of(transaction)} if pins else None


def instructions_of(transaction: Transaction) -> str:
    """How to use what was bought, in the provider's words."""
    product = transaction.product
    return (product.instructions or product.description or "") if product else ""
