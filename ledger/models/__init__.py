"""The tables of the books."""

from ledger.models.account import Account, AccountKind, Hold, HoldState
from ledger.models.entry import Entry, EntryKind, Line

__all__ = ["Account", "AccountKind", "Entry", "EntryKind", "Hold", "HoldState", "Line"]
