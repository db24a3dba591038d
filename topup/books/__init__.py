"""The whole check of the books: the ledger's own, sales, money beside them, what was sealed.

Each names what is wrong. Nothing here changes anything.
"""

from collections.abc import Callable, Iterator

from ledger import checks
from topup.books import money, rules, sales, sealed
from topup.services import totals

PARTS: dict[str, Callable[[], Iterator[str]]] = {
    "the ledger": checks.problems,
    "sales": sales.problems,
    "claims, deposits and debts": money.problems,
    "prices and commissions": rules.problems,
    "totals of days": totals.totals_problems,
    "what was sealed": sealed.problems,
}


def problems() -> Iterator[str]:
    """Everything that does not add up, in words; nothing when all is right."""
    for part in PARTS.values():
        yield from part()
