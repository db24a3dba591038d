"""Claims, deposits, late charges and debts to customers against the books and the sales."""

from collections.abc import Iterator

from ledger.checks import told

_CLAIMS = """
    SELECT a.code, -COALESCE(lines.amount, 0), COALESCE(claims.amount, 0)
      FROM ledger_account a
      LEFT JOIN (SELECT account_id, SUM(amount) AS amount FROM ledger_line
                  GROUP BY account_id) lines ON lines.account_id = a.id
      LEFT JOIN (SELECT currency, SUM(amount) AS amount FROM topup_claim
                  WHERE state IN ('open', 'write_off_asked') GROUP BY currency) claims
        ON claims.currency = a.currency
     WHERE a.kind = 'claims' AND -COALESCE(lines.amount, 0) <> COALESCE(claims.amount, 0)
"""
_DEPOSITS = """
    SELECT d.reference, d.amount FROM topup_depositrequest d
      JOIN topup_shop s ON s.id = d.shop_id
      LEFT JOIN (ledger_entry e JOIN ledger_line l ON l.entry_id = e.id)
        ON e.id = d.entry_id AND e.key = 'deposit:' || d.reference AND e.kind = 'deposit'
       AND l.account_id = s.float_account_id AND l.amount = d.amount
     WHERE d.state = 'approved' AND l.id IS NULL
"""
_UNASKED = """
    SELECT e.key FROM ledger_entry e
      LEFT JOIN topup_depositrequest d ON d.entry_id = e.id AND d.state = 'approved'
     WHERE e.key LIKE 'deposit:D-%' AND d.id IS NULL
"""
_LATE_CHARGES = """
    SELECT e.key FROM ledger_entry e
      LEFT JOIN topup_sale s ON s.correlation_id = e.reference
      LEFT JOIN topup_resolution r
        ON r.sale_id = s.id AND r.state = 'done' AND r.way = 'charge'
     WHERE e.key LIKE 'late-charge:%' AND r.id IS NULL
"""
_BY_TWO = """
    SELECT s.correlation_id, r.way FROM topup_resolution r JOIN topup_sale s ON s.id = r.sale_id
     WHERE r.state = 'done' AND r.needs_two AND r.decided_by_id = r.asked_by_id
"""
_OWED = """
    SELECT s.correlation_id, s.state, o.amount, o.currency, o.state
      FROM topup_owed o JOIN topup_sale s ON s.id = o.sale_id
      LEFT JOIN topup_cashmove m ON m.id = o.move_id
      LEFT JOIN topup_shift h ON h.id = m.shift_id
      LEFT JOIN topup_sale u ON u.id = o.used_for_id
     WHERE s.shift_id IS NULL
        OR s.state NOT IN ('cancelled', 'declined', 'reversed', 'refunded', 'delivered_late')
        OR o.amount <> s.collected_amount OR o.currency <> s.collected_currency
        OR (o.state = 'delivered' AND s.state <> 'delivered_late')
        OR (o.state = 'owed' AND s.state = 'delivered_late')
        OR (o.state IN ('paid', 'used') AND (
            m.amount, m.currency, m.kind, h.shop_id, u.shift_id) IS DISTINCT FROM (
            -o.amount, o.currency, CASE o.state WHEN 'paid' THEN 'pay_out' ELSE 'used' END,
            s.shop_id, CASE o.state WHEN 'used' THEN m.shift_id END))
"""
_NOT_OWED = """
    SELECT s.correlation_id, s.state FROM topup_sale s
      LEFT JOIN topup_owed o ON o.sale_id = s.id
     WHERE s.shift_id IS NOT NULL AND o.id IS NULL
       AND s.state IN ('cancelled', 'declined', 'reversed', 'refunded', 'delivered_late')
"""
_TO_NOBODY = """
    SELECT h.number, p.name, -m.amount, m.currency FROM topup_cashmove m
      JOIN topup_shift h ON h.id = m.shift_id JOIN topup_shop p ON p.id = h.shop_id
     WHERE m.kind IN ('pay_out', 'used')
       AND NOT EXISTS (SELECT 1 FROM topup_owed o WHERE o.move_id = m.id)
"""
_OTHER_DRAWERS = """
    SELECT s.correlation_id FROM topup_sale s
      JOIN topup_shift h ON h.id = s.shift_id AND h.shop_id <> s.shop_id
"""
_CHECKS = (
    (_CLAIMS, "account {0} says {1}, the open claims sum to {2}"),
    (_DEPOSITS, "deposit {0} of {1} is approved, and its entry says otherwise"),
    (_UNASKED, "entry {0} is of no approved deposit"),
    (_LATE_CHARGES, "entry {0} was decided by nobody"),
    (_BY_TWO, "sale {0} was ended by one person alone: {1}"),
    (_OWED, "sale {0} is {1}, and {2} {3} of its customer is {4}"),
    (_NOT_OWED, "sale {0} is {1}, and nothing is owed to its customer"),
    (_TO_NOBODY, "shift {0} of {1} gave back {2} {3} that nobody was owed"),
    (_OTHER_DRAWERS, "sale {0} is in a shift of another shop"),
)


def problems() -> Iterator[str]:
    """What does not fit, in words."""
    for sql, words in _CHECKS:
        yield from told(sql, words)
