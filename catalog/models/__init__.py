"""The cache of the provider's lists."""

from catalog.models.place import Country, Operator
from catalog.models.product import Product, Sku
from catalog.models.sync import SyncRun

__all__ = ["Country", "Operator", "Product", "Sku", "SyncRun"]
