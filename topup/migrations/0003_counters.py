"""What a counter has: shifts, tills, baskets, bulk files, kiosks and their offers, deposits."""

import uuid

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [("topup", "0150_offers")]

    initial = True

    dependencies = [
        ("catalog", "0001_catalogue"),
        ("ledger", "0002_entries"),
        ("topup", "0002_terms"),
    ]

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
                ("last_seen_at", models.DateTimeField(db_index=True, verbose_name="last seen")),
            ],
            options={
                "verbose_name": "response code",
                "verbose_name_plural": "response codes",
                "ordering": ["-last_seen_at"],
            },
        ),
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
                (
                    "shop",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bulk_files",
                        to="topup.shop",
                    ),
                ),
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
                    "started_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="started by",
                    ),
                ),
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
            ],
            options={
                "verbose_name": "bulk file",
                "verbose_name_plural": "bulk files",
                "ordering": ["-id"],
                "indexes": [
                    models.Index(fields=["shop", "-id"], name="bulk_of_shop"),
                    models.Index(
                        condition=models.Q(("next_work_at__isnull", False)),
                        fields=["next_work_at"],
                        name="bulk_due",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
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
                    )
                ],
            },
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
        migrations.CreateModel(
            name="Device",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "shop",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="devices",
                        to="topup.shop",
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("token_hash", models.CharField(editable=False, max_length=64, unique=True)),
                (
                    "enrolled_by",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("enrolled_at", models.DateTimeField(auto_now_add=True)),
                ("last_seen_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("is_frozen", models.BooleanField(default=False, verbose_name="frozen")),
            ],
            options={
                "verbose_name": "till",
                "verbose_name_plural": "tills",
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="Factor",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="factor",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
                ("sealed", models.BinaryField()),
                ("made_at", models.DateTimeField(auto_now_add=True, verbose_name="since")),
                ("last_step", models.BigIntegerField(default=0)),
                ("wrong_tries", models.PositiveIntegerField(default=0, verbose_name="wrong codes")),
                (
                    "locked_until",
                    models.DateTimeField(blank=True, null=True, verbose_name="waits until"),
                ),
            ],
            options={
                "verbose_name": "second factor",
                "verbose_name_plural": "second factors",
                "ordering": ["person__username"],
            },
        ),
        migrations.CreateModel(
            name="Kiosk",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "shop",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="kiosks",
                        to="topup.shop",
                        verbose_name="shop",
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                (
                    "terminal_id",
                    models.CharField(
                        editable=False, max_length=6, unique=True, verbose_name="terminal"
                    ),
                ),
                (
                    "enrol_code_hash",
                    models.CharField(editable=False, max_length=64, null=True, unique=True),
                ),
                ("enrol_expires_at", models.DateTimeField(editable=False, null=True)),
                (
                    "token_hash",
                    models.CharField(editable=False, max_length=64, null=True, unique=True),
                ),
                (
                    "old_token_hash",
                    models.CharField(editable=False, max_length=64, null=True, unique=True),
                ),
                ("rotated_at", models.DateTimeField(editable=False, null=True)),
                ("old_until", models.DateTimeField(editable=False, null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="made by",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="made")),
                (
                    "enrolled_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="enrolled by",
                    ),
                ),
                (
                    "enrolled_at",
                    models.DateTimeField(editable=False, null=True, verbose_name="enrolled"),
                ),
                (
                    "retired_at",
                    models.DateTimeField(editable=False, null=True, verbose_name="retired"),
                ),
                (
                    "last_seen_at",
                    models.DateTimeField(editable=False, null=True, verbose_name="last seen"),
                ),
                (
                    "version",
                    models.CharField(
                        blank=True, editable=False, max_length=100, verbose_name="version"
                    ),
                ),
                (
                    "paper",
                    models.CharField(
                        choices=[
                            ("unknown", "not known"),
                            ("ok", "there is paper"),
                            ("low", "nearly used up"),
                            ("out", "used up"),
                        ],
                        default="unknown",
                        editable=False,
                        max_length=10,
                        verbose_name="paper",
                    ),
                ),
                (
                    "is_blocked",
                    models.BooleanField(default=False, editable=False, verbose_name="blocked"),
                ),
                (
                    "message",
                    models.CharField(
                        blank=True, editable=False, max_length=200, verbose_name="message"
                    ),
                ),
                ("reload_wanted_at", models.DateTimeField(editable=False, null=True)),
                ("reloaded_at", models.DateTimeField(editable=False, null=True)),
                (
                    "help_wanted_at",
                    models.DateTimeField(editable=False, null=True, verbose_name="help wanted"),
                ),
                ("help_answered_at", models.DateTimeField(editable=False, null=True)),
            ],
            options={
                "verbose_name": "kiosk",
                "verbose_name_plural": "kiosks",
                "ordering": ["name"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("retired_at", None),
                            models.Q(
                                ("enrol_code_hash", None),
                                ("old_token_hash", None),
                                ("token_hash", None),
                            ),
                            _connector="OR",
                        ),
                        name="kiosk_retired_is_out",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Basket",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "shop",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="baskets",
                        to="topup.shop",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="baskets",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "device",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="topup.device",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "open"), ("sold", "sold")],
                        default="open",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "tender",
                    models.CharField(
                        blank=True,
                        choices=[("cash", "cash"), ("card", "card"), ("e_money", "mobile money")],
                        max_length=15,
                    ),
                ),
                ("currency", models.CharField(blank=True, max_length=3)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("changed_at", models.DateTimeField(auto_now_add=True)),
                ("sold_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "basket",
                "verbose_name_plural": "baskets",
                "ordering": ["-id"],
                "indexes": [
                    models.Index(fields=["person", "-id"], name="basket_of_person"),
                    models.Index(
                        condition=models.Q(("state", "open")),
                        fields=["changed_at"],
                        name="basket_abandoned",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")),
                        fields=("person", "shop"),
                        name="basket_open_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state", "open"),
                            models.Q(
                                ("sold_at__isnull", False),
                                models.Q(("tender", ""), _negated=True),
                                models.Q(("currency", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="basket_sold_was_paid",
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="basket",
            trigger=pgtrigger.compiler.Trigger(
                name="basket_moves",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{open:sold}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="d1d6661bf7bc0c76a4ac1e9ef53687b5b9c4d7fd",
                    operation="UPDATE",
                    pgid="pgtrigger_basket_moves_33f0c",
                    table="topup_basket",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="basket",
            trigger=pgtrigger.compiler.Trigger(
                name="basket_sold_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.\"state\" = 'sold')",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="eff5ecd8f8fbdf54fbdabbd6ea812a5567d86407",
                    operation="DELETE",
                    pgid="pgtrigger_basket_sold_stays_008d2",
                    table="topup_basket",
                    when="BEFORE",
                ),
            ),
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
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rows",
                        to="topup.bulkfile",
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
                (
                    "sku",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="catalog.sku",
                    ),
                ),
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
            ],
            options={
                "verbose_name": "row of a bulk file",
                "verbose_name_plural": "rows of bulk files",
                "ordering": ["file", "number"],
                "indexes": [
                    models.Index(fields=["file", "state", "number"], name="bulk_row_by_state")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("file", "number"), name="bulk_row_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["opening", "opened"]), _negated=True),
                            ("correlation_id__isnull", False),
                            _connector="OR",
                        ),
                        name="bulk_row_has_its_key_first",
                    ),
                ],
            },
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
        migrations.CreateModel(
            name="DepositRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "reference",
                    models.CharField(max_length=12, unique=True, verbose_name="reference"),
                ),
                ("key", models.UUIDField(editable=False, null=True, unique=True)),
                (
                    "shop",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deposits",
                        to="topup.shop",
                    ),
                ),
                (
                    "amount",
                    models.DecimalField(decimal_places=4, max_digits=20, verbose_name="amount"),
                ),
                ("currency", models.CharField(max_length=3)),
                (
                    "paid_by",
                    models.CharField(
                        choices=[
                            ("bank", "bank transfer"),
                            ("cash", "cash to the distributor"),
                            ("e_money", "mobile money"),
                        ],
                        max_length=15,
                        verbose_name="paid by",
                    ),
                ),
                (
                    "bank_reference",
                    models.CharField(
                        blank=True, max_length=60, verbose_name="the bank's reference"
                    ),
                ),
                (
                    "bank_key",
                    models.CharField(blank=True, db_index=True, editable=False, max_length=60),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting"),
                            ("approved_once", "waits for a second person"),
                            ("approved", "on the float"),
                            ("refused", "refused"),
                            ("cancelled", "taken back"),
                        ],
                        default="waiting",
                        max_length=15,
                        verbose_name="state",
                    ),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("asked_at", models.DateTimeField(auto_now_add=True)),
                (
                    "warning",
                    models.CharField(blank=True, max_length=200, verbose_name="may be a duplicate"),
                ),
                (
                    "first_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("first_at", models.DateTimeField(blank=True, null=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
                (
                    "entry",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.entry",
                    ),
                ),
            ],
            options={
                "verbose_name": "deposit",
                "verbose_name_plural": "deposits",
                "ordering": ["-id"],
                "indexes": [
                    models.Index(fields=["shop", "-id"], name="deposit_of_shop"),
                    models.Index(
                        models.Case(
                            models.When(
                                state__in=("waiting", "approved_once"), then=models.Value(0)
                            ),
                            default=models.Value(1),
                            output_field=models.IntegerField(),
                        ),
                        models.Case(
                            models.When(
                                state__in=("waiting", "approved_once"), then=models.F("id")
                            ),
                            output_field=models.BigIntegerField(),
                        ),
                        models.OrderBy(models.F("id"), descending=True),
                        name="deposit_queue",
                    ),
                    models.Index(
                        condition=models.Q(("state__in", ["waiting", "approved_once"])),
                        fields=["state"],
                        name="deposit_waiting",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount__gt", 0)), name="deposit_amount_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("first_by", None),
                            ("decided_by", None),
                            models.Q(("first_by", models.F("decided_by")), _negated=True),
                            ("state", "refused"),
                            _connector="OR",
                        ),
                        name="deposit_approved_by_two",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("entry__isnull", False), ("state", "approved")),
                            models.Q(
                                models.Q(("state", "approved"), _negated=True), ("entry", None)
                            ),
                            _connector="OR",
                        ),
                        name="deposit_approved_has_its_entry",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "approved"), _negated=True),
                            ("decided_by__isnull", False),
                            _connector="OR",
                        ),
                        name="deposit_approved_by_a_person",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["approved", "approved_once"]), _negated=True),
                            models.Q(
                                ("decided_by", models.F("asked_by")),
                                ("first_by", models.F("asked_by")),
                                _connector="OR",
                                _negated=True,
                            ),
                            _connector="OR",
                        ),
                        name="deposit_not_approved_by_who_asked",
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="depositrequest",
            trigger=pgtrigger.compiler.Trigger(
                name="deposit_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="2f4c679f0b43b242c1c54ff5163ced72f1ebcb45",
                    operation="DELETE",
                    pgid="pgtrigger_deposit_stays_610fa",
                    table="topup_depositrequest",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="depositrequest",
            trigger=pgtrigger.compiler.Trigger(
                name="deposit_moves",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{approved_once:approved,approved_once:cancelled,approved_once:refused,waiting:approved,waiting:approved_once,waiting:cancelled,waiting:refused}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="cfaaeb9873626250e764a4e85101ab94d38176cb",
                    operation="UPDATE",
                    pgid="pgtrigger_deposit_moves_fa9d7",
                    table="topup_depositrequest",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="depositrequest",
            trigger=pgtrigger.compiler.Trigger(
                name="deposit_terms_fixed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'the terms of a deposit do not change';",
                    hash="ce478a49a119a57ecddddaab3739e0cf2005667b",
                    operation='UPDATE OF "reference", "key", "shop_id", "amount", "currency", "paid_by", "asked_by_id"',
                    pgid="pgtrigger_deposit_terms_fixed_8b250",
                    table="topup_depositrequest",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="depositrequest",
            trigger=pgtrigger.compiler.Trigger(
                name="deposit_decided_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n                    IF OLD.state NOT IN ('waiting', 'approved_once') THEN\n                        RAISE EXCEPTION 'deposit % is decided', OLD.reference;\n                    END IF;\n                    RETURN NEW;\n                ",
                    hash="a09c9ce087332a25c7abcadf30dc769473f6a481",
                    operation="UPDATE",
                    pgid="pgtrigger_deposit_decided_stays_c7d19",
                    table="topup_depositrequest",
                    when="BEFORE",
                ),
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
                (
                    "shop",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="favourites",
                        to="topup.shop",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="favourites",
                        to=settings.AUTH_USER_MODEL,
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
                ("face_value", models.DecimalField(decimal_places=4, max_digits=20)),
                ("at", models.DateTimeField(auto_now_add=True)),
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
        migrations.CreateModel(
            name="KioskOffer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kiosk",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="offers",
                        to="topup.kiosk",
                    ),
                ),
                (
                    "shop",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="kiosk_offers",
                        to="topup.shop",
                    ),
                ),
                ("code", models.CharField(max_length=6)),
                ("language", models.CharField(max_length=10)),
                (
                    "sku",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="catalog.sku",
                    ),
                ),
                ("recipient", models.CharField(blank=True, max_length=20)),
                ("face_value", models.DecimalField(decimal_places=4, max_digits=20)),
                ("extras", models.JSONField(default=dict)),
                ("shown_price", models.DecimalField(decimal_places=4, max_digits=20)),
                ("currency", models.CharField(max_length=3)),
                (
                    "shown_second_price",
                    models.DecimalField(decimal_places=4, max_digits=20, null=True),
                ),
                ("second_currency", models.CharField(blank=True, max_length=3)),
                ("shown_amount", models.DecimalField(decimal_places=4, max_digits=20, null=True)),
                ("shown_currency", models.CharField(blank=True, max_length=3)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waits"),
                            ("claimed", "at the counter"),
                            ("sold", "sold"),
                            ("cancelled", "cancelled"),
                            ("expired", "too old"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("expires_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("wrong_claims", models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                "verbose_name": "offer of a kiosk",
                "verbose_name_plural": "offers of kiosks",
                "ordering": ["id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ("waiting", "claimed"))),
                        fields=["shop", "id"],
                        name="offer_live",
                    ),
                    models.Index(fields=["shop", "code", "-id"], name="offer_by_code"),
                    models.Index(
                        condition=models.Q(("state__in", ["cancelled", "expired"])),
                        fields=["ended_at"],
                        name="offer_unsold_end",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ("waiting", "claimed"))),
                        fields=("shop", "code"),
                        name="offer_code_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at", None), ("state__in", ("waiting", "claimed"))),
                            models.Q(
                                models.Q(("state__in", ("waiting", "claimed")), _negated=True),
                                ("ended_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="offer_that_ended_says_when",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("shown_price__gt", 0)), name="offer_price_positive"
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="kioskoffer",
            trigger=pgtrigger.compiler.Trigger(
                name="offer_moves",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{waiting:claimed,waiting:cancelled,waiting:expired,claimed:waiting,claimed:sold,claimed:cancelled,claimed:expired}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="b1702943610eff9bc5adbb940d21d20a92ca2b45",
                    operation="UPDATE",
                    pgid="pgtrigger_offer_moves_60214",
                    table="topup_kioskoffer",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="kioskoffer",
            trigger=pgtrigger.compiler.Trigger(
                name="offer_terms_fixed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'what a customer was shown does not change';",
                    hash="3ba317743c12598a7cf4dc9feb1f14a22b89d65a",
                    operation='UPDATE OF "kiosk_id", "shop_id", "code", "language", "recipient", "face_value", "extras", "shown_price", "currency", "shown_second_price", "second_currency", "shown_amount", "shown_currency"',
                    pgid="pgtrigger_offer_terms_fixed_d96db",
                    table="topup_kioskoffer",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="kioskoffer",
            trigger=pgtrigger.compiler.Trigger(
                name="offer_sold_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.\"state\" = 'sold')",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="11dff2c6075dafcc1bf2710978e1f31b7472322d",
                    operation="DELETE",
                    pgid="pgtrigger_offer_sold_stays_21498",
                    table="topup_kioskoffer",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.CreateModel(
            name="RecoveryCode",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "factor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="codes",
                        to="topup.factor",
                    ),
                ),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("used_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "recovery code",
                "verbose_name_plural": "recovery codes",
            },
        ),
        migrations.CreateModel(
            name="Shift",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "shop",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="shifts",
                        to="topup.shop",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="shifts",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "device",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="shifts",
                        to="topup.device",
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "open"),
                            ("counted", "counted"),
                            ("handed_over", "handed over"),
                            ("sealed", "sealed"),
                        ],
                        default="open",
                        max_length=15,
                    ),
                ),
                ("opened_at", models.DateTimeField(auto_now_add=True)),
                ("counted_at", models.DateTimeField(blank=True, null=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "sealed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "handed_to",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="taken_from",
                        to="topup.shift",
                    ),
                ),
                ("gap_note", models.CharField(blank=True, max_length=300)),
                ("totals", models.JSONField(default=dict)),
                ("digest", models.CharField(blank=True, max_length=64)),
            ],
            options={
                "verbose_name": "shift",
                "verbose_name_plural": "shifts",
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(fields=("shop", "number"), name="shift_number_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["open", "counted"])),
                        fields=("person",),
                        name="one_open_shift_of_a_person",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "sealed"), _negated=True),
                            models.Q(
                                ("sealed_by__isnull", False),
                                models.Q(("digest", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="shift_sealed_has_its_digest",
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="shift",
            trigger=pgtrigger.compiler.Trigger(
                name="shift_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="7ce54c20198fea3597232af71ccf50e3c7f3a1f1",
                    operation="DELETE",
                    pgid="pgtrigger_shift_stays_7088b",
                    table="topup_shift",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="shift",
            trigger=pgtrigger.compiler.Trigger(
                name="shift_moves",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{open:counted,counted:handed_over,counted:sealed,handed_over:sealed}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="a8ce6e8abf98f73699b6b1e22ff8fd2577caa805",
                    operation="UPDATE",
                    pgid="pgtrigger_shift_moves_109a0",
                    table="topup_shift",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="shift",
            trigger=pgtrigger.compiler.Trigger(
                name="shift_is_whose_it_is",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'a shift does not change hands';",
                    hash="c40481256d94d950c5395397a62f6162861ef6d4",
                    operation='UPDATE OF "shop_id", "person_id", "number", "opened_at"',
                    pgid="pgtrigger_shift_is_whose_it_is_7afd1",
                    table="topup_shift",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="shift",
            trigger=pgtrigger.compiler.Trigger(
                name="shift_handed_over_has_a_taker",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (NEW.\"state\" = 'handed_over')",
                    constraint="CONSTRAINT",
                    func="\n                    IF EXISTS (SELECT 1 FROM topup_shift WHERE id = NEW.id\n                                AND state = 'handed_over' AND handed_to_id IS NULL) THEN\n                        RAISE EXCEPTION 'shift % is handed over to nobody', NEW.id;\n                    END IF;\n                    RETURN NULL;\n                ",
                    hash="1c1daeaec56d94ce584fd16d0b1a7ba924de0595",
                    operation="UPDATE",
                    pgid="pgtrigger_shift_handed_over_has_a_taker_19579",
                    table="topup_shift",
                    timing="DEFERRABLE INITIALLY DEFERRED",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="shift",
            trigger=pgtrigger.compiler.Trigger(
                name="shift_sealed_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.\"state\" = 'sealed')",
                    func="RAISE EXCEPTION 'shift % is sealed', OLD.id;",
                    hash="a7949177ede47e40c3d727eac770e780d6eda7a5",
                    operation="UPDATE",
                    pgid="pgtrigger_shift_sealed_stays_4ccc7",
                    table="topup_shift",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.CreateModel(
            name="CashMove",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "shift",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="moves",
                        to="topup.shift",
                    ),
                ),
                ("key", models.UUIDField(unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("in", "put in"),
                            ("out", "taken out"),
                            ("pay_out", "paid back to a customer"),
                            ("used", "used for another sale"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "tender",
                    models.CharField(
                        choices=[("cash", "cash"), ("card", "card"), ("e_money", "mobile money")],
                        default="cash",
                        max_length=15,
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=4, max_digits=20)),
                ("currency", models.CharField(max_length=3)),
                ("reason", models.CharField(max_length=200)),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("made_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "verbose_name": "cash movement",
                "verbose_name_plural": "cash movements",
                "ordering": ["id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("amount__gt", 0), ("kind", "in")),
                            models.Q(models.Q(("kind", "in"), _negated=True), ("amount__lt", 0)),
                            _connector="OR",
                        ),
                        name="cash_move_sign",
                    )
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="cashmove",
            trigger=pgtrigger.compiler.Trigger(
                name="move_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="95c796e112cb53ce522add691daa4926b1b3de85",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_move_stays_8b8e0",
                    table="topup_cashmove",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="cashmove",
            trigger=pgtrigger.compiler.Trigger(
                name="move_of_open_shift",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE stands text;",
                    func="\n        IF NEW.shift_id IS NULL THEN RETURN NEW; END IF;\n        SELECT state INTO stands FROM topup_shift WHERE id = NEW.shift_id FOR SHARE;\n        IF stands NOT IN ('open', 'counted') THEN\n            RAISE EXCEPTION 'shift % is %', NEW.shift_id, stands USING ERRCODE = 'TN002';\n        END IF;\n        RETURN NEW;\n    ",
                    hash="2619b5096817e9d677b863f0bb368354443401db",
                    operation="INSERT",
                    pgid="pgtrigger_move_of_open_shift_bafb8",
                    table="topup_cashmove",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.CreateModel(
            name="DepositProof",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "deposit",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proof",
                        to="topup.depositrequest",
                    ),
                ),
                ("picture", models.BinaryField()),
                ("digest", models.CharField(db_index=True, max_length=64)),
            ],
            options={
                "verbose_name": "proof of a deposit",
                "verbose_name_plural": "proofs of deposits",
            },
        ),
        migrations.CreateModel(
            name="ShiftCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "shift",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="counts",
                        to="topup.shift",
                    ),
                ),
                (
                    "moment",
                    models.CharField(
                        choices=[("opening", "at the start"), ("closing", "at the end")],
                        max_length=10,
                    ),
                ),
                ("attempt", models.PositiveSmallIntegerField(default=1)),
                (
                    "tender",
                    models.CharField(
                        choices=[("cash", "cash"), ("card", "card"), ("e_money", "mobile money")],
                        max_length=15,
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("amount", models.DecimalField(decimal_places=4, max_digits=20)),
                ("denominations", models.JSONField(default=dict)),
                (
                    "counted_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("counted_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "verbose_name": "count",
                "verbose_name_plural": "counts",
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("shift", "moment", "attempt", "tender", "currency"),
                        name="count_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gte", 0)), name="count_not_negative"
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="shiftcount",
            trigger=pgtrigger.compiler.Trigger(
                name="count_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="14a6252ac4279f70fda5a1be14465a012a121e15",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_count_stays_a4152",
                    table="topup_shiftcount",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="shiftcount",
            trigger=pgtrigger.compiler.Trigger(
                name="count_of_open_shift",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE stands text;",
                    func="\n        IF NEW.shift_id IS NULL THEN RETURN NEW; END IF;\n        SELECT state INTO stands FROM topup_shift WHERE id = NEW.shift_id FOR SHARE;\n        IF stands NOT IN ('open', 'counted') THEN\n            RAISE EXCEPTION 'shift % is %', NEW.shift_id, stands USING ERRCODE = 'TN002';\n        END IF;\n        RETURN NEW;\n    ",
                    hash="f2ffe95eb0026db46e7d834088f14cbc7e8089ff",
                    operation="INSERT",
                    pgid="pgtrigger_count_of_open_shift_c8778",
                    table="topup_shiftcount",
                    when="BEFORE",
                ),
            ),
        ),
    ]
