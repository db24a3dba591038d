"""The shop's own day in a receipt's number, kept with the sale; sales of before have none."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("topup", "0013_looks_at_codes"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="sale",
            name="sale_terms_fixed",
        ),
        migrations.AddField(
            model_name="sale",
            name="receipt_day",
            field=models.DateField(editable=False, null=True),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="sale",
            trigger=pgtrigger.compiler.Trigger(
                name="sale_terms_fixed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'the terms of a sale do not change';",
                    hash="13dd9804946b602e49e12482d099569361a1c624",
                    operation='UPDATE OF "correlation_id", "shop_id", "agent_id", "hold_id", "recipient", "provider_sku_id", "face_value", "face_currency", "currency", "price", "cost", "commission", "charge", "price_rule_id", "commission_rule_id", "tender", "collected_amount", "collected_currency", "shift_id", "device_id", "extras", "sealed_extras", "months", "promised_amount", "promised_currency", "receipt_day"',
                    pgid="pgtrigger_sale_terms_fixed_c9045",
                    table="topup_sale",
                    when="BEFORE",
                ),
            ),
        ),
    ]
