import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0003_sync_guard"),
        ("ledger", "0004_old_lines"),
        ("topup", "0031_spend_by_the_hour"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="cashmove",
            name="move_of_open_shift",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="shiftcount",
            name="count_of_open_shift",
        ),
        migrations.AlterField(
            model_name="shift",
            name="handed_to",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="taken_from",
                to="topup.shift",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="cashmove",
            trigger=pgtrigger.compiler.Trigger(
                name="move_of_open_shift",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE stands text;",
                    func="\n        IF NEW.shift_id IS NULL THEN RETURN NEW; END IF;\n        SELECT state INTO stands FROM topup_shift WHERE id = NEW.shift_id FOR SHARE;\n        IF stands NOT IN ('open', 'counted') THEN\n            RAISE EXCEPTION 'shift % is %', NEW.shift_id, stands USING ERRCODE = 'TN002';\n        END IF;\n        RETURN NEW;\n    ",
                    hash="2619b5096817e9d677b863f0bb368354443401db",
                    operation="INSERT",
                    pgid="pgtrigger_move_of_open_shift_bafb8",
                    table="topup_cashmove",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="owed",
            trigger=pgtrigger.compiler.Trigger(
                name="owed_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="4ed35ca21d97757beeaac171ada698be46e0dcda",
                    operation="DELETE",
                    pgid="pgtrigger_owed_stays_6cb70",
                    table="topup_owed",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="owed",
            trigger=pgtrigger.compiler.Trigger(
                name="owed_closed_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.\"state\" IN ('paid', 'used', 'delivered'))",
                    func="RAISE EXCEPTION 'what was owed for sale % is settled', OLD.sale_id;",
                    hash="c37b59d7c10619da63eb1d3d30d91ae39428810f",
                    operation="UPDATE",
                    pgid="pgtrigger_owed_closed_stays_72a11",
                    table="topup_owed",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="owed",
            trigger=pgtrigger.compiler.Trigger(
                name="owed_terms_fixed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'what is owed does not change';",
                    hash="70d1591724414e00a44b4cc478863aef6480d72a",
                    operation='UPDATE OF "sale_id", "tender", "amount", "currency"',
                    pgid="pgtrigger_owed_terms_fixed_53400",
                    table="topup_owed",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="sale",
            trigger=pgtrigger.compiler.Trigger(
                name="sale_of_open_shift",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE stands text;",
                    func="\n        IF NEW.shift_id IS NULL THEN RETURN NEW; END IF;\n        SELECT state INTO stands FROM topup_shift WHERE id = NEW.shift_id FOR SHARE;\n        IF stands NOT IN ('open') THEN\n            RAISE EXCEPTION 'shift % is %', NEW.shift_id, stands USING ERRCODE = 'TN002';\n        END IF;\n        RETURN NEW;\n    ",
                    hash="078b72ab7cb615f7fb8a4e13f52b6dda20cdc4f4",
                    operation="INSERT",
                    pgid="pgtrigger_sale_of_open_shift_e6e8c",
                    table="topup_sale",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="shift",
            trigger=pgtrigger.compiler.Trigger(
                name="shift_moves",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{open:counted,counted:handed_over,counted:sealed,handed_over:sealed}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="a8ce6e8abf98f73699b6b1e22ff8fd2577caa805",
                    operation="UPDATE",
                    pgid="pgtrigger_shift_moves_109a0",
                    table="topup_shift",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="shift",
            trigger=pgtrigger.compiler.Trigger(
                name="shift_is_whose_it_is",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'a shift does not change hands';",
                    hash="c40481256d94d950c5395397a62f6162861ef6d4",
                    operation='UPDATE OF "shop_id", "person_id", "number", "opened_at"',
                    pgid="pgtrigger_shift_is_whose_it_is_7afd1",
                    table="topup_shift",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="shiftcount",
            trigger=pgtrigger.compiler.Trigger(
                name="count_of_open_shift",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE stands text;",
                    func="\n        IF NEW.shift_id IS NULL THEN RETURN NEW; END IF;\n        SELECT state INTO stands FROM topup_shift WHERE id = NEW.shift_id FOR SHARE;\n        IF stands NOT IN ('open', 'counted') THEN\n            RAISE EXCEPTION 'shift % is %', NEW.shift_id, stands USING ERRCODE = 'TN002';\n        END IF;\n        RETURN NEW;\n    ",
                    hash="f2ffe95eb0026db46e7d834088f14cbc7e8089ff",
                    operation="INSERT",
                    pgid="pgtrigger_count_of_open_shift_c8778",
                    table="topup_shiftcount",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="sale",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("shift", None),
                    models.Q(
                        ("collected_amount__gt", 0),
                        models.Q(("collected_currency", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="sale_of_a_shift_was_collected",
            ),
        ),
        migrations.AddConstraint(
            model_name="shift",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "handed_over"), _negated=True),
                    ("handed_to__isnull", False),
                    _connector="OR",
                ),
                name="shift_handed_over_has_a_taker",
            ),
        ),
    ]
