"""What the books refuse."""

from decimal import Decimal


class LedgerError(Exception):
    """Base of every error of the ledger."""


class InsufficientFloatError(LedgerError):
    """A hold would take the float below its credit limit; nothing was held.

    `available` is what may still be spent (credit included), `needed` what was
    asked for, both in `currency`.
    """

    def __init__(self, *, available: Decimal, needed: Decimal, currency: str) -> None:
        super().__init__(f"available {available} {currency}, needed {needed} {currency}")
        self.available = available
        self.needed = needed
        self.currency = currency


class KeyReusedError(LedgerError):
    """An idempotency key came again with other content; nothing was posted."""


class HoldClosedError(LedgerError):
    """A hold was captured although its money had gone another way; nothing was posted."""
