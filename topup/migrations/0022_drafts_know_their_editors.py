"""Who changed a draft does not publish it, and a rule stays in its book."""

import django.contrib.postgres.fields
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("topup", "0041_shifts_are_handed_to_somebody"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="pricebook",
            name="book_stays",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="pricerule",
            name="rule_stays",
        ),
        migrations.AddField(
            model_name="pricebook",
            name="edited_by",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), default=list, editable=False
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="pricebook",
            trigger=pgtrigger.compiler.Trigger(
                name="book_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n                    IF OLD.state = 'draft' THEN\n                        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\n                        IF NEW.published_by_id = ANY(NEW.edited_by) THEN\n                            RAISE EXCEPTION 'published by one who changed it';\n                        END IF;\n                        RETURN NEW;\n                    END IF;\n                    IF TG_OP = 'DELETE' OR NEW.state <> 'withdrawn' OR OLD.state = 'withdrawn'\n                       OR OLD.starts_at <= clock_timestamp() OR NEW.version <> OLD.version\n                       OR NEW.starts_at <> OLD.starts_at\n                       OR NEW.published_by_id IS DISTINCT FROM OLD.published_by_id\n                       OR NEW.made_by_id IS DISTINCT FROM OLD.made_by_id THEN\n                        RAISE EXCEPTION 'price book % is published', OLD.version;\n                    END IF;\n                    RETURN NEW;\n                ",
                    hash="05ee1bb35816a56c2af3aafdbecfdececf1842e7",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_book_stays_8e24f",
                    table="topup_pricebook",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="pricerule",
            trigger=pgtrigger.compiler.Trigger(
                name="rule_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE book_state text;",
                    func="\n                    SELECT state INTO book_state FROM topup_pricebook\n                     WHERE id = CASE TG_OP WHEN 'DELETE' THEN OLD.book_id ELSE NEW.book_id END\n                       FOR SHARE;\n                    IF book_state <> 'draft'\n                       OR (TG_OP = 'UPDATE' AND NEW.book_id <> OLD.book_id) THEN\n                        RAISE EXCEPTION 'rules of a published price book do not change';\n                    END IF;\n                    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\n                    RETURN NEW;\n                ",
                    hash="a04ac962873742a7cf85894441a7d8977f8e4e6d",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_rule_stays_125a9",
                    table="topup_pricerule",
                    when="BEFORE",
                ),
            ),
        ),
    ]
