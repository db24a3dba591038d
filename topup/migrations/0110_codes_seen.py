from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("topup", "0081_sales_by_account")]
    operations = [
        migrations.CreateModel(
            name="SeenCode",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=10, unique=True, verbose_name="code")),
                ("times", models.PositiveBigIntegerField(default=0, verbose_name="times")),
                (
                    "text",
                    models.CharField(
                        blank=True, max_length=200, verbose_name="the provider's text"
                    ),
                ),
                (
                    "first_seen_at",
                    models.DateTimeField(auto_now_add=True, verbose_name="first seen"),
                ),
                (
                    "last_seen_at",
                    models.DateTimeField(db_index=True, verbose_name="last seen"),
                ),
            ],
            options={
                "verbose_name": "response code",
                "verbose_name_plural": "response codes",
                "ordering": ["-last_seen_at"],
            },
        ),
    ]
