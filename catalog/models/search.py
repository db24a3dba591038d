"""What search reads: the words of every SKU, and all words of names for typing errors.

Both are written by triggers of the database (see the migration `0002_search`),
so nothing that is synced, or set by hand, can be missing from them.
"""

from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Lookup

from catalog.models.product import Sku


@SearchVectorField.register_lookup
class HasWords(Lookup):  # type: ignore[type-arg]
    """`words__has="'digi':* & '10':*'"`: a `tsquery` as it is, without a dictionary."""

    lookup_name = "has"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, params = self.process_lhs(compiler, connection)
        return f"{column} @@ %s::tsquery", (*params, self.rhs)


class SkuWords(models.Model):
    """The words of a SKU, its product, operator and country; those of the operator marked "o:"."""

    sku = models.OneToOneField(
        Sku, on_delete=models.CASCADE, primary_key=True, related_name="search"
    )
    words = SearchVectorField()

    class Meta:
        indexes = [GinIndex(fields=["words"], name="sku_words", fastupdate=False)]

    def __str__(self) -> str:
        return f"words of {self.sku_id}"


class Word(models.Model):
    """A word of some name, to find what was nearly typed."""

    word = models.CharField(max_length=60, primary_key=True)

    class Meta:
        indexes = [GinIndex(fields=["word"], name="word_nearly", opclasses=["gin_trgm_ops"])]

    def __str__(self) -> str:
        return self.word
