"""Tokens that a kiosk had are known by their hash, to see when a copy of one is used."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("topup", "0005_audit")]

    operations = [
        migrations.AddField(
            model_name="kiosk",
            name="old_token_used_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="old key used"),
        ),
        migrations.CreateModel(
            name="SpentToken",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kiosk",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="spent_tokens",
                        to="topup.kiosk",
                    ),
                ),
                ("token_hash", models.CharField(max_length=64, unique=True)),
            ],
            options={
                "verbose_name": "old key of a kiosk",
                "verbose_name_plural": "old keys of kiosks",
                "ordering": ["id"],
            },
        ),
    ]
