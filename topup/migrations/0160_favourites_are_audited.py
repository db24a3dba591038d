"""The audit log watches the stars that people of a shop give to goods and take away."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("topup", "0151_new_terms_are_asked"), ("topup", "0072_audit_watches")]

    operations = [
        migrations.RunSQL(
            "CREATE TRIGGER audit_watch AFTER INSERT OR UPDATE OR DELETE ON topup_favourite "
            "FOR EACH ROW EXECUTE FUNCTION topup_audit('at', '')",
            "DROP TRIGGER audit_watch ON topup_favourite",
        ),
    ]
