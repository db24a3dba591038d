from django.db import migrations, models
from django.db.models.fields.json import KeyTextTransform


class Migration(migrations.Migration):
    dependencies = [("topup", "0090_receipts_on_paper")]
    operations = [
        migrations.AddIndex(
            "sale",
            models.Index(
                KeyTextTransform("account_number", "extras"),
                models.OrderBy(models.F("id"), descending=True),
                condition=models.Q(kind="bill"),
                name="sale_of_account",
            ),
        ),
    ]
