"""Deposits: asked for once, decided once, never approved by who asked."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("topup", "0006_time_zones_are_real")]

    operations = [
        migrations.AddField(
            model_name="depositrequest",
            name="bank_key",
            field=models.CharField(blank=True, db_index=True, editable=False, max_length=60),
        ),
        migrations.AddField(
            model_name="depositrequest",
            name="key",
            field=models.UUIDField(editable=False, null=True, unique=True),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="depositrequest",
            trigger=pgtrigger.compiler.Trigger(
                name="deposit_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="2f4c679f0b43b242c1c54ff5163ced72f1ebcb45",
                    operation="DELETE",
                    pgid="pgtrigger_deposit_stays_610fa",
                    table="topup_depositrequest",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="depositrequest",
            trigger=pgtrigger.compiler.Trigger(
                name="deposit_moves",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{approved_once:approved,approved_once:cancelled,approved_once:refused,waiting:approved,waiting:approved_once,waiting:cancelled,waiting:refused}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="cfaaeb9873626250e764a4e85101ab94d38176cb",
                    operation="UPDATE",
                    pgid="pgtrigger_deposit_moves_fa9d7",
                    table="topup_depositrequest",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="depositrequest",
            trigger=pgtrigger.compiler.Trigger(
                name="deposit_terms_fixed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'the terms of a deposit do not change';",
                    hash="ce478a49a119a57ecddddaab3739e0cf2005667b",
                    operation='UPDATE OF "reference", "key", "shop_id", "amount", "currency", "paid_by", "asked_by_id"',
                    pgid="pgtrigger_deposit_terms_fixed_8b250",
                    table="topup_depositrequest",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="depositrequest",
            trigger=pgtrigger.compiler.Trigger(
                name="deposit_decided_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n                    IF OLD.state NOT IN ('waiting', 'approved_once') THEN\n                        RAISE EXCEPTION 'deposit % is decided', OLD.reference;\n                    END IF;\n                    RETURN NEW;\n                ",
                    hash="a09c9ce087332a25c7abcadf30dc769473f6a481",
                    operation="UPDATE",
                    pgid="pgtrigger_deposit_decided_stays_c7d19",
                    table="topup_depositrequest",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="depositrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "approved"), _negated=True),
                    ("decided_by__isnull", False),
                    _connector="OR",
                ),
                name="deposit_approved_by_a_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="depositrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["approved", "approved_once"]), _negated=True),
                    models.Q(
                        ("decided_by", models.F("asked_by")),
                        ("first_by", models.F("asked_by")),
                        _connector="OR",
                        _negated=True,
                    ),
                    _connector="OR",
                ),
                name="deposit_not_approved_by_who_asked",
            ),
        ),
    ]
