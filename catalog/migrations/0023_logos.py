from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0022_words_in_languages")]
    operations = [
        migrations.AddField(
            model_name="operator",
            name="logo_digest",
            field=models.CharField(blank=True, max_length=32),
        ),
        migrations.AddField(
            model_name="product",
            name="logo_digest",
            field=models.CharField(blank=True, max_length=32),
        ),
        migrations.CreateModel(
            name="Logo",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("url", models.CharField(max_length=300, unique=True, verbose_name="address")),
                ("digest", models.CharField(blank=True, max_length=32)),
                ("small", models.BinaryField(default=b"")),
                ("large", models.BinaryField(default=b"")),
                ("problem", models.CharField(blank=True, max_length=200, verbose_name="problem")),
                ("fetched_at", models.DateTimeField(blank=True, null=True, verbose_name="fetched")),
                ("tried_at", models.DateTimeField(blank=True, null=True, verbose_name="tried")),
                ("next_try_at", models.DateTimeField(db_index=True, verbose_name="next try")),
            ],
            options={
                "verbose_name": "logo",
                "verbose_name_plural": "logos",
                "ordering": ["url"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("digest", ""), _negated=True),
                        fields=["digest"],
                        name="logo_by_digest",
                    )
                ],
            },
        ),
    ]
