"""Bills: an account at a biller is paid (the provider's category Bill Pay)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy

from catalog.enums import Category
from catalog.models import Sku
from topup.kinds.airtime import digits
from topup.kinds.base import Field, Number, check_if_given, infos_of
from valuetopup import Answer, Client
from valuetopup.types import Transaction

if TYPE_CHECKING:
    from topup.models import Sale

CATEGORY = Category.BILL_PAY
HAS_SECRET = False  # but prepaid electricity has its token, and some billers a text
NUMBER = Number.MAY
TAKES_AMOUNT = True
TAKES_INFOS = True

ACCOUNT = Field(
    "account_number", gettext_lazy("Account number"), r"[0-9A-Za-z][0-9A-Za-z ./_-]{1,39}",
    gettext_lazy("Type the account number as it stands on the bill."), is_required=True, most=40,
    hint=gettext_lazy("For a phone on contract: its number."),
)  # fmt: skip
CHECK_DIGITS = Field(
    "check_digits", gettext_lazy("Check digits"), r"[0-9A-Za-z]{1,10}",
    gettext_lazy("Type the check digits as they stand on the bill."), most=10,
    hint=gettext_lazy("Only if the bill shows some."),
)  # fmt: skip
SENDER_NAME = Field(
    "sender_name", gettext_lazy("Name of who pays"), r"[^\x00-\x1f<>]{2,60}",
    gettext_lazy("Type a name of at most 60 letters."),
)  # fmt: skip
SENDER = Field(
    "sender_msisdn", gettext_lazy("Number of who pays"), r"\+?[1-9]( ?[0-9]){5,17}",
    gettext_lazy("Type the number with its country code, digits only."), is_digits=True, most=24,
)  # fmt: skip
FIELDS = (ACCOUNT, CHECK_DIGITS, SENDER_NAME, SENDER)
check_recipient = check_if_given  # the account says whose bill it is


def fields(sku: Sku) -> tuple[Field, ...]:
    """The account, and who pays."""
    return FIELDS


def account_of(extras: Mapping[str, str]) -> str:
    """The account that was typed; "" for goods that have none."""
    return extras.get(ACCOUNT.name, "")


def order(client: Client, sale: "Sale") -> Answer:
    """Pay the bill."""
    extras = sale.all_extras
    return client.bill(
        sku_id=sale.provider_sku_id,
        amount=sale.face_value,
        currency=sale.face_currency,
        account_number=extras["account_number"],
        correlation_id=sale.correlation_id,
        send_before=sale.send_before,
        msisdn=sale.recipient or None,
        check_digits=extras.get("check_digits"),
        sender_name=extras.get("sender_name"),
        sender_msisdn=digits(extras.get("sender_msisdn", "")),
        additional_infos=infos_of(extras),
    )


def may_lack_secret(transaction: Transaction | None) -> bool:
    """True while no details came at all. Few billers give a token, and none says so before."""
    return transaction is None or transaction.bill is None


def secret(transaction: Transaction) -> dict[str, Any] | None:
    """The token of prepaid electricity with its units, and the biller's words; None without."""
    bill = transaction.bill
    if bill is None or not (bill.token or bill.received_narration):
        return None
    token = {"token": bill.token, "unit": bill.unit, "narration": bill.received_narration}
    return {"token": token}
