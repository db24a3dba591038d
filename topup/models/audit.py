"""Who did what, when, from where, before and after: rows in a chain that nobody can edit unseen.

Rows are written by the trigger `topup_audit` on every table in `WATCHED`, so that bulk
updates and plain SQL are seen too, and by `topup.services.audit.record` for what is no
row (a sign-in, an export). The database fills in who acts (from what `topup.acting`
tells it) and, as the last thing before a commit, the row's place in the chain: sales
write no watched table, so they never wait for it.
"""

from dataclasses import dataclass

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Watched:
    """A table the log watches: columns that are no news, and columns whose value is secret."""

    table: str
    ignored: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()


#: The triggers themselves are in the migrations; `audit_problems` compares the two.
WATCHED = (
    Watched(
        "topup_person", ("last_login", "pin_tries", "pin_locked_until"), ("password", "pin_hash")
    ),
    Watched("topup_person_groups"),
    Watched("topup_person_user_permissions"),
    Watched("auth_group"),
    Watched("auth_group_permissions"),
    Watched("django_admin_log"),
    Watched("topup_shop", ("totals_until", "totals_zone")),
    Watched("topup_tier"),
    Watched("topup_shopswitch"),
    Watched("topup_favourite", ("at",)),
    Watched("topup_blockednumber"),
    Watched("topup_device", ("last_seen_at",), ("token_hash",)),
    # What people do with a kiosk; not what it tells of itself, nor its token of the day.
    Watched("topup_kiosk", (
        "last_seen_at", "version", "paper", "reloaded_at", "help_wanted_at", "help_answered_at",
        "token_hash", "old_token_hash", "rotated_at", "old_until",
    ), ("enrol_code_hash",)),
    Watched("topup_pricebook"),
    Watched("topup_pricerule"),
    Watched("topup_depositrequest"),
    Watched("topup_dispute"),
    Watched("topup_refund"),
    Watched("topup_claim"),
    Watched("topup_resolution"),
    Watched("topup_stop"),
    Watched("topup_dayclose", ("figures", "problems")),
    Watched("topup_factor", ("last_step", "wrong_tries", "locked_until"), ("sealed",)),
    Watched("topup_recoverycode", (), ("digest",)),
    # Of these only what people set: every sale moves a float, every sync a SKU.
    Watched("ledger_account", ("balance", "held", "line_count")),
    Watched("catalog_sku"),
    Watched("topup_safetyrules"),
    Watched("topup_brand"),
    Watched("topup_announcement"),
    # What people do with a file; its rows and how far it is are news of every second.
    Watched("topup_bulkfile", ("next_work_at", "checked_count")),
    # Made by sales, lifted by people.
    Watched("topup_cooldown", ("shop_id", "person_id", "reason", "began_at", "until")),
    # Counted every minute, held by people.
    Watched("topup_operatorweather", (
        "counted_at", "ended", "delivered", "failed", "median_seconds", "slowest_seconds",
        "failures_in_row", "paused_until", "pauses", "counts_from", "probe_key", "probed_at",
    )),
)  # fmt: skip

#: What the digest of a row covers: this text, after the digest of the row before.
LINE = """jsonb_build_array({0}.number, extract(epoch FROM {0}.at), {0}.what, {0}.subject,
    {0}.object_id, {0}.object_name, {0}.shop_id, {0}.person_id, {0}.changes, {0}.actor_id,
    {0}.actor_name, {0}.address, {0}.device_id, {0}.request_id, {0}.origin,
    {0}.database_user)::text"""

#: Held from the moment a row gets its place until the commit.
CHAIN_LOCK = 7_231_001


class What(models.TextChoices):
    CREATED = "created", _("made")
    CHANGED = "changed", _("changed")
    REMOVED = "removed", _("removed")
    SIGNED_IN = "signed_in", _("signed in")
    SIGN_IN_REFUSED = "sign_in_refused", _("sign-in refused")
    SIGN_IN_BRAKED = "sign_in_braked", _("sign-in braked")
    SIGNED_OUT = "signed_out", _("signed out")
    CODE_ACCEPTED = "code_accepted", _("second factor accepted")
    CODE_REFUSED = "code_refused", _("second factor refused")
    EXPORTED = "exported", _("exported")


