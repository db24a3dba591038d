"""What floats spend by the hour, and when a shop runs out."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("topup", "0030_deposits_are_guarded")]

    operations = [
        migrations.CreateModel(
            name="SpendHour",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("hour", models.DateTimeField()),
                ("amount", models.DecimalField(decimal_places=4, max_digits=20)),
            ],
            options={
                "verbose_name": "spending of an hour",
                "verbose_name_plural": "spending by the hour",
            },
        ),
        migrations.AddField(
            model_name="shop",
            name="runs_out_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="spendhour",
            name="shop",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="spend_hours",
                to="topup.shop",
            ),
        ),
        migrations.AddIndex(
            model_name="spendhour",
            index=models.Index(fields=["hour"], name="spend_hour_by_time"),
        ),
        migrations.AddConstraint(
            model_name="spendhour",
            constraint=models.UniqueConstraint(fields=("shop", "hour"), name="spend_hour_once"),
        ),
    ]
