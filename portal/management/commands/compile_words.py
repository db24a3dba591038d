"""Compiles locale/*/LC_MESSAGES/django.po: no gettext program is needed on any machine."""

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.core.management.base import BaseCommand

#: Babel would write the moment of compiling into the file.
MADE = datetime(2026, 1, 1, tzinfo=UTC)


def compiled(path: Path) -> bytes:
    """The .mo of a .po; the same words always make the same bytes."""
    with path.open("rb") as source:
        catalog = read_po(source)
    catalog.creation_date = catalog.revision_date = MADE
    made = BytesIO()
    write_mo(made, catalog)
    return made.getvalue()


class Command(BaseCommand):
    help = "Compiles the words in locale/. Run it after a change there; both files are committed."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        for folder in settings.LOCALE_PATHS:
            for path in sorted(Path(folder).glob("*/LC_MESSAGES/django.po")):
                path.with_suffix(".mo").write_bytes(compiled(path))
                self.stdout.write(f"{path.parts[-3]}: done")
