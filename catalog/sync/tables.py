"""The tables that a sync keeps: how each is keyed, linked and written."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from catalog.models import Country, Operator, Product, Sku
from catalog.models.base import CachedRow
from catalog.sync.rows import Key, Wanted, WantedRows

#: Ours: no sync writes them.
_LOCAL = {"id", "seen_at", "paused_at", "pause_reason", "months_off_at", "logo_digest"}


@dataclass(frozen=True)
class Table:
    """One table. `key` are the columns that identify a row; they are unique together."""

    name: str
    model: type[CachedRow]
    key: tuple[str, ...]

    def key_of(self, values: tuple[Any, ...]) -> Key:
        """The key out of the values of its columns."""
        return values[0] if len(self.key) == 1 else values

    def identity(self, key: Key) -> dict[str, Any]:
        """The columns of a key, for a new row."""
        parts = (key,) if len(self.key) == 1 else key
        return {
            "country_id" if name == "country" else name: part
            for name, part in zip(self.key, parts, strict=True)
        }

    def rows(self) -> QuerySet[Any]:
        """The rows that come from the provider's lists: no SKU that one number's list made."""
        if self.model is Sku:
            return Sku.objects.filter(is_dynamic=False).order_by()
        return self.model._default_manager.order_by()

    @property
    def columns(self) -> list[str]:
        """What a write may overwrite."""
        names = (field.name for field in self.model._meta.concrete_fields)
        return [name for name in names if name not in _LOCAL and name not in self.key]


COUNTRIES = Table("countries", Country, ("code",))
OPERATORS = Table("operators", Operator, ("provider_id", "country"))
PRODUCTS = Table("products", Product, ("provider_id",))
SKUS = Table("skus", Sku, ("provider_id",))


def tables(rows: WantedRows) -> Iterator[tuple[Table, Mapping[Any, Wanted]]]:
    """Each table with its wanted rows, in the order in which they can be written."""
    yield COUNTRIES, rows.countries
    yield OPERATORS, rows.operators
    yield PRODUCTS, rows.products
    yield SKUS, rows.skus
