"""What the provider refuses before it asks a carrier: amounts, currencies, numbers, SKUs."""

from decimal import Decimal
from typing import Any

from valuetopup.simulator.messages import MESSAGES
from valuetopup.simulator.pricing import face_from_wallet
from valuetopup.simulator.rates import CENT
from valuetopup.simulator.reply import Rejection
from valuetopup.simulator.specs import CountrySpec, SkuSpec

CATEGORY_OF = {
    "topup": "Rtr",
    "pin": "Pin",
    "bill": "BillPay",
    "gift_card": "GiftCard",
    "esim": "eSIM",
}
# Demanded beside skuId; and the field whose last four digits are the trigger.
NEEDED = {"topup": ("amount", "mobile"), "bill": ("amount", "accountnumber"),
          "gift_card": ("amount",), "estimate": ("amount",)}  # fmt: skip
NUMBER_FIELD = {"topup": "mobile", "bill": "accountnumber"}
_STRINGS = (
    "mobile", "accountnumber", "recipient", "sendermobile", "correlationid", "boostpin",
    "transactioncurrencycode", "firstname", "lastname", "mobilenumber", "checkdigits",
    "sendername",
)  # fmt: skip
_ABSURD = Decimal(10) ** 15  # of any currency; beyond it rounding to cents fails


class Refusal(Exception):
    """A refusal in the envelope."""

    def __init__(self, code: str, message: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.message = message


def fold(body: Any) -> dict[str, Any]:
    """The request with its keys in lower case: the provider binds them in any case."""
    if not isinstance(body, dict):
        raise ValueError("the body is not an object")
    return {str(key).lower(): value for key, value in body.items()}


def number_of(kind: str, body: dict[str, Any]) -> str:
    """The number the triggers look at."""
    return str(body.get(NUMBER_FIELD.get(kind, "recipient")) or "")


def months(kind: str, body: dict[str, Any]) -> int:
    """For how many months a top-up pays a plan: what it costs is for one (our assumption)."""
    told = body.get("numberofplanmonths")
    return told if kind == "topup" and _is_int(told) and told and told > 0 else 1


def correlation_id_of(body: dict[str, Any]) -> str:
    given = body.get("correlationid")
    return given if isinstance(given, str) else ""


def shape_problem(kind: str, body: dict[str, Any]) -> Rejection | None:
    """What makes the request unreadable for the provider (HTTP 400), if anything."""
    if not _is_int(body.get("skuid")):
        return Rejection(400, "skuId is required and must be an integer.")
    for name in NEEDED.get(kind, ()):
        if body.get(name) in (None, ""):
            return Rejection(400, f"{name} is required.")
    if "amount" in NEEDED.get(kind, ()) and not _is_number(body["amount"]):
        return Rejection(400, "amount must be a number.")
    for name in _STRINGS:
        if not isinstance(body.get(name), str | None):
            return Rejection(400, f"{name} must be a string.")
    return _length_problem(kind, body)


def _length_problem(kind: str, body: dict[str, Any]) -> Rejection | None:
    correlation_id = body.get("correlationid")
    if correlation_id is not None and not 1 <= len(correlation_id) <= 50:
        return Rejection(400, "correlationId must have 1 to 50 characters.")
    boost = body.get("boostpin") or ""
    if boost and not (boost.isdigit() and 4 <= len(boost) <= 6):
        return Rejection(400, "boostPin must have 4 to 6 digits.")
    if kind == "bill" and len(body.get("transactioncurrencycode") or "") > 3:
        return Rejection(400, "transactionCurrencyCode must have at most 3 characters.")
    infos = body.get("additionalinfos")
    if not isinstance(infos, list | None):
        return Rejection(400, "additionalInfos must be a list.")
    return None


def face_value(sku: SkuSpec, body: dict[str, Any], *, wallet: str) -> Decimal:
    """The face value an `amount` means, in the SKU's currency. Raises Refusal 001.

    Without `transactionCurrencyCode` the amount is in the wallet's currency.
    """
    amount = Decimal(body["amount"])
    currency = body.get("transactioncurrencycode") or wallet
    if currency == sku.currency:
        face = amount
    elif currency == wallet and amount < _ABSURD:
        face = face_from_wallet(sku, amount, wallet=wallet)
    else:
        raise _out_of_range(sku)
    if not sku.low <= face <= sku.high or not _fine_enough(sku, face):
        raise _out_of_range(sku)
    return face.quantize(CENT)


def check_number(number: str, country: CountrySpec) -> None:
    """Soft: digits, a dial code of the country, a plausible length. Raises Refusal 033."""
    if number.isascii() and number.isdigit():
        for dial in country.dial_codes:
            if number.startswith(dial) and len(number) - len(dial) in country.lengths:
                return
    raise Refusal("033")


def _fine_enough(sku: SkuSpec, face: Decimal) -> bool:
    """Whole where the SKU allows no decimals, else to the cent."""
    step = CENT if sku.allow_decimal or sku.is_fixed else Decimal(1)
    return face % step == 0


def _out_of_range(sku: SkuSpec) -> Refusal:
    low, high = f"{sku.low} {sku.currency}", f"{sku.high} {sku.currency}"
    return Refusal("001", MESSAGES["001"].format(sku.name, low, high))


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, Decimal) or _is_int(value)
