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
_WRONG_CHECKPOINT = """
    SELECT a.code, c.line_id, c.balance, COALESCE(told.amount, 0) FROM ledger_checkpoint c
      JOIN ledger_account a ON a.id = c.account_id
      LEFT JOIN LATERAL (SELECT SUM(l.amount) AS amount FROM ledger_line l
                          WHERE l.account_id = c.account_id AND l.id <= c.line_id) told ON true
     WHERE c.id IN (SELECT MAX(id) FROM ledger_checkpoint GROUP BY account_id)
       AND c.balance <> COALESCE(told.amount, 0)
"""
_BROKEN_CHAIN = """
    SELECT code, position FROM (
        SELECT a.code, l.position, l.amount, l.balance_after,
               LAG(l.balance_after, 1, 0::numeric) OVER chain AS before,
               ROW_NUMBER() OVER chain AS wanted, a.line_count,
               COUNT(*) OVER (PARTITION BY l.account_id) AS found
          FROM ledger_line l JOIN ledger_account a ON a.id = l.account_id
         WHERE a.guarded WINDOW chain AS (PARTITION BY l.account_id ORDER BY l.position)
    ) told
     WHERE position IS DISTINCT FROM wanted OR balance_after IS DISTINCT FROM before + amount
        OR line_count <> found
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
        cursor.execute(_WRONG_CHECKPOINT)
        for code, line, balance, total in cursor.fetchall():
            yield f"checkpoint of {code} at line {line} says {balance}, its lines say {total}"
        cursor.execute(_BROKEN_CHAIN)
        for code, position in cursor.fetchall()[:20]:
            yield f"account {code}: its lines do not follow each other at {position}"
        cursor.execute(_EMPTY_ENTRY)
        for (key,) in cursor.fetchall():
            yield f"entry {key} has no lines"
