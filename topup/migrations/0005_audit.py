"""What the audit log watches: one trigger function, and a trigger on each table."""

from typing import Any

from django.db import migrations

FUNCTION = """
CREATE FUNCTION topup_audit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ignored text[] := string_to_array(TG_ARGV[0], ',');
    hidden text[] := string_to_array(TG_ARGV[1], ',');
    old_row jsonb := '{}';
    new_row jsonb := '{}';
    one jsonb;
    diff jsonb;
    of_shop bigint;
    of_person bigint;
    model text;
    called text;
BEGIN
    IF TG_OP <> 'INSERT' THEN old_row := to_jsonb(OLD); END IF;
    IF TG_OP <> 'DELETE' THEN new_row := to_jsonb(NEW); END IF;
    SELECT jsonb_object_agg(key, CASE
               WHEN key = ANY (hidden) THEN '["•••", "•••"]'::jsonb
               ELSE jsonb_build_array(old_row -> key, new_row -> key) END)
      INTO diff
      FROM jsonb_object_keys(old_row || new_row) AS key
     WHERE key <> ALL (ignored)
       AND coalesce(old_row -> key, 'null') <> coalesce(new_row -> key, 'null');
    IF diff IS NULL THEN RETURN NULL; END IF;
    one := CASE TG_OP WHEN 'DELETE' THEN old_row ELSE new_row END;

    of_shop := coalesce(one ->> 'shop_id', one ->> 'branch_id')::bigint;
    of_person := (one ->> 'person_id')::bigint;
    called := coalesce(one ->> 'name', one ->> 'username', one ->> 'prefix',
                       one ->> 'reference', one ->> 'note', '');
    CASE TG_TABLE_NAME
    WHEN 'topup_shop' THEN of_shop := (one ->> 'id')::bigint;
    WHEN 'topup_person' THEN of_person := (one ->> 'id')::bigint;
    WHEN 'ledger_account' THEN
        SELECT id, name INTO of_shop, called
          FROM topup_shop WHERE float_account_id = (one ->> 'id')::bigint;
    WHEN 'topup_person_groups' THEN
        SELECT name INTO called FROM auth_group WHERE id = (one ->> 'group_id')::bigint;
    WHEN 'topup_person_user_permissions', 'auth_group_permissions' THEN
        SELECT codename INTO called
          FROM auth_permission WHERE id = (one ->> 'permission_id')::bigint;
    WHEN 'topup_factor' THEN
        SELECT username INTO called FROM topup_person WHERE id = of_person;
    WHEN 'topup_recoverycode' THEN
        SELECT p.id, p.username INTO of_person, called
          FROM topup_factor f JOIN topup_person p ON p.id = f.person_id
         WHERE f.id = (one ->> 'factor_id')::bigint;
    WHEN 'topup_dispute', 'topup_refund', 'topup_claim' THEN
        SELECT shop_id, correlation_id INTO of_shop, called
          FROM topup_sale WHERE id = (one ->> 'sale_id')::bigint;
    WHEN 'django_admin_log' THEN
        called := one ->> 'object_repr';
        SELECT app_label || '.' || t.model INTO model
          FROM django_content_type t WHERE id = (one ->> 'content_type_id')::bigint;
        IF model = 'topup.shop' THEN of_shop := (one ->> 'object_id')::bigint; END IF;
        IF model = 'topup.person' THEN of_person := (one ->> 'object_id')::bigint; END IF;
    ELSE NULL;
    END CASE;

    INSERT INTO topup_auditentry
           (what, subject, object_id, object_name, shop_id, person_id, changes)
    VALUES (CASE TG_OP WHEN 'INSERT' THEN 'created' WHEN 'UPDATE' THEN 'changed'
            ELSE 'removed' END,
            TG_TABLE_NAME, one ->> 'id', left(coalesce(called, ''), 200), of_shop, of_person,
            diff);
    RETURN NULL;
END $$;
"""
_COUNTED = (
    "counted_at,ended,delivered,failed,median_seconds,slowest_seconds,failures_in_row,"
    "paused_until,pauses,counts_from,probe_key,probed_at"
)
_TOLD_BY_KIOSKS = (
    "last_seen_at,version,paper,reloaded_at,help_wanted_at,help_answered_at,"
    "token_hash,old_token_hash,rotated_at,old_until"
)
ALL = "INSERT OR UPDATE OR DELETE"
#: table, columns that are no news, columns that are secret, and what fires.
WATCHES = (
    ("topup_person", "last_login,pin_tries,pin_locked_until", "password,pin_hash", ALL),
    ("topup_person_groups", "", "", ALL),
    ("topup_person_user_permissions", "", "", ALL),
    ("auth_group", "", "", ALL),
    ("auth_group_permissions", "", "", ALL),
    ("django_admin_log", "", "", ALL),
    ("topup_shop", "totals_until,totals_zone", "", ALL),
    ("topup_tier", "", "", ALL),
    ("topup_shopswitch", "", "", ALL),
    ("topup_blockednumber", "", "", ALL),
    ("topup_device", "last_seen_at", "token_hash", ALL),
    ("topup_pricebook", "", "", ALL),
    ("topup_pricerule", "", "", ALL),
    ("topup_depositrequest", "", "", ALL),
    ("topup_dispute", "", "", ALL),
    ("topup_refund", "", "", ALL),
    ("topup_claim", "", "", ALL),
    ("topup_stop", "", "", ALL),
    ("topup_dayclose", "figures,problems", "", ALL),
    ("topup_factor", "last_step,wrong_tries,locked_until", "sealed", ALL),
    ("topup_recoverycode", "", "digest", ALL),
    # Every sale moves a float and every sync touches SKUs: only what people set.
    ("ledger_account", "balance,held,line_count", "", "UPDATE OF credit_limit"),
    ("catalog_sku", "", "", "UPDATE OF paused_at, pause_reason"),
    # Of a decision about a sale, of safety, bulk files, kiosks and stars: what people do.
    ("topup_resolution", "", "", ALL),
    ("topup_safetyrules", "", "", ALL),
    (
        "topup_cooldown", "shop_id,person_id,reason,began_at,until", "",
        "UPDATE OF lifted_at, lifted_by_id",
    ),
    ("topup_operatorweather", _COUNTED, "", "UPDATE OF hold, hold_reason, held_at, held_by_id"),
    ("topup_bulkfile", "next_work_at,checked_count", "", ALL),
    ("topup_kiosk", _TOLD_BY_KIOSKS, "enrol_code_hash", ALL),
    ("topup_favourite", "at", "", ALL),
)  # fmt: skip
#: A float that is opened with credit; other accounts are opened in the middle of sales.
OPENED = """
CREATE TRIGGER audit_opened AFTER INSERT ON ledger_account FOR EACH ROW
WHEN (NEW.credit_limit <> 0) EXECUTE FUNCTION topup_audit('balance,held,line_count', '');
"""


