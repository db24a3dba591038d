"""An alarm says what it is about: of two kiosks, SKUs or operators one hides no other."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("topup", "0006_old_keys_of_kiosks")]

    operations = [
        migrations.AddField(
            model_name="alarm",
            name="about",
            field=models.CharField(blank=True, max_length=60),
        ),
        migrations.RemoveConstraint(model_name="alarm", name="alarm_once"),
        migrations.AddConstraint(
            model_name="alarm",
            constraint=models.UniqueConstraint(
                condition=models.Q(("cleared_at", None)),
                fields=("kind", "sale", "about"),
                name="alarm_once",
                nulls_distinct=False,
            ),
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
                    ("scam", "many PINs or gift cards in a row"),
                    ("weather", "an operator fails"),
                    ("copy", "an old key of a kiosk was used"),
                ],
                max_length=15,
            ),
        ),
    ]
