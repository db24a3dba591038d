"""The audit log watches what people do with a bulk file; not how far it is."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("topup", "0130_bulk_files"), ("topup", "0072_audit_watches")]

    operations = [
        migrations.RunSQL(
            "CREATE TRIGGER audit_watch AFTER INSERT OR UPDATE OR DELETE ON topup_bulkfile "
            "FOR EACH ROW EXECUTE FUNCTION topup_audit('next_work_at,checked_count', '')",
            "DROP TRIGGER audit_watch ON topup_bulkfile",
        ),
    ]
