"""Disputes, refunds, claims and closes are guarded; decisions about sales by hand."""

import django.contrib.postgres.indexes
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

#: What a person decides by hand is in the audit log, like a dispute.
WATCH = """
CREATE TRIGGER audit_watch AFTER INSERT OR UPDATE OR DELETE ON topup_resolution FOR EACH ROW
EXECUTE FUNCTION topup_audit('', '')
"""


class Migration(migrations.Migration):
    dependencies = [
        ("topup", "0022_drafts_know_their_editors"),
    ]

    operations = [
        migrations.CreateModel(
            name="Resolution",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "way",
                    models.CharField(
                        choices=[
                            ("completed", "it was delivered: the shop pays"),
                            ("declined", "it was refused: nothing is paid"),
                            ("reversed", "give the money back, whatever became of it"),
                            ("leave", "leave the shop its float: the loss is ours"),
                            ("charge", "charge the shop, as agreed with it"),
                        ],
                        max_length=10,
                        verbose_name="what happened",
                    ),
                ),
                (
                    "amount",
                    models.DecimalField(decimal_places=4, max_digits=20, verbose_name="amount"),
                ),
                ("currency", models.CharField(max_length=3)),
                ("reason", models.CharField(max_length=300, verbose_name="reason")),
                ("evidence", models.CharField(blank=True, max_length=500, verbose_name="evidence")),
                (
                    "needs_two",
                    models.BooleanField(default=False, verbose_name="needs a second person"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waits for a second person"),
                            ("done", "done"),
                            ("dropped", "dropped"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("asked_at", models.DateTimeField(auto_now_add=True)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "decision about a sale",
                "verbose_name_plural": "decisions about sales",
                "ordering": ["-id"],
            },
        ),
        migrations.AddField(
            model_name="claim",
            name="reference",
            field=models.CharField(
                blank=True, max_length=60, verbose_name="the provider's reference"
            ),
        ),
        migrations.AlterField(
            model_name="sale",
            name="basis",
            field=models.CharField(
                blank=True,
                choices=[
                    ("refused", "the provider refused it"),
                    ("absent", "the provider does not know it"),
                    ("doubtful", "the provider repeated a doubtful answer"),
                    ("by_hand", "a person found out"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="claim",
            index=models.Index(
                condition=models.Q(("state__in", ["open", "write_off_asked"])),
                fields=["opened_at"],
                name="claim_open",
            ),
        ),
        migrations.AddIndex(
            model_name="saleevent",
            index=django.contrib.postgres.indexes.BrinIndex(
                autosummarize=True, fields=["at"], name="sale_event_by_time"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="claim",
            trigger=pgtrigger.compiler.Trigger(
                name="claim_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="b42fdbd7a17259c191dfc6535f0194288f44be86",
                    operation="DELETE",
                    pgid="pgtrigger_claim_stays_82948",
                    table="topup_claim",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="claim",
            trigger=pgtrigger.compiler.Trigger(
                name="claim_closed_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n                    IF OLD.state IN ('credited', 'written_off') OR OLD.sale_id <> NEW.sale_id\n                       OR OLD.currency <> NEW.currency THEN\n                        RAISE EXCEPTION 'claim % does not change', OLD.id;\n                    END IF;\n                    RETURN NEW;\n                ",
                    hash="64f1feae6b6afe57d3ed1bc36b4ba82dc05a7b32",
                    operation="UPDATE",
                    pgid="pgtrigger_claim_closed_stays_7f688",
                    table="topup_claim",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="dispute",
            trigger=pgtrigger.compiler.Trigger(
                name="dispute_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="0e5031ab45d185eace2b4abbc2cddfd39453f8a0",
                    operation="DELETE",
                    pgid="pgtrigger_dispute_stays_6735b",
                    table="topup_dispute",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="dispute",
            trigger=pgtrigger.compiler.Trigger(
                name="dispute_moves",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{open:refunded,open:refused,open:reviewed,open:withdrawn,reviewed:refunded,reviewed:refused,reviewed:withdrawn}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="15a5691d2a537b348648ff44932e6e9fc9387f1a",
                    operation="UPDATE",
                    pgid="pgtrigger_dispute_moves_a2dd3",
                    table="topup_dispute",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="dispute",
            trigger=pgtrigger.compiler.Trigger(
                name="dispute_decided_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n                    IF OLD.state NOT IN ('open', 'reviewed') OR OLD.sale_id <> NEW.sale_id\n                       OR OLD.raised_by_id <> NEW.raised_by_id OR OLD.reason <> NEW.reason\n                       OR OLD.text <> NEW.text THEN\n                        RAISE EXCEPTION 'dispute % does not change', OLD.id;\n                    END IF;\n                    RETURN NEW;\n                ",
                    hash="2554cb16a449db20d15d82d60e9129a9ca95a1ee",
                    operation="UPDATE",
                    pgid="pgtrigger_dispute_decided_stays_65157",
                    table="topup_dispute",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="refund",
            trigger=pgtrigger.compiler.Trigger(
                name="refund_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="dfb5f830eb75fda2ce7ceb28f381a617a3a9f5bb",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_refund_stays_fdf96",
                    table="topup_refund",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "credited"), _negated=True),
                    models.Q(
                        ("closed_at__isnull", False),
                        ("closed_by__isnull", False),
                        models.Q(("reference", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="claim_credited_has_its_reference",
            ),
        ),
        migrations.AddConstraint(
            model_name="dayclose",
            constraint=models.CheckConstraint(
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
            ),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["refunded", "refused"]), _negated=True),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                        models.Q(("answer", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="dispute_decided_has_its_answer",
            ),
        ),
        migrations.AddField(
            model_name="resolution",
            name="asked_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="resolution",
            name="decided_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="resolution",
            name="sale",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="resolutions",
                to="topup.sale",
            ),
        ),
        migrations.AddConstraint(
            model_name="resolution",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "waiting")),
                fields=("sale",),
                name="one_waiting_resolution",
            ),
        ),
        migrations.AddConstraint(
            model_name="resolution",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "done"), ("way__in", ("leave", "charge"))),
                fields=("sale",),
                name="late_delivery_settled_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="resolution",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gte", 0)), name="resolution_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="resolution",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "done"), _negated=True),
                    models.Q(
                        ("decided_by__isnull", False),
                        models.Q(
                            ("needs_two", False),
                            models.Q(("decided_by", models.F("asked_by")), _negated=True),
                            _connector="OR",
                        ),
                    ),
                    _connector="OR",
                ),
                name="resolution_by_two",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="resolution",
            trigger=pgtrigger.compiler.Trigger(
                name="resolution_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="2bba7f7fe4bfc0a7b1c12ebebbafaa7f65b0dee4",
                    operation="DELETE",
                    pgid="pgtrigger_resolution_stays_8716a",
                    table="topup_resolution",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="resolution",
            trigger=pgtrigger.compiler.Trigger(
                name="resolution_decided_once",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n                    IF OLD.state <> 'waiting' OR OLD.sale_id <> NEW.sale_id OR OLD.way <> NEW.way\n                       OR OLD.amount <> NEW.amount OR OLD.needs_two <> NEW.needs_two\n                       OR OLD.asked_by_id <> NEW.asked_by_id OR OLD.reason <> NEW.reason THEN\n                        RAISE EXCEPTION 'a decision about a sale does not change';\n                    END IF;\n                    RETURN NEW;\n                ",
                    hash="2220be709c27ba28b8517dd107a3778884487368",
                    operation="UPDATE",
                    pgid="pgtrigger_resolution_decided_once_58525",
                    table="topup_resolution",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.RunSQL(WATCH, "DROP TRIGGER audit_watch ON topup_resolution"),
    ]
