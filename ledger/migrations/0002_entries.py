"""Entries and their lines: they add up to nothing, and stay."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [("ledger", "0060_invoices_by_time")]

    initial = True

    dependencies = [
        ("ledger", "0001_accounts"),
        ("topup", "0001_shops_and_people"),
    ]

    operations = [
        migrations.CreateModel(
            name="Entry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("opening", "opening balance"),
                            ("deposit", "deposit"),
                            ("funding", "money sent to the provider"),
                            ("sale", "sale"),
                            ("invoice", "invoice corrected"),
                            ("late", "late delivery"),
                            ("refund", "refund"),
                            ("claim", "claim paid by the provider"),
                            ("write_off", "claim written off"),
                            ("transfer", "transfer between floats"),
                            ("correction", "correction"),
                        ],
                        max_length=12,
                    ),
                ),
                ("key", models.CharField(max_length=80, unique=True)),
                ("memo", models.CharField(blank=True, max_length=200)),
                ("reference", models.CharField(blank=True, db_index=True, max_length=60)),
                (
                    "reverses",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reversed_by",
                        to="ledger.entry",
                    ),
                ),
                (
                    "posted_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("posted_at", models.DateTimeField(auto_now_add=True, db_index=True)),
            ],
            options={
                "verbose_name": "ledger entry",
                "verbose_name_plural": "ledger entries",
                "indexes": [
                    models.Index(
                        condition=models.Q(("kind", "invoice")),
                        fields=["posted_at"],
                        name="entry_invoice_corrected",
                    )
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="entry",
            trigger=pgtrigger.compiler.Trigger(
                name="entry_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="43996b764d6e76af4df18f45dd07d60c3efef288",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_entry_stays_bd4f3",
                    table="ledger_entry",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.CreateModel(
            name="Line",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="ledger.entry",
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="ledger.account",
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=4, max_digits=20)),
                ("currency", models.CharField(max_length=3)),
                ("position", models.BigIntegerField(blank=True, editable=False, null=True)),
                (
                    "balance_after",
                    models.DecimalField(
                        blank=True, decimal_places=4, editable=False, max_digits=20, null=True
                    ),
                ),
            ],
            options={
                "verbose_name": "ledger line",
                "verbose_name_plural": "ledger lines",
                "indexes": [models.Index(fields=["account", "id"], name="line_of_account")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount", 0), _negated=True),
                        name="line_amount_not_zero",
                    ),
                    models.UniqueConstraint(
                        fields=("account", "position"), name="line_position_once"
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="line",
            trigger=pgtrigger.compiler.Trigger(
                name="line_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="f68aacda0745d171c3f41e242badc3f5b7db5bc7",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_line_stays_f8076",
                    table="ledger_line",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="line",
            trigger=pgtrigger.compiler.Trigger(
                name="line_moves_balance",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE account_currency text; is_guarded boolean; is_transfer boolean;",
                    func="\n                    SELECT currency, guarded INTO account_currency, is_guarded\n                      FROM ledger_account WHERE id = NEW.account_id;\n                    IF account_currency <> NEW.currency THEN\n                        RAISE EXCEPTION 'line in % on an account in %',\n                            NEW.currency, account_currency;\n                    END IF;\n                    NEW.position := NULL;\n                    NEW.balance_after := NULL;\n                    IF NOT is_guarded THEN\n                        RETURN NEW;\n                    END IF;\n                    SELECT kind = 'transfer' INTO is_transfer\n                      FROM ledger_entry WHERE id = NEW.entry_id;\n                    UPDATE ledger_account\n                       SET balance = balance + NEW.amount, line_count = line_count + 1\n                     WHERE id = NEW.account_id\n                       AND (NEW.amount > 0 OR NOT is_transfer\n                            OR balance - held + NEW.amount >= -credit_limit)\n                    RETURNING balance, line_count INTO NEW.balance_after, NEW.position;\n                    IF NOT FOUND THEN\n                        RAISE EXCEPTION 'insufficient float' USING ERRCODE = 'TN001';\n                    END IF;\n                    RETURN NEW;\n                ",
                    hash="c67e755bc88d8542141fdd68468421f8f91c4c3b",
                    operation="INSERT",
                    pgid="pgtrigger_line_moves_balance_db268",
                    table="ledger_line",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="line",
            trigger=pgtrigger.compiler.Trigger(
                name="line_sums_to_zero",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    constraint="CONSTRAINT",
                    func="\n                    IF EXISTS (\n                        SELECT 1 FROM ledger_line WHERE entry_id = NEW.entry_id\n                         GROUP BY currency HAVING SUM(amount) <> 0\n                    ) THEN\n                        RAISE EXCEPTION 'entry % does not sum to zero', NEW.entry_id;\n                    END IF;\n                    RETURN NULL;\n                ",
                    hash="77ef454fa2a38e315ba99b31ac9c22b35897f49a",
                    operation="INSERT",
                    pgid="pgtrigger_line_sums_to_zero_3ef2d",
                    table="ledger_line",
                    timing="DEFERRABLE INITIALLY DEFERRED",
                    when="AFTER",
                ),
            ),
        ),
    ]
