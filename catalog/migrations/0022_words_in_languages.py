import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0021_promotions")]
    operations = [
        migrations.AddField(
            model_name="syncrun",
            name="notes",
            field=models.TextField(blank=True),
        ),
        migrations.CreateModel(
            name="SkuText",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("language", models.CharField(max_length=10)),
                ("name", models.CharField(blank=True, max_length=250)),
                ("product_name", models.CharField(blank=True, max_length=200)),
                ("description", models.TextField(blank=True)),
                ("additional_information", models.TextField(blank=True)),
                ("changed_at", models.DateTimeField(auto_now=True)),
                (
                    "sku",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="texts",
                        to="catalog.sku",
                    ),
                ),
            ],
            options={
                "verbose_name": "translated SKU",
                "verbose_name_plural": "translated SKUs",
                "constraints": [
                    models.UniqueConstraint(fields=("sku", "language"), name="sku_text_once")
                ],
            },
        ),
    ]
