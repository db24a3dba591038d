"""Old lines get their positions and running balances; margin is called income now."""

from django.db import migrations

FORWARD = """
ALTER TABLE ledger_line DISABLE TRIGGER USER;
ALTER TABLE ledger_account DISABLE TRIGGER USER;
UPDATE ledger_line l
   SET position = told.position, balance_after = told.balance_after
  FROM (SELECT m.id,
               ROW_NUMBER() OVER (PARTITION BY m.account_id ORDER BY m.id) AS position,
               SUM(m.amount) OVER (PARTITION BY m.account_id ORDER BY m.id) AS balance_after
          FROM ledger_line m JOIN ledger_account a ON a.id = m.account_id
         WHERE a.guarded) told
 WHERE told.id = l.id;
UPDATE ledger_account a
   SET line_count = (SELECT COUNT(*) FROM ledger_line l WHERE l.account_id = a.id)
 WHERE guarded;
UPDATE ledger_account
   SET kind = 'income', code = 'income:' || currency
 WHERE kind = 'margin';
ALTER TABLE ledger_line ENABLE TRIGGER USER;
ALTER TABLE ledger_account ENABLE TRIGGER USER;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_books_of_a_business")]

    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
