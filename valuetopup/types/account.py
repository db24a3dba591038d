"""Answers about accounts, rates and codes."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from valuetopup._rows import Row, to_text
from valuetopup.types.base import Raw


@dataclass(frozen=True, kw_only=True)
class AccountDetail(Raw):
    """A customer's account at a biller. Field names are not documented: see `pairs`."""

    account_number: str
    customer_name: str
    amount_due: Decimal | None
    min_amount: Decimal | None
    max_amount: Decimal | None
    currency: str
    due_date: str

    @classmethod
    def read(cls, row: Row) -> Self:
        return cls(
            account_number=row.text("accountNumber", "account"),
            customer_name=row.text("customerName", "accountName", "accountHolder", "name"),
            amount_due=row.decimal("amountDue", "billAmount", "dueAmount", "balance", "amount"),
            min_amount=row.decimal("minAmount", "minimumAmount", "minimumDue"),
            max_amount=row.decimal("maxAmount", "maximumAmount"),
            currency=row.code("currencyCode", "currency", "faceValueCurrency"),
            due_date=row.text("dueDate", "billDueDate"),
            raw=row.raw,
        )

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Every plain field as (name, text), to show what has no place above."""
        return tuple((name, text) for name, value in self.raw.items() if (text := to_text(value)))


@dataclass(frozen=True, kw_only=True)
class ErrorCode(Raw):
    code: str
    message: str

    @classmethod
    def read(cls, row: Row) -> Self | None:
        code = row.text("errorCode", "responseCode", "code")
        if not code:
            return None
        message = row.text("errorMessage", "responseMessage", "description", "message")
        return cls(code=code, message=message, raw=row.raw)


@dataclass(frozen=True, kw_only=True)
class ExchangeRate(Raw):
    sku_id: int | None
    product_name: str
    currency: str
    rate: Decimal | None  # units of `currency` for one of the wallet's

    @classmethod
    def read(cls, row: Row) -> Self:
        return cls(
            sku_id=row.integer("skuId"),
            product_name=row.text("productName"),
            currency=row.code("currencyCode", "currency"),
            rate=row.decimal("exchangeRate", "rate"),
            raw=row.raw,
        )
