"""The queue of deposits in its order: what waits first, the oldest first."""

from django.db import migrations, models

_WAITS = {"state__in": ("waiting", "approved_once")}


class Migration(migrations.Migration):
    dependencies = [("topup", "0050_refunds_disputes_closes")]

    operations = [
        migrations.AddIndex(
            model_name="depositrequest",
            index=models.Index(
                models.Case(
                    models.When(**_WAITS, then=models.Value(0)), default=models.Value(1),
                    output_field=models.IntegerField(),
                ),
                models.Case(
                    models.When(**_WAITS, then=models.F("id")),
                    output_field=models.BigIntegerField(),
                ),
                models.OrderBy(models.F("id"), descending=True),
                name="deposit_queue",
            ),
        ),
    ]  # fmt: skip
