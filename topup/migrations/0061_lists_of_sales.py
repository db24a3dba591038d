"""Lists of sales by cashier, state and flag go along an index."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("topup", "0042_what_is_owed_now")]

    operations = [
        migrations.AddIndex(
            model_name="sale",
            index=models.Index(fields=["agent", "-id"], name="sale_of_agent"),
        ),
        migrations.AddIndex(
            model_name="sale",
            index=models.Index(fields=["state", "-id"], name="sale_by_state"),
        ),
        migrations.AddIndex(
            model_name="sale",
            index=models.Index(
                condition=models.Q(("flag", ""), _negated=True),
                fields=["-id"],
                name="sale_flagged",
            ),
        ),
    ]
