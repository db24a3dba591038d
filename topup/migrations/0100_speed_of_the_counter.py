"""Stars of goods, and the sales of a number at a shop along an index."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("catalog", "0023_logos"), ("topup", "0131_bulk_is_audited")]
    operations = [
        migrations.AddIndex(
            "sale",
            models.Index(
                fields=["shop", "recipient", "-id"], name="sale_of_number",
                condition=~Q(recipient=""),
            ),
        ),
        migrations.CreateModel(
            name="Favourite",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("face_value", models.DecimalField(decimal_places=4, max_digits=20)),
                ("at", models.DateTimeField(auto_now_add=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="favourites",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "shop",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="favourites",
                        to="topup.shop",
                    ),
                ),
                (
                    "sku",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="catalog.sku",
                    ),
                ),
            ],
            options={
                "verbose_name": "favourite",
                "verbose_name_plural": "favourites",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("shop", "person", "sku", "face_value"), name="favourite_once"
                    )
                ],
            },
        ),
    ]  # fmt: skip
