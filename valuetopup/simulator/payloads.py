"""The payload of a successful order: the common part and the detail of its category.

All secrets follow from the transaction id, so they read the same every time.
"""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from valuetopup.simulator.pricing import Price
from valuetopup.simulator.specs import SkuSpec

# No zone is printed; the provider's clock is taken to be US Central.
_ZONE = timezone(timedelta(hours=-6))
_DETAILS = (
    "topupDetail", "pins", "giftCardDetail", "simInfo", "billPaymentDetail", "esimDetail",
)  # fmt: skip


def provider_date(at: float) -> str:
    """`M/d/yyyy HH:mm`: month first, not padded, no zone."""
    there = datetime.fromtimestamp(at, UTC).astimezone(_ZONE)
    return f"{there.month}/{there.day}/{there.year} {there:%H:%M}"


def payload(
    sku: SkuSpec, price: Price, *, transaction_id: int, number: str, at: float
) -> dict[str, Any]:
    """The common payload with the detail that fits; the other details are null."""
    common: dict[str, Any] = {
        "transactionId": transaction_id,
        "transactionDate": provider_date(at),
        "invoiceAmount": price.invoice,
        "faceValue": price.face,
        "discount": Decimal("0.0"),
        "fee": price.fee,
        "product": {
            "skuId": sku.id,
            "productName": sku.product.name,
            "faceValue": price.face,
            "instructions": "" if sku.category == "Pin" else None,
            "productDescription": sku.description,
        },
    }
    common.update(dict.fromkeys(_DETAILS))
    name, build = _BUILDERS[sku.category]
    common[name] = build(sku, price, transaction_id, number)
    return common


def gift_card(transaction_id: int) -> dict[str, Any]:
    """A card as order, status and fetch show it."""
    return {
        "cardNumber": f"XXXX-{transaction_id // 10000 % 10000:04}-{transaction_id % 10000:04}",
        "pin": f"{transaction_id * 7 % 10000:04}",
        "expirationDate": None,
        "certificateLink": f"https://example.invalid/claim/{transaction_id}",
    }


def _topup(sku: SkuSpec, price: Price, transaction_id: int, number: str) -> dict[str, Any]:
    reference = f"{transaction_id * 31 % 10**10:010}" if transaction_id % 4 else None
    return {
        "localCurrencyAmount": price.delivered,
        "salesTaxAmount": price.tax,
        "localCurrencyAmountExcludingTax": price.delivered - price.tax,
        "destinationCurrency": price.delivered_currency,
        "operatorTransactionId": reference,
    }


def _pins(sku: SkuSpec, price: Price, transaction_id: int, number: str) -> list[dict[str, Any]]:
    digits = f"{transaction_id * 7919 % 10**10:010}"
    return [
        {
            "pinNumber": f"{digits[:3]} {digits[3:7]} {digits[7:]}",
            "controlNumber": f"{10_000_000 + transaction_id % 10_000_000}",
            "deliveredAmount": price.delivered,
            "deliveredCurrencyCode": price.delivered_currency,
            "expirationDate": None,
        }
    ]


def _bill(sku: SkuSpec, price: Price, transaction_id: int, number: str) -> dict[str, Any]:
    digits = f"{transaction_id * 104729 % 10**20:020}"
    metered = "Electric" in sku.product.name or "Prepaid" in sku.product.name
    units = (price.delivered / Decimal("48.4")).quantize(Decimal("0.1"))
    return {
        "accountNumber": number,
        "token": "-".join(digits[i : i + 4] for i in range(0, 20, 4)) if metered else None,
        "unit": f"{units} kWh" if metered else None,
        "receivedNarration": None,
    }


def _gift(sku: SkuSpec, price: Price, transaction_id: int, number: str) -> dict[str, Any]:
    return gift_card(transaction_id)


def _esim(sku: SkuSpec, price: Price, transaction_id: int, number: str) -> dict[str, Any]:
    return {
        "iccid": f"8900000{transaction_id:012}",
        "smdpAddress": "smdp.example.invalid",
        "activationCode": f"LPA:1$smdp.example.invalid$TEST-{transaction_id}",
        "qrCode": None,
    }


_BUILDERS = {
    "Rtr": ("topupDetail", _topup),
    "Pin": ("pins", _pins),
    "BillPay": ("billPaymentDetail", _bill),
    "GiftCard": ("giftCardDetail", _gift),
    "eSIM": ("esimDetail", _esim),
}
