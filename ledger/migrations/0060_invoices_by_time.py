"""Corrected invoices are few, and reports look for those of a day."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0004_old_lines")]

    operations = [
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(
                condition=models.Q(("kind", "invoice")),
                fields=["posted_at"],
                name="entry_invoice_corrected",
            ),
        ),
    ]
