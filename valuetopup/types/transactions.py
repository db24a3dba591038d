"""Orders as the provider tells of them, and what one would cost."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Self

from valuetopup._rows import Row
from valuetopup.types.base import Raw
from valuetopup.types.details import (
    BillDetail,
    EsimDetail,
    GiftCard,
    Pin,
    SimDetail,
    TopupDetail,
    TransactionProduct,
)


@dataclass(frozen=True, kw_only=True)
class Transaction(Raw):
    """A finished order. `invoice_amount` is what the wallet pays, in the wallet's currency.

    `transaction_date` is the provider's text: its zone is unknown, never compute with it.
    """

    transaction_id: int | None
    transaction_date: str
    invoice_amount: Decimal | None
    face_value: Decimal | None
    discount: Decimal | None
    fee: Decimal | None
    product: TransactionProduct | None
    topup: TopupDetail | None
    pins: tuple[Pin, ...]
    gift_card: GiftCard | None
    sim: SimDetail | None
    bill: BillDetail | None
    esim: EsimDetail | None

    @classmethod
    def read(cls, row: Row) -> Self | None:
        if not row:
            return None
        return cls(
            transaction_id=row.integer("transactionId"),
            transaction_date=row.text("transactionDate"),
            invoice_amount=row.decimal("invoiceAmount"),
            face_value=row.decimal("faceValue"),
            discount=row.decimal("discount"),
            fee=row.decimal("fee"),
            product=_detail(TransactionProduct.read, row.row("product")),
            topup=_detail(TopupDetail.read, row.row("topupDetail", "topupDetails")),
            pins=_pins(row.rows("pins", "pinDetails")),
            gift_card=_detail(GiftCard.read, row.row("giftCardDetail", "giftCardDetails")),
            sim=_detail(SimDetail.read, row.row("simInfo")),
            bill=_detail(BillDetail.read, row.row("billPaymentDetail", "billPaymentDetails")),
            esim=_detail(EsimDetail.read, row.row("esimDetail", "esimDetails")),
            raw=row.raw,
        )


def _pins(rows: list[Row]) -> tuple[Pin, ...]:
    pins = (Pin.read(row) for row in rows)
    return tuple(pin for pin in pins if pin.number or pin.control_number)


def _detail[T](read: Callable[[Row], T], row: Row) -> T | None:
    return read(row) if row else None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A readable answer to an order or a status call, whatever its code.

    The caller decides what the code proves (`valuetopup.codes`). `transaction` may be
    None even with 000.
    """

    http_status: int
    code: str
    message: str
    transaction: Transaction | None
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, kw_only=True)
class Estimate(Raw):
    """What an order would cost: `invoice_amount` in the wallet's currency."""

    invoice_amount: Decimal | None
    face_value: Decimal | None
    face_currency: str
    local_currency_amount: Decimal | None
    destination_currency: str
    sales_tax_amount: Decimal | None

    @classmethod
    def read(cls, row: Row) -> Self:
        return cls(
            invoice_amount=row.decimal("invoiceAmount", "cost"),
            face_value=row.decimal("faceValue"),
            face_currency=row.code("faceValueCurrency", "faceValueCurrencyCode"),
            local_currency_amount=row.decimal("localCurrencyAmount", "deliveredAmount"),
            destination_currency=row.code("destinationCurrency", "deliveryCurrencyCode"),
            sales_tax_amount=row.decimal("salesTaxAmount"),
            raw=row.raw,
        )
