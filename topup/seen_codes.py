"""Counts the codes of the provider's answers, so that one without words of ours is noticed.

Counting never fails a sale: what cannot be counted is only logged.
"""

import re
from datetime import timedelta

import structlog
from django.db import DatabaseError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from topup.models import SeenCode
from topup.responses import TABLE
from valuetopup import codes

log = structlog.get_logger(__name__)
#: In the middle of every sale: to count them would make all workers wait for one row.
_EVERYDAY = {codes.SUCCESS, *codes.PENDING}
NEWS_FOR = timedelta(days=7)
#: A number, an account, a code: of one customer, and no news of the response code.
_LONG = re.compile(r"\d(?:[\s-]?\d){4,}")
UNKNOWN = ~Q(code__in=TABLE) & ~Q(code__startswith="H")


def count_code(*, code: str, text: str = "") -> None:
    """One more answer with this code. Adds up whoever else counts at the same time."""
    code, text = code.replace("\x00", "")[:10], _LONG.sub("…", text.replace("\x00", ""))[:200]
    if not code or code in _EVERYDAY:
        return
    try:
        with transaction.atomic():
            if not _add(code, text):
                row = SeenCode(code=code, last_seen_at=timezone.now())
                SeenCode.objects.bulk_create([row], ignore_conflicts=True)
                _add(code, text)
    except DatabaseError as error:
        log.warning("a code is not counted", response_code=code, error=type(error).__name__)


def unknown_codes() -> QuerySet[SeenCode]:
    """Codes without words of ours that were seen in the last seven days."""
    return SeenCode.objects.filter(UNKNOWN, last_seen_at__gte=timezone.now() - NEWS_FOR)


def _add(code: str, text: str) -> int:
    rows = SeenCode.objects.filter(code=code)
    return rows.update(times=F("times") + 1, last_seen_at=timezone.now(), text=text)
