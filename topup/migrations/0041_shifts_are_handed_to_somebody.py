import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("topup", "0072_audit_watches"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="shift",
            name="shift_handed_over_has_a_taker",
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="shift",
            trigger=pgtrigger.compiler.Trigger(
                name="shift_handed_over_has_a_taker",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (NEW.\"state\" = 'handed_over')",
                    constraint="CONSTRAINT",
                    func="\n                    IF EXISTS (SELECT 1 FROM topup_shift WHERE id = NEW.id\n                                AND state = 'handed_over' AND handed_to_id IS NULL) THEN\n                        RAISE EXCEPTION 'shift % is handed over to nobody', NEW.id;\n                    END IF;\n                    RETURN NULL;\n                ",
                    hash="1c1daeaec56d94ce584fd16d0b1a7ba924de0595",
                    operation="UPDATE",
                    pgid="pgtrigger_shift_handed_over_has_a_taker_19579",
                    table="topup_shift",
                    timing="DEFERRABLE INITIALLY DEFERRED",
                    when="AFTER",
                ),
            ),
        ),
    ]
