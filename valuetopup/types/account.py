"""Answers about accounts, rates and codes."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from valuetopup._rows import Row, to_text
from valuetopup.types.base import Raw

_NUMBER = ("accountNumber", "account")
_NAME = ("customerName", "accountName", "accountHolder", "name")
_DUE = ("amountDue", "billAmount", "dueAmount", "balance", "amount")
_LEAST = ("minAmount", "minimumAmount", "minimumDue")
_MOST = ("maxAmount", "maximumAmount")
_CURRENCY = ("currencyCode", "currency", "faceValueCurrency")
_UNTIL = ("dueDate", "billDueDate")


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
            account_number=row.text(*_NUMBER),
            customer_name=row.text(*_NAME),
            amount_due=row.decimal(*_DUE),
            min_amount=row.decimal(*_LEAST),
            max_amount=row.decimal(*_MOST),
            currency=row.code(*_CURRENCY),
            due_date=row.text(*_UNTIL),
            raw=row.raw,
        )

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Every plain field as (name, text), to show what has no place above."""
        return tuple((name, text) for name, value in self.raw.items() if (text := to_text(value)))

    @property
    def other_pairs(self) -> tuple[tuple[str, str], ...]:
        """Those of the pairs that no field above was read from."""
        rest = Row(self.raw).without(*_read_of(Row(self.raw)))
        return tuple((name, text) for name, text in self.pairs if name in rest)


def _read_of(row: Row) -> list[str]:
    """The names that a field was read from; a second name for the same thing is none of them."""
    texts = (_NUMBER, _NAME, _CURRENCY, _UNTIL)
    numbers = (_DUE, _LEAST, _MOST)
    found = [next((name for name in names if row.text(name)), "") for names in texts]
    found += [next((n for n in names if row.decimal(n) is not None), "") for names in numbers]
    return found


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