def trigger(table: str, ignored: str, hidden: str, fires: str) -> tuple[str, str]:
    """The statements that set a watch and take it away."""
    made = f"CREATE TRIGGER audit_watch AFTER {fires} ON {table} FOR EACH ROW "
    made += f"EXECUTE FUNCTION topup_audit('{ignored}', '{hidden}')"
    return made, f"DROP TRIGGER audit_watch ON {table}"


def make_rules(apps: Any, schema_editor: Any) -> None:
    """The one row of safety rules."""
    apps.get_model("topup", "SafetyRules").objects.get_or_create(only=True)


class Migration(migrations.Migration):
    replaces = [
        ("topup", "0070_audit_log"),
        ("topup", "0072_audit_watches"),
        ("topup", "0073_audit_is_searched"),
        ("topup", "0122_safety_is_audited"),
        ("topup", "0131_bulk_is_audited"),
        ("topup", "0142_kiosks_are_audited"),
        ("topup", "0160_favourites_are_audited"),
    ]

    initial = True

    dependencies = [
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("catalog", "0002_search"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("ledger", "0002_entries"),
        ("topup", "0004_sales"),
    ]

    operations = [
        migrations.RunPython(make_rules, migrations.RunPython.noop),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION topup_audit()"),
        *(migrations.RunSQL(*trigger(*watch)) for watch in WATCHES),
        migrations.RunSQL(OPENED, "DROP TRIGGER audit_opened ON ledger_account"),
    ]
