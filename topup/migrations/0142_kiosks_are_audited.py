"""The audit log watches what people do with a kiosk; not what it tells of itself."""

from django.db import migrations

IGNORED = (
    "last_seen_at,version,paper,reloaded_at,help_wanted_at,help_answered_at,"
    "token_hash,old_token_hash,rotated_at,old_until"
)


class Migration(migrations.Migration):
    dependencies = [("topup", "0141_kiosks"), ("topup", "0072_audit_watches")]

    operations = [
        migrations.RunSQL(
            "CREATE TRIGGER audit_watch AFTER INSERT OR UPDATE OR DELETE ON topup_kiosk "
            f"FOR EACH ROW EXECUTE FUNCTION topup_audit('{IGNORED}', 'enrol_code_hash')",
            "DROP TRIGGER audit_watch ON topup_kiosk",
        ),
    ]
