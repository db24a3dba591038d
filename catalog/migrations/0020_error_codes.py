from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0010_dynamic_skus")]
    operations = [
        migrations.CreateModel(
            name="ErrorCode",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=10, verbose_name="code")),
                (
                    "language",
                    models.CharField(default="en", max_length=10, verbose_name="language"),
                ),
                (
                    "text",
                    models.CharField(
                        blank=True, max_length=300, verbose_name="the provider's text"
                    ),
                ),
                (
                    "first_seen_at",
                    models.DateTimeField(auto_now_add=True, verbose_name="first seen"),
                ),
                ("last_seen_at", models.DateTimeField(verbose_name="last seen")),
            ],
            options={
                "verbose_name": "code of the provider's list",
                "verbose_name_plural": "codes of the provider's list",
                "ordering": ["code"],
                "constraints": [
                    models.UniqueConstraint(fields=("code", "language"), name="error_code_once")
                ],
            },
        ),
    ]
