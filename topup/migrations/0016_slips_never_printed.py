"""Money given back by the code of a slip that nobody has printed is told."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("topup", "0015_each_person_reads")]

    operations = [
        migrations.AddField(
            model_name="owed",
            name="never_printed",
            field=models.BooleanField(default=False, verbose_name="its slip was never printed"),
        ),
    ]
