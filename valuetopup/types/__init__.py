"""What the client hands out: frozen rows, each with the provider's own row in `raw`."""

from valuetopup.types.account import AccountDetail, ErrorCode, ExchangeRate
from valuetopup.types.catalog import Country, Operator, Product
from valuetopup.types.details import (
    BillDetail,
    EsimBundle,
    EsimDetail,
    GiftCard,
    Pin,
    SimDetail,
    TopupDetail,
    TransactionProduct,
)
from valuetopup.types.promotions import AmountRange, Promotion
from valuetopup.types.skus import Bundle, Denomination, LookupRow, Sku
from valuetopup.types.transactions import Answer, Estimate, Transaction

__all__ = [
    "AccountDetail",
    "AmountRange",
    "Answer",
    "BillDetail",
    "Bundle",
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
]
