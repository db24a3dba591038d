"""Files of many sales and their rows, with the moves that there are."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0023_logos"),
        ("topup", "0122_safety_is_audited"),
    ]

    operations = [
        migrations.CreateModel(
            name="BulkFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.UUIDField(editable=False, unique=True)),
                ("start_key", models.UUIDField(editable=False, null=True, unique=True)),
                ("name", models.CharField(max_length=100, verbose_name="file")),
                ("digest", models.CharField(max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("checking", "being looked at"),
                            ("checked", "ready to start"),
                            ("running", "being sold"),
                            ("paused", "paused"),
                            ("done", "finished"),
                            ("cancelled", "cancelled"),
                        ],
                        default="checking",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="note")),
                ("currency", models.CharField(max_length=3)),
                ("row_count", models.PositiveIntegerField(verbose_name="rows")),
                ("checked_count", models.PositiveIntegerField(default=0)),
                (
                    "confirmed_total",
                    models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True),
                ),
                ("next_work_at", models.DateTimeField(blank=True, null=True)),
                ("made_at", models.DateTimeField(auto_now_add=True, verbose_name="sent at")),
                (
                    "started_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="started at"),
                ),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended at")),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="sent by",
                    ),
                ),
                (
                    "shop",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bulk_files",
                        to="topup.shop",
                    ),
                ),
                (
                    "started_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="started by",
                    ),
                ),
            ],
            options={
                "verbose_name": "bulk file",
                "verbose_name_plural": "bulk files",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="BulkRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("cells", models.JSONField(default=dict)),
                ("reference", models.CharField(blank=True, max_length=100)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("unchecked", "not looked at yet"),
                            ("bad", "cannot be sold"),
                            ("asked", "waits for your word"),
                            ("waiting", "waits to be sold"),
                            ("opening", "is being opened"),
                            ("opened", "sold or under way"),
                            ("refused", "not sold"),
                            ("skipped", "left out"),
                        ],
                        default="unchecked",
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300)),
                (
                    "ask",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("repeat", "the same for the same number, twice"),
                            ("large", "a first large sale to a number"),
                            ("price", "the price has risen"),
                        ],
                        max_length=10,
                    ),
                ),
                ("said", models.JSONField(default=list)),
                ("recipient", models.CharField(blank=True, max_length=20)),
                ("account", models.CharField(blank=True, max_length=40)),
                ("sku_name", models.CharField(blank=True, max_length=250)),
                (
                    "face_value",
                    models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True),
                ),
                ("face_currency", models.CharField(blank=True, max_length=3)),
                (
                    "price",
                    models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True),
                ),
                (
                    "charge",
                    models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True),
                ),
                (
                    "most_price",
                    models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True),
                ),
                ("correlation_id", models.CharField(max_length=50, null=True, unique=True)),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rows",
                        to="topup.bulkfile",
                    ),
                ),
                (
                    "sku",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="catalog.sku",
                    ),
                ),
            ],
            options={
                "verbose_name": "row of a bulk file",
                "verbose_name_plural": "rows of bulk files",
                "ordering": ["file", "number"],
            },
        ),
        migrations.AddIndex(
            model_name="bulkfile",
            index=models.Index(fields=["shop", "-id"], name="bulk_of_shop"),
        ),
        migrations.AddIndex(
            model_name="bulkfile",
            index=models.Index(
                condition=models.Q(("next_work_at__isnull", False)),
                fields=["next_work_at"],
                name="bulk_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="bulkfile",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["checking", "checked", "cancelled"]),
                    models.Q(
                        ("confirmed_total__gt", 0),
                        ("start_key__isnull", False),
                        ("started_by__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="bulk_started_was_confirmed",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="bulkfile",
            trigger=pgtrigger.compiler.Trigger(
                name="bulk_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="69e31355adc3e418240aa9addb33cf8c01169563",
                    operation="DELETE",
                    pgid="pgtrigger_bulk_stays_349ab",
                    table="topup_bulkfile",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="bulkfile",
            trigger=pgtrigger.compiler.Trigger(
                name="bulk_moves",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{checked:cancelled,checked:running,checking:cancelled,checking:checked,paused:cancelled,paused:done,paused:running,running:cancelled,running:done,running:paused}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="b9c058e8460565f6a343541d2db0393bdabbb174",
                    operation="UPDATE",
                    pgid="pgtrigger_bulk_moves_0b4ba",
                    table="topup_bulkfile",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="bulkrow",
            index=models.Index(fields=["file", "state", "number"], name="bulk_row_by_state"),
        ),
        migrations.AddConstraint(
            model_name="bulkrow",
            constraint=models.UniqueConstraint(fields=("file", "number"), name="bulk_row_once"),
        ),
        migrations.AddConstraint(
            model_name="bulkrow",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["opening", "opened"]), _negated=True),
                    ("correlation_id__isnull", False),
                    _connector="OR",
                ),
                name="bulk_row_has_its_key_first",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="bulkrow",
            trigger=pgtrigger.compiler.Trigger(
                name="bulk_row_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="2d47c9c40cc2ba1e97b75343338a450b3f0bfb3a",
                    operation="DELETE",
                    pgid="pgtrigger_bulk_row_stays_38628",
                    table="topup_bulkrow",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="bulkrow",
            trigger=pgtrigger.compiler.Trigger(
                name="bulk_row_moves",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{asked:skipped,asked:waiting,opening:asked,opening:opened,opening:refused,opening:skipped,opening:waiting,unchecked:asked,unchecked:bad,unchecked:skipped,unchecked:waiting,waiting:asked,waiting:opening,waiting:skipped}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="133e21c0af6da7c908ae7cf60c50f3b683928bdb",
                    operation="UPDATE",
                    pgid="pgtrigger_bulk_row_moves_05127",
                    table="topup_bulkrow",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="bulkrow",
            trigger=pgtrigger.compiler.Trigger(
                name="bulk_row_keeps_its_key",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.correlation_id IS NOT NULL AND OLD.correlation_id IS DISTINCT FROM NEW.correlation_id)",
                    func="RAISE EXCEPTION 'the key of a row does not change';",
                    hash="43bc6b5b751a2ef0a2e340df0b48460c2aff7354",
                    operation='UPDATE OF "correlation_id"',
                    pgid="pgtrigger_bulk_row_keeps_its_key_6452f",
                    table="topup_bulkrow",
                    when="BEFORE",
                ),
            ),
        ),
    ]
