"""The check of sales against the ledger, on top of the ledger's own."""

from collections.abc import Iterator

from django.db import connection

from ledger import checks

_HOLDS = """
    SELECT s.correlation_id, s.state, h.state, h.amount
      FROM topup_sale s JOIN ledger_hold h ON h.id = s.hold_id
     WHERE h.state <> CASE
        WHEN s.state IN ('completed', 'refunded') THEN 'captured'
        WHEN s.state IN ('cancelled', 'declined', 'reversed', 'delivered_late') THEN 'released'
        ELSE 'open' END
        OR h.amount <> s.charge OR h.key <> s.correlation_id
"""
_ENTRIES = """
    SELECT s.correlation_id, s.state FROM topup_sale s
     WHERE (s.state IN ('completed', 'refunded')) <> EXISTS (
           SELECT 1 FROM ledger_entry e JOIN ledger_line l ON l.entry_id = e.id
             JOIN ledger_hold h ON h.id = s.hold_id
            WHERE e.key = 'sale:' || s.correlation_id
              AND l.account_id = h.account_id AND l.amount = -s.charge)
"""
_LATE = """
    SELECT s.correlation_id FROM topup_sale s
     WHERE (s.state = 'delivered_late') <> EXISTS (
           SELECT 1 FROM ledger_entry e WHERE e.key = 'late:' || s.correlation_id)
"""
_ORDERS = """
    SELECT s.correlation_id, s.state, COUNT(c.id) FROM topup_sale s
      LEFT JOIN topup_providercall c ON c.sale_id = s.id AND c.call = 'order'
     GROUP BY s.id HAVING COUNT(c.id) > 1
        OR (COUNT(c.id) = 0 AND s.state NOT IN ('created', 'cancelled'))
"""
# What every entry of a sale must sum to, per kind of account. A refund will need its own row.
_SUMS = """
    SELECT s.correlation_id, s.state, want.kind, COALESCE(SUM(l.amount), 0), want.amount
      FROM topup_sale s
     CROSS JOIN LATERAL (VALUES
           ('float', CASE WHEN s.state = 'completed' THEN -s.charge ELSE 0 END),
           ('income', CASE WHEN s.state = 'completed' THEN s.price - s.cost ELSE 0 END),
           ('commission', CASE WHEN s.state = 'completed' THEN -s.commission ELSE 0 END),
           ('variance', CASE WHEN s.state = 'completed' THEN s.cost - s.invoice_amount ELSE 0 END),
           ('late', CASE WHEN s.state = 'delivered_late' THEN -s.invoice_amount ELSE 0 END),
           ('provider', CASE WHEN s.state IN ('completed', 'delivered_late')
                        THEN s.invoice_amount ELSE 0 END)
         ) AS want (kind, amount)
      LEFT JOIN (ledger_entry e JOIN ledger_line l ON l.entry_id = e.id
                 JOIN ledger_account a ON a.id = l.account_id)
        ON e.reference = s.correlation_id AND a.kind = want.kind
     WHERE s.state <> 'refunded' AND NOT (s.state = 'delivered_late' AND want.kind = 'float')
     GROUP BY s.id, want.kind, want.amount
    HAVING COALESCE(SUM(l.amount), 0) IS DISTINCT FROM want.amount
"""
_STRAYS = """
    SELECT 'hold ' || h.key FROM ledger_hold h
     WHERE NOT EXISTS (SELECT 1 FROM topup_sale s WHERE s.hold_id = h.id)
     UNION ALL
    SELECT 'entry ' || e.key FROM ledger_entry e
     WHERE e.kind IN ('sale', 'invoice', 'late')
       AND NOT EXISTS (SELECT 1 FROM topup_sale s WHERE s.correlation_id = e.reference)
"""
_EVENTS = """
    SELECT s.correlation_id, s.state FROM topup_sale s
     WHERE s.state IS DISTINCT FROM (SELECT e.to_state FROM topup_saleevent e
                        WHERE e.sale_id = s.id AND e.to_state <> '' ORDER BY e.id DESC LIMIT 1)
"""


def problems() -> Iterator[str]:
    """Everything that does not add up, in words; nothing when all is right."""
    yield from checks.problems()
    with connection.cursor() as cursor:
        cursor.execute(_HOLDS)
        for name, state, hold, amount in cursor.fetchall():
            yield f"sale {name} is {state}, its hold of {amount} is {hold}"
        cursor.execute(_ENTRIES)
        for name, state in cursor.fetchall():
            yield f"sale {name} is {state}, and its posting says otherwise"
        cursor.execute(_LATE)
        for (name,) in cursor.fetchall():
            yield f"sale {name} and its late delivery do not match"
        cursor.execute(_SUMS)
        for name, state, kind, found, wanted in cursor.fetchall():
            yield f"sale {name} is {state}, its {kind} lines sum to {found}, not to {wanted}"
        cursor.execute(_STRAYS)
        for (what,) in cursor.fetchall():
            yield f"{what} belongs to no sale"
        cursor.execute(_ORDERS)
        for name, state, count in cursor.fetchall():
            yield f"sale {name} is {state} with {count} orders"
        cursor.execute(_EVENTS)
        for name, state in cursor.fetchall():
            yield f"sale {name} is {state}, its timeline says otherwise"