class AuditEntry(models.Model):
    """One deed. `number` and `digest` are its place in the chain, given at commit.

    No foreign keys: a row stays what it was, whatever becomes of those it names.
    `changes` is {column: [before, after]}; secrets are shown as dots.
    """

    number = models.BigIntegerField(_("number"), null=True, unique=True)
    at = models.DateTimeField(_("when"), auto_now_add=True)
    what = models.CharField(_("deed"), max_length=20, choices=What)
    subject = models.CharField(_("table"), max_length=63, blank=True)
    object_id = models.CharField(max_length=64, blank=True)
    object_name = models.CharField(_("on what"), max_length=200, blank=True)
    shop_id = models.BigIntegerField(null=True)  # whose history it belongs to
    person_id = models.BigIntegerField(null=True)  # on whom, not by whom
    changes = models.JSONField(_("before → after"), default=dict)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(_("who"), max_length=150, blank=True)
    address = models.CharField(_("address"), max_length=100, blank=True)
    device_id = models.BigIntegerField(_("till"), null=True)
    request_id = models.CharField(_("request"), max_length=64, blank=True)
    origin = models.CharField(_("by which page or program"), max_length=100, blank=True)
    database_user = models.CharField(_("user of the database"), max_length=63, blank=True)
    digest = models.CharField(max_length=64, null=True)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        ordering = ["-id"]
        indexes = [
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
                fields=["id"], name="audit_unchained", condition=models.Q(digest=None)
            ),
        ]  # fmt: skip
        triggers = [
            pgtrigger.Protect(name="audit_stays", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="audit_a_who",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("who", "jsonb")],
                func="""
                    who := coalesce(nullif(current_setting('topnet.actor', true), ''), '{}')::jsonb;
                    NEW.number := NULL;
                    NEW.digest := NULL;
                    NEW.at := clock_timestamp();
                    NEW.actor_id := (who ->> 'id')::bigint;
                    NEW.actor_name := coalesce(left(who ->> 'name', 150), '');
                    NEW.address := coalesce(left(who ->> 'address', 100), '');
                    NEW.device_id := (who ->> 'device')::bigint;
                    NEW.request_id := coalesce(left(who ->> 'request_id', 64), '');
                    NEW.origin := coalesce(left(who ->> 'origin', 100), '');
                    NEW.database_user := session_user;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="audit_once",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                    IF OLD.digest IS NOT NULL OR pg_trigger_depth() < 2
                       OR to_jsonb(OLD) - 'number' - 'digest'
                          <> to_jsonb(NEW) - 'number' - 'digest' THEN
                        RAISE EXCEPTION 'the audit log does not change';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="audit_chain",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                declare=[("last_number", "bigint"), ("last_digest", "text")],
                func=f"""
                    PERFORM pg_advisory_xact_lock({CHAIN_LOCK});
                    SELECT number, digest INTO last_number, last_digest
                      FROM topup_auditentry WHERE number IS NOT NULL
                     ORDER BY number DESC LIMIT 1;
                    NEW.number := coalesce(last_number, 0) + 1;
                    UPDATE topup_auditentry
                       SET number = NEW.number,
                           digest = encode(sha256(convert_to(
                               coalesce(last_digest, '') || {LINE.format("NEW")}, 'UTF8'
                           )), 'hex')
                     WHERE id = NEW.id;
                    RETURN NULL;
                """,  # noqa: S608
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number or '–'} {self.get_what_display()} {self.object_name}"


class AuditSeal(models.Model):
    """The chain's last digest at a moment, under a key that the database does not have.

    Who can switch triggers off could write the whole chain anew; not these.
    """

    number = models.BigIntegerField()
    sealed = models.BinaryField()  # {"number": …, "digest": …}
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("seal of the audit log")
        verbose_name_plural = _("seals of the audit log")
        ordering = ["-id"]
        triggers = [pgtrigger.Protect(name="seal_stays", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.number} {self.made_at}"
