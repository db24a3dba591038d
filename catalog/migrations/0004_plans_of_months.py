from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0003_sync_guard")]
    operations = [
        migrations.AddField("sku", "months_off_at", models.DateTimeField(blank=True, null=True)),
    ]
