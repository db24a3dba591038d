"""A typed client for the ValueTopup REST API, version 2. Knows no framework.

Promises: an order is posted at most once; amounts are exact; an error says whether
anything can have been ordered; secrets are in no repr(). It decides nothing about money.
"""

from valuetopup import codes, errors
from valuetopup._calls import is_loopback
from valuetopup.client import Client
from valuetopup.types import (
    AccountDetail,
    AmountRange,
    Answer,
    BillDetail,
    Bundle,
    Country,
    Denomination,
    ErrorCode,
    EsimBundle,
    EsimDetail,
    Estimate,
    ExchangeRate,
    GiftCard,
    LookupRow,
    Operator,
    Pin,
    Product,
    Promotion,
    SimDetail,
    Sku,
    TopupDetail,
    Transaction,
    TransactionProduct,
)

__all__ = [
    "AccountDetail",
    "AmountRange",
    "Answer",
    "BillDetail",
    "Bundle",
    "Client",
    "Country",
    "Denomination",
    "ErrorCode",
    "EsimBundle",
    "EsimDetail",
    "Estimate",
    "ExchangeRate",
    "GiftCard",
    "LookupRow",
    "Operator",
    "Pin",
    "Product",
    "Promotion",
    "SimDetail",
    "Sku",
    "TopupDetail",
    "Transaction",
    "TransactionProduct",
    "codes",
    "errors",
    "is_loopback",
]
