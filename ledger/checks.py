"""A check of the books that can be run at any time."""

from collections.abc import Iterator

from django.db import connection

_UNBALANCED = """
    SELECT e.key, l.currency, SUM(l.amount) FROM ledger_line l
      JOIN ledger_entry e ON e.id = l.entry_id
     GROUP BY e.key, l.currency HAVING SUM(l.amount) <> 0
"""
_WRONG_BALANCE = """
    SELECT a.code, a.balance, COALESCE(SUM(l.amount), 0) FROM ledger_account a
      LEFT JOIN ledger_line l ON l.account_id = a.id
     WHERE a.guarded GROUP BY a.id HAVING a.balance <> COALESCE(SUM(l.amount), 0)
"""
_WRONG_HELD = """
    SELECT a.code, a.held, COALESCE(SUM(h.amount), 0) FROM ledger_account a
      LEFT JOIN ledger_hold h ON h.account_id = a.id AND h.state = 'open'
     WHERE a.guarded GROUP BY a.id HAVING a.held <> COALESCE(SUM(h.amount), 0)
"""
_EMPTY_ENTRY = """
    SELECT key FROM ledger_entry e
     WHERE NOT EXISTS (SELECT 1 FROM ledger_line l WHERE l.entry_id = e.id)
"""


def problems() -> Iterator[str]:
    """What does not add up, in words; nothing when the books are right."""
    with connection.cursor() as cursor:
        cursor.execute(_UNBALANCED)
        for key, currency, total in cursor.fetchall():
            yield f"entry {key} sums to {total} {currency}, not to zero"
        cursor.execute(_WRONG_BALANCE)
        for code, balance, total in cursor.fetchall():
            yield f"account {code} says {balance}, its lines say {total}"
        cursor.execute(_WRONG_HELD)
        for code, held, total in cursor.fetchall():
            yield f"account {code} holds {held}, its open holds sum to {total}"
        cursor.execute(_EMPTY_ENTRY)
        for (key,) in cursor.fetchall():
            yield f"entry {key} has no lines"
