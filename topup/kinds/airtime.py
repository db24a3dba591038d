"""Airtime and bundles sent to a number (the provider's category Rtr)."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.enums import Category
from catalog.models import Sku
from topup.errors import RecipientError
from topup.kinds.base import Extras, Field, Number, check_number, infos_of
from valuetopup import Answer, Client
from valuetopup.types import Transaction

if TYPE_CHECKING:
    from topup.models import Sale

CATEGORY = Category.RTR
HAS_SECRET = False
NUMBER = Number.NEEDED
TAKES_AMOUNT = True
TAKES_INFOS = True

SENDER = Field(
    "sender_msisdn", gettext_lazy("Sender’s number"), r"\+?[1-9]( ?[0-9]){5,17}",
    gettext_lazy("Type the sender’s number with its country code, digits only."),
    is_digits=True, most=24, hint=gettext_lazy("Some operators tell the customer who sent it."),
)  # fmt: skip
BOOST_PIN = Field(
    "boost_pin", gettext_lazy("Boost account PIN"), r"[0-9]{4,6}",
    gettext_lazy("The account PIN has 4 to 6 digits."), is_secret=True, is_digits=True, most=6,
    is_prompted=True,
    hint=gettext_lazy("Only if the customer’s Boost account asks for it."),
)  # fmt: skip
MONTHS = Field(
    "plan_months", gettext_lazy("Months of plan"), r"[1-9]|1[0-2]",
    gettext_lazy("Type a number of months from 1 to 12."), is_digits=True, most=2,
    is_prompted=True,
    hint=gettext_lazy("The price is for all months together."),
)  # fmt: skip
FIELDS = (BOOST_PIN, MONTHS, SENDER)


def fields(sku: Sku) -> tuple[Field, ...]:
    """The sender's number; what only some operators know, only there."""
    operator = sku.operator.name.casefold() if sku.operator else ""
    found = [SENDER]
    if "boost" in operator:
        found.insert(0, BOOST_PIN)
    if "lyca" in operator and sku.is_fixed and not sku.months_off_at:
        found.insert(0, MONTHS)
    return tuple(found)


def check_recipient(sku: Sku, recipient: str) -> None:
    """A number is needed, in the SKU's country."""
    if not recipient:
        raise RecipientError(_("Type the number to top up."))
    check_number(sku, recipient)


def order(client: Client, sale: "Sale") -> Answer:
    """Send the order. The amount always travels with the face value's currency."""
    extras = sale.all_extras
    return client.topup(
        sku_id=sale.provider_sku_id,
        amount=sale.face_value,
        currency=sale.face_currency,
        msisdn=sale.recipient,
        correlation_id=sale.correlation_id,
        send_before=sale.send_before,
        sender_msisdn=digits(extras.get("sender_msisdn", "")),
        boost_pin=extras.get("boost_pin"),
        plan_months=sale.months if sale.months > 1 else None,
        additional_infos=infos_of(extras),
    )


def digits(number: str) -> str | None:
    """A number as the provider takes it, None for none."""
    return "".join(filter(str.isdigit, number)) or None


def months_of(extras: Extras) -> int:
    """For how many months a plan is paid; 1 for what is no plan."""
    return int(extras.get("plan_months") or 1)


def secret(transaction: Transaction) -> None:
    """Airtime has no secret."""
