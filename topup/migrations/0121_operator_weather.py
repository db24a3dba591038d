"""How each operator does, and its pauses; sales by their end."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("topup", "0120_safety_rules"), ("catalog", "0003_sync_guard")]

    operations = [
        migrations.CreateModel(
            name="OperatorWeather",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("counted_at", models.DateTimeField(null=True, verbose_name="counted")),
                ("ended", models.PositiveIntegerField(default=0, verbose_name="ended")),
                ("delivered", models.PositiveIntegerField(default=0, verbose_name="delivered")),
                ("failed", models.PositiveIntegerField(default=0, verbose_name="failed")),
                ("median_seconds", models.FloatField(null=True, verbose_name="median, seconds")),
                ("slowest_seconds", models.FloatField(null=True, verbose_name="slowest, seconds")),
                (
                    "failures_in_row",
                    models.PositiveIntegerField(default=0, verbose_name="failures in a row"),
                ),
                ("paused_until", models.DateTimeField(null=True, verbose_name="paused until")),
                (
                    "pauses",
                    models.PositiveSmallIntegerField(
                        default=0, verbose_name="pauses one after the other"
                    ),
                ),
                ("counts_from", models.DateTimeField(null=True)),
                ("probe_key", models.CharField(blank=True, max_length=50)),
                ("probed_at", models.DateTimeField(null=True)),
                (
                    "hold",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "as its sales say"),
                            ("open", "held open: never paused"),
                            ("closed", "held closed: nothing is sold"),
                        ],
                        default="",
                        max_length=10,
                        verbose_name="decided by hand",
                    ),
                ),
                ("hold_reason", models.CharField(blank=True, max_length=200, verbose_name="why")),
                ("held_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "operator weather",
                "verbose_name_plural": "operator weather",
            },
        ),
        migrations.AddIndex(
            model_name="sale",
            index=models.Index(fields=["-settled_at"], name="sale_by_end"),
        ),
        migrations.AddField(
            model_name="operatorweather",
            name="held_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="operatorweather",
            name="operator",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="weather",
                to="catalog.operator",
            ),
        ),
        migrations.AddConstraint(
            model_name="operatorweather",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("hold", ""), models.Q(("hold_reason", ""), _negated=True), _connector="OR"
                ),
                name="held_operator_has_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="operatorweather",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("probe_key", ""),
                    models.Q(("paused_until__isnull", False), ("probed_at__isnull", False)),
                    _connector="OR",
                ),
                name="probe_of_a_pause",
            ),
        ),
    ]
