"""What a person writes to shops is one row: sent once, with an end, withdrawn with a trace."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("topup", "0009_day_of_the_receipt")]

    operations = [
        migrations.CreateModel(
            name="Announcement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("text", models.CharField(max_length=500, verbose_name="text")),
                ("ends_on", models.DateField(blank=True, null=True, verbose_name="last day")),
                ("made_at", models.DateTimeField(auto_now_add=True)),
                ("withdrawn_at", models.DateTimeField(null=True, verbose_name="withdrawn")),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "announcement",
                "verbose_name_plural": "announcements",
                "ordering": ["-id"],
            },
        ),
        migrations.AddField(
            model_name="notice",
            name="announcement",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="notices",
                to="topup.announcement",
            ),
        ),
        migrations.RunSQL(
            "CREATE TRIGGER audit_watch AFTER INSERT OR UPDATE OR DELETE ON topup_announcement "
            "FOR EACH ROW EXECUTE FUNCTION topup_audit('', '')",
            "DROP TRIGGER audit_watch ON topup_announcement",
        ),
    ]
