"""A check of the books that can be run at any time. It changes nothing.

Each check is one pass over its tables; none looks into them once for each row.
"""

from collections.abc import Iterator

from django.db import connection

MOST = 100  # of one kind of problem: whoever reads it needs no more

_UNBALANCED = """
    SELECT e.key, l.currency, l.amount FROM (
        SELECT entry_id, currency, SUM(amount) AS amount FROM ledger_line
         GROUP BY entry_id, currency HAVING SUM(amount) <> 0) l
      JOIN ledger_entry e ON e.id = l.entry_id ORDER BY e.id
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
_WRONG_CURRENCY = """
    SELECT e.key, l.currency, a.code, a.currency FROM ledger_line l
      JOIN ledger_account a ON a.id = l.account_id AND a.currency <> l.currency
      JOIN ledger_entry e ON e.id = l.entry_id
"""
# Lines and checkpoints of the house in one order, with what was summed up to each.
_WRONG_CHECKPOINT = """
    SELECT a.code, marked.at, marked.told, marked.total FROM (
        SELECT account_id, at, told,
               SUM(amount) OVER (PARTITION BY account_id ORDER BY at, told NULLS FIRST) AS total
          FROM (SELECT l.account_id, l.id AS at, l.amount, NULL::numeric AS told
                  FROM ledger_line l JOIN ledger_account h ON h.id = l.account_id
                 WHERE NOT h.guarded
                 UNION ALL
                SELECT account_id, line_id, 0, balance FROM ledger_checkpoint) rows) marked
      JOIN ledger_account a ON a.id = marked.account_id
     WHERE marked.told <> marked.total ORDER BY marked.at
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
_WRONG_TRANSFER = """
    SELECT e.key FROM ledger_entry e
      JOIN ledger_line l ON l.entry_id = e.id JOIN ledger_account a ON a.id = l.account_id
     WHERE e.kind = 'transfer' GROUP BY e.id
    HAVING COUNT(*) <> 2 OR NOT bool_and(a.guarded) OR COUNT(DISTINCT l.account_id) <> 2
"""
# A deposit is one float against the bank; money sent to the provider is the bank against it.
_WRONG_DEPOSIT = """
    SELECT e.kind, e.key FROM ledger_entry e
      JOIN ledger_line l ON l.entry_id = e.id JOIN ledger_account a ON a.id = l.account_id
     WHERE e.kind IN ('deposit', 'funding') GROUP BY e.id
    HAVING string_agg(a.kind, ' ' ORDER BY a.kind)
        <> CASE e.kind WHEN 'deposit' THEN 'bank float' ELSE 'bank provider' END
"""
_CHECKS = (
    (_UNBALANCED, "entry {0} sums to {2} {1}, not to zero"),
    (_WRONG_BALANCE, "account {0} says {1}, its lines say {2}"),
    (_WRONG_HELD, "account {0} holds {1}, its open holds sum to {2}"),
    (_WRONG_CHECKPOINT, "checkpoint of {0} at line {1} says {2}, its lines say {3}"),
    (_BROKEN_CHAIN, "account {0}: its lines do not follow each other at {1}"),
    (_EMPTY_ENTRY, "entry {0} has no lines"),
    (_WRONG_CURRENCY, "entry {0} has a line in {1} on {2}, an account in {3}"),
    (_WRONG_TRANSFER, "transfer {0} is not between two floats"),
    (_WRONG_DEPOSIT, "{0} {1} touches other accounts than it should"),
)


def problems() -> Iterator[str]:
    """What does not add up, in words; nothing when the books are right."""
    for sql, words in _CHECKS:
        yield from told(sql, words)


def told(sql: str, words: str) -> Iterator[str]:
    """The rows of a query in words, at most `MOST` of them."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        for row in cursor.fetchmany(MOST):
            yield words.format(*row)
        if cursor.fetchone():
            yield f"and more of this kind than these {MOST}"
