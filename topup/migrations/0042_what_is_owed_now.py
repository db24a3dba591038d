from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("topup", "0032_queue_of_deposits")]

    operations = [
        migrations.AddIndex(
            model_name="owed",
            index=models.Index(
                condition=models.Q(("state", "owed")), fields=["sale"], name="owed_now"
            ),
        ),
    ]
