"""The cache of the provider's lists."""

from catalog.models.logo import Logo
from catalog.models.place import Country, Operator
from catalog.models.product import Product, Sku
from catalog.models.promotion import Promotion
from catalog.models.search import SkuWords, Word
from catalog.models.sync import SyncRun
from catalog.models.words import ErrorCode, SkuText

__all__ = [
    "Country", "ErrorCode", "Logo", "Operator", "Product", "Promotion", "Sku", "SkuText",
    "SkuWords", "SyncRun", "Word",
]  # fmt: skip
