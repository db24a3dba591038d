"""The rows of a seeded database, as SQL: sales and all that hangs on them. See bench/seed.py."""

#: One after the other. `plan` says everything about a sale; the rest is written from it.
STATEMENTS = (
    # One shop has a fifth of all sales, business grows, the last sales are on their way. A page
    # of everything is there at least: what is compared is the tables, not how full a page is.
    """
    CREATE TEMP TABLE shop_plan ON COMMIT DROP AS
    SELECT s.id AS shop_id, s.float_account_id AS account_id, ROW_NUMBER() OVER (ORDER BY s.id) - 1
               AS place,
           (SELECT id FROM topup_person p WHERE p.shop_id = s.id AND p.role = 'owner') AS owner_id,
           (SELECT id FROM topup_person p WHERE p.shop_id = s.id AND p.role = 'cashier')
               AS cashier_id
      FROM topup_shop s WHERE s.level = 'shop'
    """,
    """
    CREATE TEMP TABLE plan ON COMMIT DROP AS
    SELECT n, gen_random_uuid()::text AS cid, p.*, k.id AS sku_id, k.provider_id, k.name,
           o.name AS operator_name, k.min_face_value AS face,
           CASE WHEN n %% 3 = 0 THEN p.owner_id ELSE p.cashier_id END AS agent_id,
           k.min_face_value AS price, k.min_cost AS cost,
           round((k.min_face_value - k.min_cost) / 2, 2) AS commission,
           k.min_cost + CASE WHEN n %% 7 = 0 THEN 0.01 ELSE 0 END AS invoice,
           now() - make_interval(secs => power((%(sales)s - n)::float / %(sales)s, 1.3)
                                         * %(days)s * 86400 + 60) AS at,
           CASE WHEN n > %(sales)s - %(shops)s THEN 'pending'
                WHEN n %% LEAST(17, %(sales)s / 150) = 0 THEN 'declined'
                WHEN n %% 53 = 0 THEN 'cancelled' WHEN n %% LEAST(211, %(sales)s / 120) = 0
                THEN 'refunded'
                ELSE 'completed' END AS state,
           '1876' || lpad(((n * 7919) %% 10000000)::text, 7, '0') AS recipient
      FROM generate_series(1, %(sales)s) n
      JOIN shop_plan p ON p.place = CASE WHEN n %% 5 = 0 THEN 0 ELSE n %% %(shops)s END
      JOIN (SELECT *, ROW_NUMBER() OVER (ORDER BY id) - 1 AS place FROM catalog_sku) k
        ON k.place = (n * 13) %% (SELECT COUNT(*) FROM catalog_sku)
      JOIN catalog_operator o ON o.id = k.operator_id
    """,
    """
    INSERT INTO ledger_hold (account_id, key, amount, state, placed_at, closed_at)
    SELECT account_id, cid, price - commission,
           CASE WHEN state = 'pending' THEN 'open' WHEN state IN ('completed', 'refunded')
                THEN 'captured' ELSE 'released' END,
           at, CASE WHEN state <> 'pending' THEN at + interval '3 s' END
      FROM plan ORDER BY n
    """,
    """
    INSERT INTO topup_sale (
        correlation_id, shop_id, agent_id, hold_id, kind, recipient, sku_id, provider_sku_id,
        sku_name, product_name, operator_name, country_code, snapshot, face_value, face_currency,
        delivered_amount, delivered_currency, currency, price, cost, commission, charge,
        invoice_amount, tender, collected_amount, collected_currency, state, basis,
        quote_expires_at, created_at, submitted_at, send_before, settled_at, next_poll_at,
        poll_count, was_acknowledged, denial_code, detail_asks, invoice_is_assumed,
        provider_reference, operator_reference, response_code, response_message, flag)
    SELECT p.cid, p.shop_id, p.agent_id, h.id, 'airtime', p.recipient, p.sku_id, p.provider_id,
           p.name, '', p.operator_name, 'JM', '{}', p.face, 'USD', p.face * 155, 'JMD', 'USD',
           p.price, p.cost, p.commission, p.price - p.commission,
           CASE WHEN p.state IN ('completed', 'refunded') THEN p.invoice END, 'cash', p.price,
           'USD', p.state, CASE WHEN p.state = 'declined' THEN 'refused' ELSE '' END,
           p.at + interval '3 min', p.at,
           CASE WHEN p.state <> 'cancelled' THEN p.at END,
           CASE WHEN p.state <> 'cancelled' THEN p.at + interval '20 s' END,
           CASE WHEN p.state <> 'pending' THEN p.at + interval '3 s' END,
           CASE WHEN p.state = 'pending' THEN now() + interval '1 day' END,
           0, p.state <> 'declined', '', 0, false, (900000000 + p.n)::text, '',
           CASE WHEN p.state = 'declined' THEN '501' ELSE '000' END, '', ''
      FROM plan p JOIN ledger_hold h ON h.key = p.cid ORDER BY p.n
    """,
    """
    INSERT INTO topup_saleevent (sale_id, at, from_state, to_state, note, evidence)
    SELECT s.id, s.created_at + step.after, step.old, step.new, '', '{}'
      FROM topup_sale s JOIN plan p ON p.cid = s.correlation_id
     CROSS JOIN LATERAL (VALUES
           (1, interval '0 s', '', 'created'),
           (2, interval '1 s', 'created', CASE s.state WHEN 'cancelled' THEN 'cancelled'
                ELSE 'submitted' END),
           (3, interval '3 s', 'submitted', CASE s.state WHEN 'refunded' THEN 'completed'
                WHEN 'cancelled' THEN '' ELSE s.state END),
           (4, interval '2 days', 'completed', CASE s.state WHEN 'refunded' THEN 'refunded'
                ELSE '' END)) AS step (nr, after, old, new)
     WHERE step.new <> '' ORDER BY p.n, step.nr
    """,
    """
    INSERT INTO topup_providercall (sale_id, call, started_at)
    SELECT s.id, 'order', s.submitted_at FROM topup_sale s
     WHERE s.submitted_at IS NOT NULL ORDER BY s.id
    """,
    # deposits
    """
    CREATE TEMP TABLE deposit_plan ON COMMIT DROP AS
    SELECT n, p.*, 'D-' || lpad(n::text, 6, '0') AS reference,
           now() - make_interval(secs => (%(slips)s - n) * %(days)s * 86400.0 / %(slips)s + 90)
               AS at
      FROM generate_series(1, %(slips)s) n JOIN shop_plan p ON p.place = n %% %(shops)s
    """,
    """
    CREATE TEMP TABLE posting ON COMMIT DROP AS
    SELECT p.at + interval '3 s' AS at, 'sale' AS kind, 'sale:' || p.cid AS key, p.name AS memo,
           p.cid AS reference, NULL::bigint AS by_id, p.account_id,
           p.commission - p.price AS on_float,
           ARRAY[%(provider_id)s, %(income_id)s, %(commission_id)s, %(variance_id)s]::bigint[]
               AS accounts,
           ARRAY[p.invoice, p.price - p.cost, -p.commission, p.cost - p.invoice] AS amounts
      FROM plan p WHERE p.state IN ('completed', 'refunded')
     UNION ALL
    SELECT LEAST(p.at + interval '2 days', now()), 'refund', 'refund:' || p.cid, 'not received',
           p.cid, %(boss)s, p.account_id, p.price - p.commission,
           ARRAY[%(claims_id)s, %(income_id)s, %(commission_id)s, %(variance_id)s]::bigint[],
           ARRAY[-p.invoice, p.cost - p.price, p.commission, p.invoice - p.cost]
      FROM plan p WHERE p.state = 'refunded'
     UNION ALL
    SELECT d.at, 'deposit', 'deposit:' || d.reference, d.reference, '', %(boss)s, d.account_id, 500,
           ARRAY[%(bank_id)s]::bigint[], ARRAY[-500] FROM deposit_plan d
    """,
    """
    INSERT INTO ledger_entry (kind, key, memo, reference, posted_by_id, posted_at)
    SELECT kind, key, memo, reference, by_id, at FROM posting ORDER BY at, key
    """,
    """
    UPDATE ledger_entry r SET reverses_id = s.id FROM ledger_entry s
     WHERE r.kind = 'refund' AND s.key = 'sale:' || r.reference
    """,
    """
    INSERT INTO ledger_line (entry_id, account_id, amount, currency)
    SELECT e.id, told.account_id, told.amount, 'USD'
      FROM posting p JOIN ledger_entry e ON e.key = p.key
     CROSS JOIN LATERAL unnest(p.accounts || p.account_id, p.amounts || p.on_float)
                    AS told (account_id, amount)
     WHERE told.amount <> 0 ORDER BY e.id
    """,
    """
    UPDATE ledger_line l SET position = told.position, balance_after = told.balance
      FROM (SELECT m.id, ROW_NUMBER() OVER chain AS position, SUM(m.amount) OVER chain AS balance
              FROM ledger_line m JOIN ledger_account a ON a.id = m.account_id WHERE a.guarded
            WINDOW chain AS (PARTITION BY m.account_id ORDER BY m.id)) told
     WHERE told.id = l.id
    """,
    """
    UPDATE ledger_account a SET balance = told.balance, line_count = told.lines, held = told.held
      FROM (SELECT l.account_id, SUM(l.amount) AS balance, COUNT(*) AS lines,
                   (SELECT COALESCE(SUM(amount), 0) FROM ledger_hold h
                     WHERE h.account_id = l.account_id AND h.state = 'open') AS held
              FROM ledger_line l GROUP BY l.account_id) told
     WHERE told.account_id = a.id AND a.guarded
    """,
    """
    INSERT INTO topup_depositrequest (
        reference, shop_id, amount, currency, paid_by, bank_reference, bank_key, state,
        asked_by_id, asked_at, warning, decided_by_id, decided_at, note, entry_id)
    SELECT d.reference, d.shop_id, 500, 'USD', 'bank', 'B' || d.n, 'B' || d.n, 'approved',
           d.owner_id, d.at, '', %(boss)s, d.at, '', e.id
      FROM deposit_plan d JOIN ledger_entry e ON e.key = 'deposit:' || d.reference ORDER BY d.n
    """,
    """
    INSERT INTO topup_depositrequest (
        reference, shop_id, amount, currency, paid_by, bank_reference, bank_key, state,
        asked_by_id, asked_at, warning, note)
    SELECT 'D-W' || lpad(place::text, 5, '0'), shop_id, 200, 'USD', 'bank', '', '', 'waiting',
           owner_id, now(), '', ''
      FROM shop_plan WHERE place < 5
    """,
    # disputes: those of the refunds, and some that wait
    """
    INSERT INTO topup_dispute (sale_id, reason, text, state, raised_by_id, raised_at, due_at,
                               was_shown, review, decided_by_id, decided_at, answer)
    SELECT s.id, 'not_received', '', CASE s.state WHEN 'refunded' THEN 'refunded' ELSE 'open' END,
           s.agent_id, s.settled_at + interval '1 day', s.settled_at + interval '4 days', false, '',
           CASE s.state WHEN 'refunded' THEN %(boss)s END,
           CASE s.state WHEN 'refunded' THEN s.settled_at + interval '2 days' END,
           CASE s.state WHEN 'refunded' THEN 'gone' ELSE '' END
      FROM topup_sale s JOIN plan p ON p.cid = s.correlation_id
     WHERE s.state = 'refunded'
        OR (s.state = 'completed' AND p.n > %(sales)s - 200 AND p.n %% 20 = 0)
     ORDER BY p.n
    """,
    """
    INSERT INTO topup_refund (sale_id, dispute_id, entry_id, reason, made_by_id, made_at)
    SELECT s.id, d.id, e.id, 'not received', %(boss)s, e.posted_at
      FROM topup_sale s JOIN topup_dispute d ON d.sale_id = s.id
      JOIN ledger_entry e ON e.key = 'refund:' || s.correlation_id ORDER BY e.id
    """,
    """
    INSERT INTO topup_claim (sale_id, amount, currency, state, opened_at)
    SELECT r.sale_id, s.invoice_amount, 'USD', 'open', r.made_at
      FROM topup_refund r JOIN topup_sale s ON s.id = r.sale_id ORDER BY r.id
    """,
    # shifts, sealed
    """
    INSERT INTO topup_shift (shop_id, person_id, number, state, opened_at, counted_at, closed_at,
                             sealed_by_id, gap_note, totals, digest)
    SELECT d.shop_id, d.cashier_id, ROW_NUMBER() OVER (PARTITION BY d.shop_id ORDER BY d.n),
           'sealed', d.at - interval '8 h', d.at, d.at, d.owner_id, '', '{}', %(digest)s
      FROM deposit_plan d ORDER BY d.n
    """,
    """
    INSERT INTO topup_shiftcount (shift_id, moment, attempt, tender, currency, amount,
                                  denominations, counted_by_id, counted_at)
    SELECT id, told.moment, 1, 'cash', 'USD', 0, '{}', person_id, opened_at
      FROM topup_shift CROSS JOIN (VALUES ('opening'), ('closing')) AS told (moment) ORDER BY id
    """,
    """
    UPDATE topup_sale s SET shift_id = (
           SELECT f.id FROM topup_shift f WHERE f.person_id = s.agent_id
              AND f.closed_at >= s.created_at ORDER BY f.closed_at LIMIT 1)
    """,
    # what came to nothing in a shift is owed to the customer: the latest still is
    """
    CREATE TEMP TABLE debt ON COMMIT DROP AS
    SELECT s.*, ROW_NUMBER() OVER (ORDER BY s.id DESC) AS age FROM topup_sale s
     WHERE s.shift_id IS NOT NULL AND s.state IN ('declined', 'cancelled', 'refunded')
    """,
    """
    INSERT INTO topup_cashmove (shift_id, key, kind, tender, amount, currency, reason, made_by_id,
                                made_at)
    SELECT shift_id, md5(correlation_id)::uuid, 'pay_out', 'cash', -price, 'USD', correlation_id,
           agent_id, settled_at FROM debt WHERE age > 20 ORDER BY id
    """,
    # a full page of money in and out in each shift of the largest shop, nothing in the sum
    """
    INSERT INTO topup_cashmove (shift_id, key, kind, tender, amount, currency, reason, made_by_id,
                                made_at)
    SELECT f.id, md5(f.id || '-' || n)::uuid, CASE n %% 2 WHEN 0 THEN 'in' ELSE 'out' END, 'cash',
           CASE n %% 2 WHEN 0 THEN 1 ELSE -1 END, 'USD', 'change', f.person_id, f.opened_at
      FROM topup_shift f CROSS JOIN generate_series(1, 50) n
     WHERE f.shop_id = (SELECT id FROM topup_shop WHERE name = %(largest)s) ORDER BY f.id, n
    """,
    """
    INSERT INTO topup_owed (sale_id, shift_id, tender, amount, currency, state, since, closed_at,
                            closed_by_id, move_id)
    SELECT d.id, d.shift_id, 'cash', d.price, 'USD',
           CASE WHEN m.id IS NULL THEN 'owed' ELSE 'paid' END, d.settled_at, m.made_at,
           m.made_by_id, m.id
      FROM debt d LEFT JOIN topup_cashmove m ON m.key = md5(d.correlation_id)::uuid ORDER BY d.id
    """,
    # what each shift is sealed with
    """
    UPDATE topup_shift h SET totals = jsonb_build_object('figures', jsonb_build_array(
           '{"opening": "0", "collected": "0", "refused_sum": "0", "put_in": "0", "gap": "0",
             "taken_out": "0", "paid_back": "0", "used": "0", "sales": 0, "refused": 0}'::jsonb
        || jsonb_build_object('tender', 'cash', 'currency', 'USD', 'counted', '0', 'expected',
               (COALESCE((SELECT SUM(collected_amount) FROM topup_sale WHERE shift_id = h.id), 0)
              + COALESCE((SELECT SUM(amount) FROM topup_cashmove WHERE shift_id = h.id), 0))::text)
           ))
    """,
    """
    INSERT INTO topup_alarm (sale_id, kind, message, raised_at, cleared_at)
    SELECT id, 'slow', 'slow', created_at, CASE WHEN n > 10 THEN created_at END
      FROM (SELECT id, created_at, ROW_NUMBER() OVER (ORDER BY id DESC) AS n FROM topup_sale
             WHERE id %% 20 = 0) told
    """,
)
