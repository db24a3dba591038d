"""The audit log is searched by names, address and request; and an alarm of its own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("topup", "0061_lists_of_sales")]

    operations = [
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["actor_name"], name="audit_by_name"),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["object_name"], name="audit_on_name"),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["address"], name="audit_from_address"),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["request_id"], name="audit_of_request"),
        ),
        migrations.AlterField(
            model_name="alarm",
            name="kind",
            field=models.CharField(
                choices=[
                    ("slow", "a sale is open for 15 minutes"),
                    ("review", "a sale needs a person"),
                    ("contradiction", "the provider contradicted itself"),
                    ("late", "delivered after we gave the money back"),
                    ("variance", "the invoice differs from the quote"),
                    ("configuration", "the provider refuses our requests"),
                    ("absent", "many orders unknown to the provider"),
                    ("balance", "little money at the provider"),
                    ("code", "a paid code has not arrived"),
                    ("books", "the books do not add up"),
                    ("loss", "a sale would lose money"),
                    ("audit", "the audit log was touched"),
                ],
                max_length=15,
            ),
        ),
    ]
