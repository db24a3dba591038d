"""The audit log and its seals: append-only, in a chain, numbered at commit."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("topup", "0021_what_if")]

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
                    models.Index(
                        condition=models.Q(("digest", None)), fields=["id"], name="audit_unchained"
                    ),
                ],
            },
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
    ]
