"""Every sale against its hold, its postings, its orders and its timeline."""

from collections.abc import Iterator

from ledger.checks import told

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
      JOIN ledger_hold h ON h.id = s.hold_id
      LEFT JOIN (ledger_entry e JOIN ledger_line l ON l.entry_id = e.id)
        ON e.key = 'sale:' || s.correlation_id
       AND l.account_id = h.account_id AND l.amount = -s.charge
     WHERE (s.state IN ('completed', 'refunded')) <> (l.id IS NOT NULL)
"""
_LATE = """
    SELECT s.correlation_id FROM topup_sale s
      LEFT JOIN ledger_entry e ON e.key = 'late:' || s.correlation_id
     WHERE (s.state = 'delivered_late') <> (e.id IS NOT NULL)
"""
_OTHER_FLOATS = """
    SELECT s.correlation_id, a.code FROM ledger_entry e
      JOIN topup_sale s ON s.correlation_id = e.reference
      JOIN ledger_hold h ON h.id = s.hold_id
      JOIN ledger_line l ON l.entry_id = e.id AND l.account_id <> h.account_id
      JOIN ledger_account a ON a.id = l.account_id AND a.guarded
"""
_ORDERS = """
    SELECT s.correlation_id, s.state, COUNT(c.id) FROM topup_sale s
      LEFT JOIN topup_providercall c ON c.sale_id = s.id AND c.call = 'order'
     GROUP BY s.id HAVING COUNT(c.id) > 1
        OR (COUNT(c.id) = 0 AND s.state NOT IN ('created', 'cancelled'))
"""
# What all entries of a sale must sum to, per kind of account. One pass over the lines.
_SUMS = """
    WITH posted AS (
        SELECT e.reference,
               SUM(l.amount) FILTER (WHERE a.kind = 'float') AS float_sum,
               SUM(l.amount) FILTER (WHERE a.kind = 'income') AS income,
               SUM(l.amount) FILTER (WHERE a.kind = 'commission') AS commission,
               SUM(l.amount) FILTER (WHERE a.kind = 'variance') AS variance,
               SUM(l.amount) FILTER (WHERE a.kind = 'late') AS late,
               SUM(l.amount) FILTER (WHERE a.kind = 'provider') AS provider,
               SUM(l.amount) FILTER (WHERE a.kind = 'claims') AS claims,
               SUM(l.amount) FILTER (WHERE a.kind = 'refunds') AS refunds,
               SUM(l.amount) FILTER (WHERE a.kind IN ('bank', 'opening')) AS bank
          FROM ledger_line l JOIN ledger_entry e ON e.id = l.entry_id
          JOIN ledger_account a ON a.id = l.account_id
         WHERE e.reference <> '' GROUP BY e.reference),
    told AS (
        SELECT s.id, s.correlation_id, s.state, s.price, s.cost, s.charge, s.commission,
               s.state = 'completed' AS stands, s.state = 'refunded' AS is_back,
               s.state = 'delivered_late' AS is_late, COALESCE(s.invoice_amount, 0) AS invoice,
               COALESCE(c.amount, 0) AS claimed, COALESCE(c.state, '') AS claim,
               COALESCE(r.amount, 0) AS agreed
          FROM topup_sale s
          LEFT JOIN topup_claim c ON c.sale_id = s.id
          LEFT JOIN topup_resolution r
            ON r.sale_id = s.id AND r.state = 'done' AND r.way = 'charge'),
    wanted AS (
        SELECT id, correlation_id, state,
               CASE WHEN stands THEN -charge WHEN is_late THEN -agreed ELSE 0 END AS float_sum,
               CASE WHEN stands THEN price - cost ELSE 0 END AS income,
               CASE WHEN stands THEN -commission ELSE 0 END AS commission,
               CASE WHEN stands THEN cost - invoice
                    WHEN is_back THEN claimed - invoice ELSE 0 END AS variance,
               CASE WHEN is_late THEN agreed - invoice ELSE 0 END AS late,
               CASE WHEN claim = 'credited' THEN invoice - claimed
                    WHEN stands OR is_back OR is_late THEN invoice ELSE 0 END AS provider,
               CASE WHEN claim IN ('open', 'write_off_asked') THEN -claimed ELSE 0 END AS claims,
               CASE WHEN claim = 'written_off' THEN -claimed ELSE 0 END AS refunds
          FROM told)
    SELECT w.correlation_id, w.state, one.kind, COALESCE(one.found, 0), one.wanted
      FROM wanted w LEFT JOIN posted p ON p.reference = w.correlation_id
     CROSS JOIN LATERAL (VALUES
           ('float', p.float_sum, w.float_sum), ('income', p.income, w.income),
           ('commission', p.commission, w.commission), ('variance', p.variance, w.variance),
           ('late', p.late, w.late), ('provider', p.provider, w.provider),
           ('claims', p.claims, w.claims), ('refunds', p.refunds, w.refunds), ('bank', p.bank, 0)
         ) AS one (kind, found, wanted)
     WHERE (COALESCE(p.float_sum, 0), COALESCE(p.income, 0), COALESCE(p.commission, 0),
            COALESCE(p.variance, 0), COALESCE(p.late, 0), COALESCE(p.provider, 0),
            COALESCE(p.claims, 0), COALESCE(p.refunds, 0), COALESCE(p.bank, 0))
        <> (w.float_sum, w.income, w.commission, w.variance, w.late, w.provider, w.claims,
            w.refunds, 0)
       AND COALESCE(one.found, 0) <> one.wanted
     ORDER BY w.id
