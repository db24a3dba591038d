"""The row of safety rules, and what the audit log watches of rules, cool-downs and weather."""

from typing import Any

from django.db import migrations

_COUNTED = (
    "counted_at,ended,delivered,failed,median_seconds,slowest_seconds,failures_in_row,"
    "paused_until,pauses,counts_from,probe_key,probed_at"
)
#: table, columns that are no news, and what fires: sales and counting never do.
WATCHES = (
    ("topup_safetyrules", "", "INSERT OR UPDATE OR DELETE"),
    (
        "topup_cooldown", "shop_id,person_id,reason,began_at,until",
        "UPDATE OF lifted_at, lifted_by_id",
    ),
    (
        "topup_operatorweather", _COUNTED,
        "UPDATE OF hold, hold_reason, held_at, held_by_id",
    ),
)  # fmt: skip


def watch(table: str, ignored: str, fires: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE TRIGGER audit_watch AFTER {fires} ON {table} FOR EACH ROW "
        f"EXECUTE FUNCTION topup_audit('{ignored}', '')",
        f"DROP TRIGGER audit_watch ON {table}",
    )


def make_rules(apps: Any, schema_editor: Any) -> None:
    apps.get_model("topup", "SafetyRules").objects.get_or_create(only=True)


class Migration(migrations.Migration):
    dependencies = [("topup", "0121_operator_weather"), ("topup", "0072_audit_watches")]

    operations = [
        migrations.RunPython(make_rules, migrations.RunPython.noop),
        *(watch(*one) for one in WATCHES),
    ]
