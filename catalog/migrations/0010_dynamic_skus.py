from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0004_plans_of_months")]
    operations = [
        migrations.AddField("sku", "is_dynamic", models.BooleanField(default=False)),
    ]
