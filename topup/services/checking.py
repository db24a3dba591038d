"""The nightly check of the books: checkpoints of the house, then every cent."""

import structlog
from django.db import DatabaseError
from django.utils.translation import ngettext

from ledger.services import make_checkpoints
from topup import books
from topup.models.alarm import AlarmKind
from topup.services import alarms

log = structlog.get_logger(__name__)


def check_books() -> list[str]:
    """What does not add up, in words; an alarm with the first of it. Safe to repeat.

    The checkpoints are written first, so that this very check proves them.
    """
    try:
        make_checkpoints()
    except DatabaseError as error:  # lines were being written for two seconds: the next night
        log.warning("no checkpoints", error=str(error))
    found = list(books.problems())
    log.info("books checked", problems=len(found))
    if found:
        words = ngettext(
            "%(count)d problem: %(first)s", "%(count)d problems: %(first)s", len(found)
        )
        values = {"count": len(found), "first": "; ".join(found[:3])}
        alarms.raise_alarm(AlarmKind.BOOKS, (words % values)[:300])
    return found
