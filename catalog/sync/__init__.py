"""Keeps our copy of the provider's lists. The one door is `sync_catalog`."""

from catalog.sync.run import sync_catalog

__all__ = ["sync_catalog"]
