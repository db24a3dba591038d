"""Keeps the provider's own list of response codes."""

from django.utils import timezone

from catalog.models import ErrorCode
from catalog.sync import fields
from valuetopup import Client

LANGUAGE = "en"  # the call offers no other


def refresh(client: Client) -> int:
    """Read the list; how many codes it has. Codes that left it are kept. Safe to repeat."""
    now = timezone.now()
    found = {
        code: fields.text(row.message, 300)
        for row in client.error_codes()
        if (code := fields.text(row.code, 10))
    }
    ErrorCode.objects.bulk_create(
        [
            ErrorCode(code=code, language=LANGUAGE, text=text, last_seen_at=now)
            for code, text in found.items()
        ],
        update_conflicts=True,
        unique_fields=["code", "language"],
        update_fields=["text", "last_seen_at"],
    )
    return len(found)
