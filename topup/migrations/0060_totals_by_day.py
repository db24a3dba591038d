"""Totals of days know the midnights they were kept by; refunds are found by their time."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("topup", "0040_shifts_keep_their_order")]

    operations = [
        migrations.AddField(
            model_name="shop",
            name="totals_zone",
            field=models.CharField(blank=True, editable=False, max_length=50),
        ),
        migrations.AddIndex(
            model_name="refund",
            index=models.Index(fields=["made_at"], name="refund_by_time"),
        ),
    ]
