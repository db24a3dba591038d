import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0020_error_codes")]
    operations = [
        migrations.CreateModel(
            name="Promotion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("fingerprint", models.CharField(max_length=64, unique=True)),
                ("name", models.CharField(blank=True, max_length=200, verbose_name="name")),
                (
                    "description",
                    models.CharField(blank=True, max_length=500, verbose_name="description"),
                ),
                (
                    "restriction",
                    models.CharField(blank=True, max_length=500, verbose_name="restriction"),
                ),
                (
                    "start_text",
                    models.CharField(blank=True, max_length=60, verbose_name="starts, local time"),
                ),
                (
                    "end_text",
                    models.CharField(blank=True, max_length=60, verbose_name="ends, local time"),
                ),
                ("starts_at", models.DateTimeField(blank=True, null=True, verbose_name="starts")),
                ("ends_at", models.DateTimeField(blank=True, null=True, verbose_name="ends")),
                ("ranges", models.JSONField(default=list, verbose_name="amounts")),
                (
                    "is_upcoming",
                    models.BooleanField(default=False, verbose_name="told as upcoming"),
                ),
                (
                    "first_seen_at",
                    models.DateTimeField(auto_now_add=True, verbose_name="first seen"),
                ),
                ("seen_at", models.DateTimeField(verbose_name="last seen")),
                ("gone_at", models.DateTimeField(blank=True, null=True, verbose_name="ended")),
                ("raw", models.JSONField(default=dict)),
                (
                    "country",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="promotions",
                        to="catalog.country",
                    ),
                ),
                (
                    "operator",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="promotions",
                        to="catalog.operator",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="promotions",
                        to="catalog.product",
                    ),
                ),
            ],
            options={
                "verbose_name": "promotion",
                "verbose_name_plural": "promotions",
                "ordering": ["-ends_at", "name"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("gone_at", None)),
                        fields=["operator", "ends_at"],
                        name="promotion_of_operator",
                    )
                ],
            },
        ),
    ]
