"""Accounts with their balances, holds and checkpoints."""

from decimal import Decimal

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [
        ("ledger", "0001_initial"),
        ("ledger", "0002_people"),
        ("ledger", "0003_books_of_a_business"),
        ("ledger", "0004_old_lines"),
    ]

    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Account",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=60, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("float", "shop float"),
                            ("provider", "money at the provider"),
                            ("bank", "deposits received"),
                            ("income", "income"),
                            ("commission", "commissions to shops"),
                            ("variance", "price variance"),
                            ("late", "late deliveries"),
                            ("claims", "claims on the provider"),
                            ("refunds", "refunds borne"),
                            ("opening", "opening balance"),
                        ],
                        max_length=12,
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("guarded", models.BooleanField(default=False)),
                (
                    "balance",
                    models.DecimalField(decimal_places=4, default=Decimal("0"), max_digits=20),
                ),
                (
                    "held",
                    models.DecimalField(decimal_places=4, default=Decimal("0"), max_digits=20),
                ),
                ("line_count", models.BigIntegerField(default=0)),
                (
                    "credit_limit",
                    models.DecimalField(decimal_places=4, default=Decimal("0"), max_digits=20),
                ),
                ("opened_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "verbose_name": "account",
                "verbose_name_plural": "accounts",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("held__gte", 0)), name="account_held_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("credit_limit__gte", 0)),
                        name="account_credit_limit_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("guarded", True),
                            models.Q(("balance", 0), ("held", 0), ("line_count", 0)),
                            _connector="OR",
                        ),
                        name="account_house_is_summed",
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="account",
            trigger=pgtrigger.compiler.Trigger(
                name="account_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="18c21b13eaa94a7470984b9189c3a7eb3e89e125",
                    operation="DELETE",
                    pgid="pgtrigger_account_stays_f1ae9",
                    table="ledger_account",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="account",
            trigger=pgtrigger.compiler.Trigger(
                name="account_moves_by_lines",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n                    IF pg_trigger_depth() < 2 THEN\n                        RAISE EXCEPTION 'account % changes only by lines and holds', OLD.code;\n                    END IF;\n                    RETURN NEW;\n                ",
                    hash="12b88b7e5dc855250f80df38ba14c6fe6c89b7ca",
                    operation='UPDATE OF "balance", "held", "line_count", "currency", "guarded", "code"',
                    pgid="pgtrigger_account_moves_by_lines_e963a",
                    table="ledger_account",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="checkpoints",
                        to="ledger.account",
                    ),
                ),
                ("line_id", models.BigIntegerField()),
                ("balance", models.DecimalField(decimal_places=4, max_digits=20)),
                ("made_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "verbose_name": "checkpoint",
                "verbose_name_plural": "checkpoints",
                "constraints": [
                    models.UniqueConstraint(fields=("account", "line_id"), name="checkpoint_once")
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="checkpoint",
            trigger=pgtrigger.compiler.Trigger(
                name="checkpoint_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="fc5a67ad58b9276c29f8dd0bfabd714939c1c0fc",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_checkpoint_stays_cf71a",
                    table="ledger_checkpoint",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.CreateModel(
            name="Hold",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holds",
                        to="ledger.account",
                    ),
                ),
                ("key", models.CharField(max_length=60, unique=True)),
                ("amount", models.DecimalField(decimal_places=4, max_digits=20)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "open"),
                            ("captured", "captured"),
                            ("released", "released"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("placed_at", models.DateTimeField(auto_now_add=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "hold",
                "verbose_name_plural": "holds",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount__gt", 0)), name="hold_amount_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at", None), ("state", "open")),
                            models.Q(
                                models.Q(("state", "open"), _negated=True),
                                ("closed_at__gte", models.F("placed_at")),
                            ),
                            _connector="OR",
                        ),
                        name="hold_closed_at_matches_state",
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="hold",
            trigger=pgtrigger.compiler.Trigger(
                name="hold_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="d33c36a10f3e5fd5bd2d3f97e72eb20fafed1994",
                    operation="DELETE",
                    pgid="pgtrigger_hold_stays_4f530",
                    table="ledger_hold",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="hold",
            trigger=pgtrigger.compiler.Trigger(
                name="hold_takes_float",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n                    UPDATE ledger_account SET held = held + NEW.amount\n                     WHERE id = NEW.account_id AND guarded\n                       AND balance - held - NEW.amount >= -credit_limit;\n                    IF NOT FOUND THEN\n                        RAISE EXCEPTION 'insufficient float' USING ERRCODE = 'TN001';\n                    END IF;\n                    RETURN NULL;\n                ",
                    hash="818a49f79f333db057bafb0e3c6451eec91784d4",
                    operation="INSERT",
                    pgid="pgtrigger_hold_takes_float_abaf3",
                    table="ledger_hold",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="hold",
            trigger=pgtrigger.compiler.Trigger(
                name="hold_gives_back",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n                    IF OLD.state <> 'open' OR NEW.state NOT IN ('captured', 'released')\n                       OR NEW.amount <> OLD.amount OR NEW.account_id <> OLD.account_id\n                       OR NEW.key <> OLD.key THEN\n                        RAISE EXCEPTION 'a hold is closed once, and nothing else changes';\n                    END IF;\n                    UPDATE ledger_account SET held = held - OLD.amount WHERE id = OLD.account_id;\n                    RETURN NEW;\n                ",
                    hash="a595122864127c71740705ac28f87a5dc6b5d5ab",
                    operation="UPDATE",
                    pgid="pgtrigger_hold_gives_back_8e860",
                    table="ledger_hold",
                    when="BEFORE",
                ),
            ),
        ),
    ]
