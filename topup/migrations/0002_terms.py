"""On what terms shops sell: prices, safety, weather; what is counted, sealed and stopped."""

from decimal import Decimal

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [("topup", "0151_new_terms_are_asked")]

    initial = True

    dependencies = [
        ("catalog", "0001_catalogue"),
        ("topup", "0001_shops_and_people"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.BigIntegerField(null=True, unique=True, verbose_name="number")),
                ("at", models.DateTimeField(auto_now_add=True, verbose_name="when")),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("created", "made"),
                            ("changed", "changed"),
                            ("removed", "removed"),
                            ("signed_in", "signed in"),
                            ("sign_in_refused", "sign-in refused"),
                            ("sign_in_braked", "sign-in braked"),
                            ("signed_out", "signed out"),
                            ("code_accepted", "second factor accepted"),
                            ("code_refused", "second factor refused"),
                            ("exported", "exported"),
                        ],
                        max_length=20,
                        verbose_name="deed",
                    ),
                ),
                ("subject", models.CharField(blank=True, max_length=63, verbose_name="table")),
                ("object_id", models.CharField(blank=True, max_length=64)),
                (
                    "object_name",
                    models.CharField(blank=True, max_length=200, verbose_name="on what"),
                ),
                ("shop_id", models.BigIntegerField(null=True)),
                ("person_id", models.BigIntegerField(null=True)),
                ("changes", models.JSONField(default=dict, verbose_name="before → after")),
                ("actor_id", models.BigIntegerField(null=True)),
                ("actor_name", models.CharField(blank=True, max_length=150, verbose_name="who")),
                ("address", models.CharField(blank=True, max_length=100, verbose_name="address")),
                ("device_id", models.BigIntegerField(null=True, verbose_name="till")),
                ("request_id", models.CharField(blank=True, max_length=64, verbose_name="request")),
                (
                    "origin",
                    models.CharField(
                        blank=True, max_length=100, verbose_name="by which page or program"
                    ),
                ),
                (
                    "database_user",
                    models.CharField(
                        blank=True, max_length=63, verbose_name="user of the database"
                    ),
                ),
                ("digest", models.CharField(max_length=64, null=True)),
            ],
            options={
                "verbose_name": "audit entry",
                "verbose_name_plural": "audit log",
                "ordering": ["-id"],
                "indexes": [
                    models.Index(fields=["subject", "object_id"], name="audit_of_object"),
                    models.Index(fields=["shop_id"], name="audit_of_shop"),
                    models.Index(fields=["person_id"], name="audit_of_person"),
                    models.Index(fields=["actor_id"], name="audit_by_actor"),
                    models.Index(fields=["what"], name="audit_of_deed"),
                    models.Index(fields=["actor_name"], name="audit_by_name"),
                    models.Index(fields=["object_name"], name="audit_on_name"),
                    models.Index(fields=["address"], name="audit_from_address"),
                    models.Index(fields=["request_id"], name="audit_of_request"),
                    models.Index(
                        condition=models.Q(("digest", None)), fields=["id"], name="audit_unchained"
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="auditentry",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="527aeee6dcd812be4b90dcbd2f222fd1dd487fa2",
                    operation="DELETE",
                    pgid="pgtrigger_audit_stays_5da39",
                    table="topup_auditentry",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="auditentry",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_a_who",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE who jsonb;",
                    func="\n                    who := coalesce(nullif(current_setting('topnet.actor', true), ''), '{}')::jsonb;\n                    NEW.number := NULL;\n                    NEW.digest := NULL;\n                    NEW.at := clock_timestamp();\n                    NEW.actor_id := (who ->> 'id')::bigint;\n                    NEW.actor_name := coalesce(left(who ->> 'name', 150), '');\n                    NEW.address := coalesce(left(who ->> 'address', 100), '');\n                    NEW.device_id := (who ->> 'device')::bigint;\n                    NEW.request_id := coalesce(left(who ->> 'request_id', 64), '');\n                    NEW.origin := coalesce(left(who ->> 'origin', 100), '');\n                    NEW.database_user := session_user;\n                    RETURN NEW;\n                ",
                    hash="0ec5520a369b8699b1695ce2a728e09aa1f39363",
                    operation="INSERT",
                    pgid="pgtrigger_audit_a_who_96667",
                    table="topup_auditentry",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="auditentry",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_once",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n                    IF OLD.digest IS NOT NULL OR pg_trigger_depth() < 2\n                       OR to_jsonb(OLD) - 'number' - 'digest'\n                          <> to_jsonb(NEW) - 'number' - 'digest' THEN\n                        RAISE EXCEPTION 'the audit log does not change';\n                    END IF;\n                    RETURN NEW;\n                ",
                    hash="7c16465525e66737ccc67e5b4175b3486e40d547",
                    operation="UPDATE",
                    pgid="pgtrigger_audit_once_23940",
                    table="topup_auditentry",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="auditentry",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_chain",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    constraint="CONSTRAINT",
                    declare="DECLARE last_number bigint; last_digest text;",
                    func="\n                    PERFORM pg_advisory_xact_lock(7231001);\n                    SELECT number, digest INTO last_number, last_digest\n                      FROM topup_auditentry WHERE number IS NOT NULL\n                     ORDER BY number DESC LIMIT 1;\n                    NEW.number := coalesce(last_number, 0) + 1;\n                    UPDATE topup_auditentry\n                       SET number = NEW.number,\n                           digest = encode(sha256(convert_to(\n                               coalesce(last_digest, '') || jsonb_build_array(NEW.number, extract(epoch FROM NEW.at), NEW.what, NEW.subject,\n    NEW.object_id, NEW.object_name, NEW.shop_id, NEW.person_id, NEW.changes, NEW.actor_id,\n    NEW.actor_name, NEW.address, NEW.device_id, NEW.request_id, NEW.origin,\n    NEW.database_user)::text, 'UTF8'\n                           )), 'hex')\n                     WHERE id = NEW.id;\n                    RETURN NULL;\n                ",
                    hash="b283ea4e3575b951e948c5761ff77c63e88d3013",
                    operation="INSERT",
                    pgid="pgtrigger_audit_chain_42a4c",
                    table="topup_auditentry",
                    timing="DEFERRABLE INITIALLY DEFERRED",
                    when="AFTER",
                ),
            ),
        ),
        migrations.CreateModel(
            name="AuditSeal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.BigIntegerField()),
                ("sealed", models.BinaryField()),
                ("made_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "verbose_name": "seal of the audit log",
                "verbose_name_plural": "seals of the audit log",
                "ordering": ["-id"],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="auditseal",
            trigger=pgtrigger.compiler.Trigger(
                name="seal_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="abae7dbc0ceb2bbf4194397a8fd044439e4ccef2",
                    operation="DELETE",
                    pgid="pgtrigger_seal_stays_d5261",
                    table="topup_auditseal",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.CreateModel(
            name="ProviderIdentity",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("base_url", models.CharField(max_length=200)),
                ("user_id", models.CharField(max_length=100)),
                ("wallet_currency", models.CharField(max_length=3)),
                ("recorded_at", models.DateTimeField(auto_now_add=True)),
                ("only", models.BooleanField(default=True, editable=False, unique=True)),
            ],
            options={
                "verbose_name": "provider of this database",
                "verbose_name_plural": "provider of this database",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("only", True)), name="one_provider_identity"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SafetyRules",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "asks_money",
                    models.BooleanField(
                        default=False,
                        help_text="Without it the words stand beside the button, and pressing says it.",
                        verbose_name="money received: a tick of its own",
                    ),
                ),
                (
                    "repeat_is_on",
                    models.BooleanField(
                        default=True,
                        verbose_name="ask before a second sale of the same to the same number",
                    ),
                ),
                (
                    "repeat_minutes",
                    models.PositiveIntegerField(
                        default=10,
                        help_text="A customer who comes back later than this is asked nothing.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1440),
                        ],
                        verbose_name="minutes",
                    ),
                ),
                (
                    "scam_is_on",
                    models.BooleanField(
                        default=True, verbose_name="ask before PINs and gift cards"
                    ),
                ),
                (
                    "scam_quiet_minutes",
                    models.PositiveIntegerField(
                        default=60,
                        help_text="Of this person, at this shop.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1440),
                        ],
                        verbose_name="the first after so many quiet minutes is asked about",
                    ),
                ),
                (
                    "scam_above",
                    models.DecimalField(
                        decimal_places=2,
                        default=Decimal("50"),
                        max_digits=14,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="always asked above this price",
                    ),
                ),
                (
                    "scam_count",
                    models.PositiveIntegerField(
                        default=3,
                        help_text="3: the third is asked about.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1000),
                        ],
                        verbose_name="asked from this one on …",
                    ),
                ),
                (
                    "scam_count_minutes",
                    models.PositiveIntegerField(
                        default=10,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1440),
                        ],
                        verbose_name="… within so many minutes",
                    ),
                ),
                (
                    "run_count",
                    models.PositiveIntegerField(
                        default=8,
                        help_text="After a run nothing of this kind is sold for a while; owner and admin are told.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1000),
                        ],
                        verbose_name="so many are a run …",
                    ),
                ),
                (
                    "run_minutes",
                    models.PositiveIntegerField(
                        default=30,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1440),
                        ],
                        verbose_name="… within so many minutes",
                    ),
                ),
                (
                    "cool_down_minutes",
                    models.PositiveIntegerField(
                        default=15,
                        help_text="After a wrong answer, and after a run.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1440),
                        ],
                        verbose_name="minutes of cool-down",
                    ),
                ),
                (
                    "cool_down_of",
                    models.CharField(
                        choices=[("person", "the person who sells"), ("shop", "the whole shop")],
                        default="person",
                        max_length=10,
                        verbose_name="the cool-down is for",
                    ),
                ),
                (
                    "large_is_on",
                    models.BooleanField(
                        default=True,
                        verbose_name="ask before a large sale to a number new to the shop",
                    ),
                ),
                (
                    "large_above",
                    models.DecimalField(
                        decimal_places=2,
                        default=Decimal("50"),
                        max_digits=14,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="large is a price above",
                    ),
                ),
                (
                    "large_asks",
                    models.CharField(
                        choices=[
                            ("digits", "the last four digits, typed again"),
                            ("tick", "a tick that the number was read out and is right"),
                        ],
                        default="digits",
                        max_length=10,
                        verbose_name="it asks for",
                    ),
                ),
                (
                    "pause_is_on",
                    models.BooleanField(default=True, verbose_name="pause an operator that fails"),
                ),
                (
                    "pause_after",
                    models.PositiveIntegerField(
                        default=5,
                        help_text="Only faults of the operator and missing answers count, never a wrong number.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1000),
                        ],
                        verbose_name="failures in a row",
                    ),
                ),
                (
                    "pause_minutes",
                    models.PositiveIntegerField(
                        default=5,
                        help_text="Each failed try afterwards doubles it.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1440),
                        ],
                        verbose_name="minutes of the first pause",
                    ),
                ),
                (
                    "pause_most_minutes",
                    models.PositiveIntegerField(
                        default=60,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1440),
                        ],
                        verbose_name="longest pause, in minutes",
                    ),
                ),
                ("only", models.BooleanField(default=True, editable=False, unique=True)),
            ],
            options={
                "verbose_name": "safety rules",
                "verbose_name_plural": "safety rules",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("only", True)), name="one_row_of_safety_rules"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("cool_down_minutes__gt", 0),
                            ("large_above__gte", 0),
                            ("pause_after__gt", 0),
                            ("pause_minutes__gt", 0),
                            ("pause_most_minutes__gte", models.F("pause_minutes")),
                            ("repeat_minutes__gt", 0),
                            ("run_count__gt", 0),
                            ("run_minutes__gt", 0),
                            ("scam_above__gte", 0),
                            ("scam_count__gt", 0),
                            ("scam_count_minutes__gt", 0),
                            ("scam_quiet_minutes__gt", 0),
                        ),
                        name="safety_rules_are_positive",
                        violation_error_message="The longest pause is shorter than the first one.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SpendHour",
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
                        related_name="spend_hours",
                        to="topup.shop",
                    ),
                ),
                ("hour", models.DateTimeField()),
                ("amount", models.DecimalField(decimal_places=4, max_digits=20)),
            ],
            options={
                "verbose_name": "spending of an hour",
                "verbose_name_plural": "spending by the hour",
                "indexes": [models.Index(fields=["hour"], name="spend_hour_by_time")],
                "constraints": [
                    models.UniqueConstraint(fields=("shop", "hour"), name="spend_hour_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="BlockedNumber",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "prefix",
                    models.CharField(max_length=20, verbose_name="number, or its beginning"),
                ),
                ("is_whole", models.BooleanField(default=True, verbose_name="this number only")),
                (
                    "shop",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="blocked_numbers",
                        to="topup.shop",
                        verbose_name="at this shop and below",
                    ),
                ),
                ("reason", models.CharField(max_length=200, verbose_name="reason")),
                (
                    "made_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("made_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "verbose_name": "blocked number",
                "verbose_name_plural": "blocked numbers",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("prefix", "shop"), name="blocked_once", nulls_distinct=False
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CoolDown",
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
                        related_name="cool_downs",
                        to="topup.shop",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: the whole shop.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cool_downs",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("reason", models.CharField(max_length=200, verbose_name="why")),
                ("began_at", models.DateTimeField(auto_now_add=True, verbose_name="since")),
                ("until", models.DateTimeField(verbose_name="until")),
                ("lifted_at", models.DateTimeField(blank=True, null=True, verbose_name="lifted")),
                (
                    "lifted_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "cool-down",
                "verbose_name_plural": "cool-downs",
                "ordering": ["-id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("lifted_at", None)),
                        fields=["shop", "-until"],
                        name="cool_down_of_shop",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DayClose",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField(unique=True, verbose_name="day")),
                ("figures", models.JSONField(default=dict)),
                ("problems", models.JSONField(default=list)),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="note")),
                ("made_at", models.DateTimeField(auto_now_add=True)),
                ("sealed_at", models.DateTimeField(blank=True, null=True)),
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
                ("digest", models.CharField(blank=True, max_length=64)),
            ],
            options={
                "verbose_name": "daily close",
                "verbose_name_plural": "daily closes",
                "ordering": ["-day"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("digest", ""), ("sealed_at", None), ("sealed_by", None)),
                            models.Q(
                                ("sealed_at__isnull", False),
                                ("sealed_by__isnull", False),
                                models.Q(("digest", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="close_sealed_has_its_digest",
                    )
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="dayclose",
            trigger=pgtrigger.compiler.Trigger(
                name="close_sealed_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n                    IF OLD.sealed_at IS NOT NULL THEN\n                        RAISE EXCEPTION 'the close of % is sealed', OLD.day;\n                    END IF;\n                    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\n                    RETURN NEW;\n                ",
                    hash="23200d8c7ae3ce692807419a9e0bb7f3387b458b",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_close_sealed_stays_9bbc5",
                    table="topup_dayclose",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.CreateModel(
            name="DayTotal",
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
                        related_name="day_totals",
                        to="topup.shop",
                    ),
                ),
                ("day", models.DateField()),
                (
                    "agent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("kind", models.CharField(max_length=10)),
                ("operator_name", models.CharField(blank=True, max_length=120)),
                ("currency", models.CharField(max_length=3)),
                ("sales", models.IntegerField(default=0)),
                ("refused", models.IntegerField(default=0)),
                ("refunds", models.IntegerField(default=0)),
                ("price", models.DecimalField(decimal_places=4, default=0, max_digits=20)),
                ("commission", models.DecimalField(decimal_places=4, default=0, max_digits=20)),
                ("charge", models.DecimalField(decimal_places=4, default=0, max_digits=20)),
                ("cost", models.DecimalField(decimal_places=4, default=0, max_digits=20)),
                ("variance", models.DecimalField(decimal_places=4, default=0, max_digits=20)),
            ],
            options={
                "verbose_name": "total of a day",
                "verbose_name_plural": "totals of days",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("shop", "day", "agent", "kind", "operator_name", "currency"),
                        name="day_total_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="OperatorWeather",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "operator",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="weather",
                        to="catalog.operator",
                    ),
                ),
                ("counted_at", models.DateTimeField(null=True, verbose_name="counted")),
                ("ended", models.PositiveIntegerField(default=0, verbose_name="ended")),
                ("delivered", models.PositiveIntegerField(default=0, verbose_name="delivered")),
                ("failed", models.PositiveIntegerField(default=0, verbose_name="failed")),
                ("median_seconds", models.FloatField(null=True, verbose_name="median, seconds")),
                ("slowest_seconds", models.FloatField(null=True, verbose_name="slowest, seconds")),
                (
                    "failures_in_row",
                    models.PositiveIntegerField(default=0, verbose_name="failures in a row"),
                ),
                ("paused_until", models.DateTimeField(null=True, verbose_name="paused until")),
                (
                    "pauses",
                    models.PositiveSmallIntegerField(
                        default=0, verbose_name="pauses one after the other"
                    ),
                ),
                ("counts_from", models.DateTimeField(null=True)),
                ("probe_key", models.CharField(blank=True, max_length=50)),
                ("probed_at", models.DateTimeField(null=True)),
                (
                    "hold",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "as its sales say"),
                            ("open", "held open: never paused"),
                            ("closed", "held closed: nothing is sold"),
                        ],
                        default="",
                        max_length=10,
                        verbose_name="decided by hand",
                    ),
                ),
                ("hold_reason", models.CharField(blank=True, max_length=200, verbose_name="why")),
                ("held_at", models.DateTimeField(null=True)),
                (
                    "held_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "operator weather",
                "verbose_name_plural": "operator weather",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("hold", ""),
                            models.Q(("hold_reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="held_operator_has_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("probe_key", ""),
                            models.Q(("paused_until__isnull", False), ("probed_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="probe_of_a_pause",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PriceBook",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "version",
                    models.PositiveIntegerField(blank=True, editable=False, null=True, unique=True),
                ),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="what is new")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("published", "published"),
                            ("withdrawn", "withdrawn"),
                        ],
                        default="draft",
                        editable=False,
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "starts_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="in force from"),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("made_at", models.DateTimeField(auto_now_add=True)),
                (
                    "edited_by",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, editable=False
                    ),
                ),
                (
                    "published_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("published_at", models.DateTimeField(editable=False, null=True)),
            ],
            options={
                "verbose_name": "price book",
                "verbose_name_plural": "price books",
                "ordering": ["-id"],
                "permissions": [("publish_pricebook", "Can publish and withdraw price books")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state", "draft"),
                            models.Q(
                                ("published_at__isnull", False),
                                ("starts_at__isnull", False),
                                ("version__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="book_published_has_its_dates",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("made_by", None),
                            ("published_by", None),
                            models.Q(("made_by", models.F("published_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="book_published_by_a_second_person",
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="pricebook",
            trigger=pgtrigger.compiler.Trigger(
                name="book_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n                    IF OLD.state = 'draft' THEN\n                        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\n                        IF NEW.published_by_id = ANY(NEW.edited_by) THEN\n                            RAISE EXCEPTION 'published by one who changed it';\n                        END IF;\n                        RETURN NEW;\n                    END IF;\n                    IF TG_OP = 'DELETE' OR NEW.state <> 'withdrawn' OR OLD.state = 'withdrawn'\n                       OR OLD.starts_at <= clock_timestamp() OR NEW.version <> OLD.version\n                       OR NEW.starts_at <> OLD.starts_at\n                       OR NEW.published_by_id IS DISTINCT FROM OLD.published_by_id\n                       OR NEW.made_by_id IS DISTINCT FROM OLD.made_by_id THEN\n                        RAISE EXCEPTION 'price book % is published', OLD.version;\n                    END IF;\n                    RETURN NEW;\n                ",
                    hash="05ee1bb35816a56c2af3aafdbecfdececf1842e7",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_book_stays_8e24f",
                    table="topup_pricebook",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.CreateModel(
            name="SafetyAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(db_index=True, max_length=50, verbose_name="sale")),
                (
                    "shop",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="topup.shop",
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
                (
                    "rule",
                    models.CharField(
                        choices=[
                            ("money", "money received"),
                            ("repeat", "a second time"),
                            ("scam", "scam question"),
                            ("large", "large sale to a new number"),
                            ("offer", "not as the kiosk showed it"),
                        ],
                        max_length=10,
                        verbose_name="rule",
                    ),
                ),
                ("question", models.CharField(max_length=60, verbose_name="question")),
                ("answer", models.CharField(max_length=60, verbose_name="answer")),
                ("is_right", models.BooleanField(verbose_name="sale goes on")),
                ("at", models.DateTimeField(auto_now_add=True, verbose_name="when")),
            ],
            options={
                "verbose_name": "safety answer",
                "verbose_name_plural": "safety answers",
                "ordering": ["-id"],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="safetyanswer",
            trigger=pgtrigger.compiler.Trigger(
                name="safety_answer_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="4640ad5d24bc68143a19f6e8f01e479e552d0c0a",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_safety_answer_stays_48416",
                    table="topup_safetyanswer",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.CreateModel(
            name="Stop",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("selling", "no sales are sent"),
                            ("absence", "no sale is declined for being unknown"),
                        ],
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(max_length=300)),
                ("since", models.DateTimeField(auto_now_add=True)),
                ("cleared_at", models.DateTimeField(blank=True, null=True)),
                (
                    "cleared_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "stop",
                "verbose_name_plural": "stops",
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("cleared_at", None)),
                        fields=("kind",),
                        name="one_stop_of_a_kind",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Notice",
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
                        related_name="notices",
                        to="topup.shop",
                    ),
                ),
                ("text", models.CharField(max_length=500, verbose_name="text")),
                (
                    "book",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notices",
                        to="topup.pricebook",
                    ),
                ),
                ("made_at", models.DateTimeField(auto_now_add=True)),
                ("read_at", models.DateTimeField(blank=True, null=True)),
                (
                    "read_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "notice",
                "verbose_name_plural": "notices",
                "ordering": ["-id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("read_at", None)), fields=["shop"], name="notice_unread"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PriceRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "book",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rules",
                        to="topup.pricebook",
                    ),
                ),
                (
                    "use",
                    models.CharField(
                        choices=[("price", "price"), ("commission", "commission")],
                        max_length=10,
                        verbose_name="for",
                    ),
                ),
                ("kind", models.CharField(blank=True, max_length=10, verbose_name="kind")),
                (
                    "country",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.country",
                    ),
                ),
                (
                    "operator",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.operator",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.product",
                    ),
                ),
                (
                    "sku",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.sku",
                    ),
                ),
                (
                    "shop",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="topup.shop",
                        verbose_name="shop",
                    ),
                ),
                (
                    "branch",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="topup.shop",
                        verbose_name="branch",
                    ),
                ),
                (
                    "tier",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="topup.tier",
                        verbose_name="tier",
                    ),
                ),
                (
                    "method",
                    models.CharField(
                        choices=[
                            ("markup", "price: cost + %"),
                            ("fee", "price: face value + amount"),
                            ("fee_percent", "price: face value + %"),
                            ("fixed_price", "price: this amount"),
                            ("share_of_margin", "commission: % of price − cost"),
                            ("share_of_face", "commission: % of face value"),
                            ("fixed_commission", "commission: this amount"),
                        ],
                        max_length=20,
                        verbose_name="method",
                    ),
                ),
                (
                    "value",
                    models.DecimalField(decimal_places=4, max_digits=20, verbose_name="value"),
                ),
                (
                    "rounding",
                    models.CharField(
                        blank=True,
                        choices=[("up", "up"), ("nearest", "to the nearest"), ("down", "down")],
                        max_length=10,
                        verbose_name="rounding",
                    ),
                ),
                (
                    "step",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        help_text="Such as 0.05; empty: the smallest unit people pay in.",
                        max_digits=20,
                        null=True,
                        verbose_name="rounded to",
                    ),
                ),
                ("may_lose", models.BooleanField(default=False, verbose_name="may sell at a loss")),
                ("note", models.CharField(blank=True, max_length=100, verbose_name="note")),
            ],
            options={
                "verbose_name": "price rule",
                "verbose_name_plural": "price rules",
                "ordering": ["id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("value__gte", 0)),
                        name="rule_value_not_negative",
                        violation_error_message="The value is not below zero.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("step", None),
                            models.Q(("step__gt", Decimal("0")), ("step__lt", Decimal("1000000"))),
                            _connector="OR",
                        ),
                        name="rule_step_positive",
                        violation_error_message="Round to more than zero, or leave it empty.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("method__in", ("markup", "fee_percent")),
                                ("value__lte", Decimal("1000")),
                            ),
                            models.Q(
                                ("method__in", ("share_of_margin", "share_of_face")),
                                ("value__lte", Decimal("100")),
                            ),
                            models.Q(
                                models.Q(
                                    (
                                        "method__in",
                                        (
                                            "markup",
                                            "fee_percent",
                                            "share_of_margin",
                                            "share_of_face",
                                        ),
                                    ),
                                    _negated=True,
                                ),
                                ("value__lt", Decimal("1000000000")),
                            ),
                            _connector="OR",
                        ),
                        name="rule_value_within_limits",
                        violation_error_message="At most 1000 %% on a price, 100 %% as commission, and amounts below 10^9.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("method", "fixed_price"), _negated=True),
                            ("value__gt", 0),
                            _connector="OR",
                        ),
                        name="rule_fixed_price_positive",
                        violation_error_message="A fixed price is more than zero.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("method__in", ("markup", "fee", "fee_percent", "fixed_price")),
                                ("use", "price"),
                            ),
                            models.Q(
                                ("use", "commission"),
                                models.Q(
                                    ("method__in", ("markup", "fee", "fee_percent", "fixed_price")),
                                    _negated=True,
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="rule_method_fits_use",
                        violation_error_message="This method is for the other use.",
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="pricerule",
            trigger=pgtrigger.compiler.Trigger(
                name="rule_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE book_state text;",
                    func="\n                    SELECT state INTO book_state FROM topup_pricebook\n                     WHERE id = CASE TG_OP WHEN 'DELETE' THEN OLD.book_id ELSE NEW.book_id END\n                       FOR SHARE;\n                    IF book_state <> 'draft'\n                       OR (TG_OP = 'UPDATE' AND NEW.book_id <> OLD.book_id) THEN\n                        RAISE EXCEPTION 'rules of a published price book do not change';\n                    END IF;\n                    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\n                    RETURN NEW;\n                ",
                    hash="a04ac962873742a7cf85894441a7d8977f8e4e6d",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_rule_stays_125a9",
                    table="topup_pricerule",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.CreateModel(
            name="ShopSwitch",
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
                        related_name="switches",
                        to="topup.shop",
                    ),
                ),
                ("kind", models.CharField(blank=True, max_length=10, verbose_name="kind")),
                (
                    "operator",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.operator",
                    ),
                ),
                (
                    "sku",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.sku",
                    ),
                ),
                ("is_on", models.BooleanField(default=False, verbose_name="on sale")),
            ],
            options={
                "verbose_name": "switch",
                "verbose_name_plural": "switches",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("shop", "kind", "operator", "sku"),
                        name="switch_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                models.Q(("kind", ""), _negated=True),
                                ("operator", None),
                                ("sku", None),
                            ),
                            models.Q(("kind", ""), ("operator__isnull", False), ("sku", None)),
                            models.Q(("kind", ""), ("operator", None), ("sku__isnull", False)),
                            _connector="OR",
                        ),
                        name="switch_of_one_thing",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WhatIf",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "book",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="replays",
                        to="topup.pricebook",
                        verbose_name="price book",
                    ),
                ),
                ("since", models.DateTimeField(verbose_name="from")),
                ("until", models.DateTimeField(verbose_name="until")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting"),
                            ("running", "counting"),
                            ("done", "done"),
                            ("failed", "failed"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("sales_total", models.PositiveIntegerField(null=True)),
                ("sales_done", models.PositiveIntegerField(default=0)),
                ("result", models.JSONField(default=list)),
                (
                    "asked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="asked by",
                    ),
                ),
                ("asked_at", models.DateTimeField(auto_now_add=True, verbose_name="asked at")),
                ("moved_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "verbose_name": "what-if",
                "verbose_name_plural": "what-ifs",
                "ordering": ["-id"],
            },
        ),
    ]
