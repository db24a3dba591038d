"""What is not as the kiosk showed it is asked about, like the other questions before a sale."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("topup", "0150_offers")]

    operations = [
        migrations.AlterField(
            model_name="safetyanswer",
            name="rule",
            field=models.CharField(
                choices=[
                    ("money", "money received"),
                    ("repeat", "a second time"),
                    ("scam", "scam question"),
                    ("large", "large sale to a new number"),
                    ("offer", "not as the kiosk showed it"),
                ],
                max_length=10,
                verbose_name="rule",
            ),
        ),
    ]
