"""What an order costs: face value, delivery, tax and invoice, in exact Decimals."""

from dataclasses import dataclass
from decimal import Decimal

from valuetopup.simulator.rates import cents, convert, mills
from valuetopup.simulator.specs import SkuSpec

HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Price:
    """One order's amounts; `invoice` and `wallet_value` in the wallet's currency."""

    face: Decimal
    face_currency: str
    wallet_value: Decimal
    invoice: Decimal
    fee: Decimal
    delivered: Decimal
    delivered_currency: str
    tax: Decimal


def price_of(sku: SkuSpec, face: Decimal, *, wallet: str, factor: Decimal = Decimal(1)) -> Price:
    """The amounts of selling `face` of a SKU; `factor` multiplies the cost."""
    value = convert(face, sku.currency, wallet)
    cost = value * (HUNDRED - sku.discount) / HUNDRED * factor
    delivered = cents(convert(face, sku.currency, sku.delivered_currency))
    rate = sku.country.tax if sku.category == "Rtr" else Decimal(0)
    return Price(
        face=face,
        face_currency=sku.currency,
        wallet_value=cents(value),
        invoice=mills(cost) + sku.fee,
        fee=sku.fee,
        delivered=delivered,
        delivered_currency=sku.delivered_currency,
        tax=cents(delivered * rate / (HUNDRED + rate)),
    )


def face_from_wallet(sku: SkuSpec, amount: Decimal, *, wallet: str) -> Decimal:
    """An amount meant in the wallet's currency, as a face value of the SKU.

    The rounded wallet value of either end of the range stands for that end.
    """
    for end in (sku.low, sku.high):
        if amount == cents(convert(end, sku.currency, wallet)):
            return end
    return cents(convert(amount, wallet, sku.currency))
