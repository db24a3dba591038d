"""Each person reads a notice for himself; what was read by one of a shop counts as read by all."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

READ = """
    INSERT INTO topup_noticeread (notice_id, person_id, at)
    SELECT n.id, p.id, n.read_at FROM topup_notice n
      JOIN topup_person p ON p.shop_id = n.shop_id
     WHERE n.read_at IS NOT NULL
     ORDER BY n.id, p.id <> n.read_by_id, p.id
"""


class Migration(migrations.Migration):
    dependencies = [("topup", "0014_announcements")]

    operations = [
        migrations.CreateModel(
            name="NoticeRead",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(auto_now_add=True)),
                (
                    "notice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reads",
                        to="topup.notice",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "reading of a notice",
                "verbose_name_plural": "readings of notices",
                "constraints": [
                    models.UniqueConstraint(fields=("notice", "person"), name="notice_read_once")
                ],
            },
        ),
        migrations.RunSQL(READ, migrations.RunSQL.noop),
        migrations.RemoveIndex(model_name="notice", name="notice_unread"),
        migrations.RemoveField(model_name="notice", name="read_at"),
        migrations.RemoveField(model_name="notice", name="read_by"),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(fields=["shop", "-id"], name="notice_of_shop"),
        ),
    ]
