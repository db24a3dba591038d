"""The name, pictures and colour that the product runs under, watched by the audit log."""

import django.core.validators
from django.db import migrations, models

import topup.models.brand


class Migration(migrations.Migration):
    dependencies = [("topup", "0007_what_alarms_are_about")]

    operations = [
        migrations.CreateModel(
            name="Brand",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        max_length=40,
                        validators=[topup.models.brand.check_public_name],
                        verbose_name="public name",
                    ),
                ),
                (
                    "colour",
                    models.CharField(
                        default="#0b5d57",
                        max_length=7,
                        validators=[django.core.validators.RegexValidator(r"^#[0-9a-f]{6}\Z")],
                        verbose_name="main colour",
                    ),
                ),
                ("logo", models.CharField(blank=True, max_length=32, verbose_name="logo")),
                (
                    "logo_dark",
                    models.CharField(
                        blank=True, max_length=32, verbose_name="logo for dark screens"
                    ),
                ),
                (
                    "icon",
                    models.CharField(blank=True, max_length=32, verbose_name="icon of the app"),
                ),
                ("only", models.BooleanField(default=True, editable=False, unique=True)),
            ],
            options={
                "verbose_name": "brand",
                "verbose_name_plural": "brand",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("only", True)), name="one_brand")
                ],
            },
        ),
        migrations.CreateModel(
            name="BrandPicture",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.CharField(max_length=32)),
                ("purpose", models.CharField(max_length=20)),
                ("content", models.BinaryField()),
                ("width", models.PositiveSmallIntegerField()),
                ("height", models.PositiveSmallIntegerField()),
                ("made_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("digest", "purpose"), name="brand_picture_once")
                ],
            },
        ),
        migrations.RunSQL(
            "CREATE TRIGGER audit_watch AFTER INSERT OR UPDATE OR DELETE ON topup_brand "
            "FOR EACH ROW EXECUTE FUNCTION topup_audit('', '')",
            "DROP TRIGGER audit_watch ON topup_brand",
        ),
    ]