"""
_REFUNDS = """
    SELECT s.correlation_id, s.state FROM topup_sale s
      LEFT JOIN topup_refund r ON r.sale_id = s.id
      LEFT JOIN topup_claim c ON c.sale_id = s.id
      LEFT JOIN ledger_entry e ON e.id = r.entry_id AND e.key = 'refund:' || s.correlation_id
      LEFT JOIN ledger_entry first
        ON first.id = e.reverses_id AND first.key = 'sale:' || s.correlation_id
     WHERE (s.state = 'refunded' AND (first.id IS NULL OR c.id IS NULL))
        OR (s.state <> 'refunded' AND (r.id IS NOT NULL OR c.id IS NOT NULL))
"""
# Only what the calls tell as a plain figure; `plausible` rounds it as here.
_INVOICES = """
    SELECT s.correlation_id, s.invoice_amount, MIN(t.amount)
      FROM topup_sale s JOIN (
        SELECT sale_id, CASE WHEN details ->> 'invoice_amount' ~ '^[0-9]{1,12}([.][0-9]{1,20})?$'
                        THEN ROUND((details ->> 'invoice_amount')::numeric, 4) END AS amount
          FROM topup_providercall WHERE response_code = '000') t
        ON t.sale_id = s.id AND t.amount > 0
     WHERE s.state IN ('completed', 'refunded', 'delivered_late') AND NOT s.invoice_is_assumed
     GROUP BY s.id HAVING NOT bool_or(t.amount = s.invoice_amount)
"""
_STRAYS = """
    SELECT 'hold ' || h.key FROM ledger_hold h
     WHERE NOT EXISTS (SELECT 1 FROM topup_sale s WHERE s.hold_id = h.id)
     UNION ALL
    SELECT 'entry ' || e.key FROM ledger_entry e
     WHERE e.kind IN ('sale', 'invoice', 'late', 'refund', 'claim', 'write_off')
       AND NOT EXISTS (SELECT 1 FROM topup_sale s WHERE s.correlation_id = e.reference)
"""
_EVENTS = """
    SELECT s.correlation_id, s.state FROM topup_sale s
      LEFT JOIN (SELECT DISTINCT ON (sale_id) sale_id, to_state FROM topup_saleevent
                  WHERE to_state <> '' ORDER BY sale_id, id DESC) e ON e.sale_id = s.id
     WHERE s.state IS DISTINCT FROM e.to_state
"""
_CHECKS = (
    (_HOLDS, "sale {0} is {1}, its hold of {3} is {2}"),
    (_ENTRIES, "sale {0} is {1}, and its posting says otherwise"),
    (_LATE, "sale {0} and its late delivery do not match"),
    (_SUMS, "sale {0} is {1}, its {2} lines sum to {3}, not to {4}"),
    (_OTHER_FLOATS, "sale {0} moves {1}, the float of another shop"),
    (_REFUNDS, "sale {0} is {1}, and its refund says otherwise"),
    (_INVOICES, "sale {0} has an invoice of {1}, the provider told {2}"),
    (_STRAYS, "{0} belongs to no sale"),
    (_ORDERS, "sale {0} is {1} with {2} orders"),
    (_EVENTS, "sale {0} is {1}, its timeline says otherwise"),
)


def problems() -> Iterator[str]:
    """What does not fit between sales and books, in words."""
    for sql, words in _CHECKS:
        yield from told(sql, words)
