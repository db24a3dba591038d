"""Errors of the catalogue."""

from catalog.models import SyncRun


class CatalogError(Exception):
    """Base of what the catalogue raises."""


class SyncRunningError(CatalogError):
    """Another sync is running; nothing was done. `run` is it, if it could be seen."""

    def __init__(self, run: SyncRun | None = None) -> None:
        super().__init__("a sync is running")
        self.run = run


class SyncLostError(CatalogError):
    """This sync was given up for dead and another began; it must not write."""


class NotConfirmableError(CatalogError):
    """This run does not wait for a confirmation (any more)."""
