"""Whether a database can be brought up to date (docs/operations.md, Upgrading)."""

from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder


def require_known_past() -> None:
    """Migrations that stand for earlier ones can go on from all of them or from none."""
    loader = MigrationLoader(None, load=False)
    loader.load_disk()
    applied = MigrationRecorder(connection).applied_migrations()
    open_ones = [one for key, one in loader.disk_migrations.items() if key not in applied]
    earlier = [name for migration in open_ones for name in migration.replaces]
    missing = [name for name in earlier if name not in applied]
    if 0 < len(missing) < len(earlier):
        raise CommandError(
            f"The database is of an earlier version: it lacks {'.'.join(missing[0])}. "
            "Bring it up to date first, see docs/operations.md, Upgrading."
        )
