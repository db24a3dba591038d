"""The catalogue in Django admin: to look at, to sync, to pause SKUs of."""

from catalog.admin import lists, skus, syncs, words

__all__ = ["lists", "skus", "syncs", "words"]
