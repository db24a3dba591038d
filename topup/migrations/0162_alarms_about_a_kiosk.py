"""An alarm may be about a kiosk: of two kiosks one does not hide the other."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("topup", "0161_old_keys_of_kiosks")]

    operations = [
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
                    ("scam", "many PINs or gift cards in a row"),
                    ("weather", "an operator fails"),
                    ("copy", "an old key of a kiosk was used"),
                ],
                max_length=15,
            ),
        ),
        migrations.AddField(
            model_name="alarm",
            name="kiosk",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="topup.kiosk",
                verbose_name="kiosk",
            ),
        ),
        migrations.RemoveConstraint(model_name="alarm", name="alarm_once"),
        migrations.AddConstraint(
            model_name="alarm",
            constraint=models.UniqueConstraint(
                condition=models.Q(("cleared_at", None)),
                fields=("kind", "sale", "kiosk"),
                name="alarm_once",
                nulls_distinct=False,
            ),
        ),
    ]
