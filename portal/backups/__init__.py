"""Backups of the database, and bringing one back so that nothing of it is sold twice.

`archive` reads a backup without a database, `programs` finds Postgres' own programs and
the embedded server, `making` writes one, `restoring` brings one back in one transaction.
The keys are never in a backup: sealed PINs stay sealed in it.
"""

from portal.backups.archive import Archive
from portal.backups.making import make_backup
from portal.backups.programs import BackupError, database_alone
from portal.backups.restoring import Restored, restore

__all__ = ["Archive", "BackupError", "Restored", "database_alone", "make_backup", "restore"]
