"""The tables of the books."""

from ledger.models.account import Account, AccountKind, Hold, HoldState
from ledger.models.entry import Checkpoint, Entry, EntryKind, Line

__all__ = [
    "Account", "AccountKind", "Checkpoint", "Entry", "EntryKind", "Hold", "HoldState", "Line",
]  # fmt: skip
