"""One sync from claim to record: read everything, judge it, then write it at once.

No list is written before all are read, and no call is made inside a transaction.
"""

import time
from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from catalog.enums import SyncState
from catalog.models import SyncRun
from catalog.provider import client
from catalog.queries import wrong_currency_text
from catalog.sync import guard
from catalog.sync.apply import apply
from catalog.sync.claim import beat, claimed, finish
from catalog.sync.confirm import confirm_run as record_confirmation
from catalog.sync.confirm import pending_confirmation
from catalog.sync.extras import read_extras
from catalog.sync.fetch import FetchError, fetch
from catalog.sync.plan import counts, make_plan
from catalog.sync.rows import wanted_rows
from catalog.sync.words import differences

LIST_SECONDS = 60.0  # for the whole answer of one list; the longest has thousands of rows
_BEAT_EVERY = 5.0


def sync_catalog(
    *,
    asked_by: AbstractBaseUser | None = None,
    confirm_run: SyncRun | None = None,
    progress: Callable[[str], None] | None = None,
) -> SyncRun:
    """Sync the catalogue now; returns the record, APPLIED, HELD or FAILED.

    `confirm_run` is a held run whose oddities a person accepts; without it one
    that was confirmed earlier is used, if it has not been yet. `progress` gets a
    line at each step. Errors: `SyncRunningError` (nothing done),
    `NotConfirmableError`. Safe to repeat. Not inside a transaction.
    """
    if confirm_run is not None and confirm_run.confirmed_at is None:
        confirm_run = record_confirmation(run_id=confirm_run.pk, by=asked_by)
    with claimed(asked_by=asked_by) as run:
        return _sync(run, confirm_run or pending_confirmation(), progress or _silent)


def _sync(run: SyncRun, confirmed: SyncRun | None, progress: Callable[[str], None]) -> SyncRun:
    tell = _telling(run, progress)
    try:
        fetched = fetch(client(deadline=LIST_SECONDS), tell)
    except FetchError as error:
        finish(run, SyncState.FAILED, reason=str(error))
        tell(run.reason)
        return run
    tell(_("Comparing…"))
    plans = make_plan(wanted_rows(fetched))
    found = guard.suspicions(fetched, plans)
    currency = guard.cost_currency(fetched)
    record: dict[str, Any] = {
        "counts": counts(plans),
        "differences": differences(plans),
        "suspicions": {suspicion.kind: round(suspicion.size, 4) for suspicion in found},
        "cost_currency": currency,
    }
    reason = _reason_to_hold(currency, found, confirmed)
    if reason:
        finish(run, SyncState.HELD, reason=reason, **record)
        tell(run.reason)
        return run
    tell(_("Writing…"))
    with transaction.atomic():
        finish(run, SyncState.APPLIED, confirms=confirmed if found else None, **record)
        apply(plans)
    _read_extras(run, tell)
    tell(_("Done."))
    return run


def _read_extras(run: SyncRun, tell: Callable[[str], None]) -> None:
    """What comes beside the lists; what could not be had is noted on the run."""
    notes = read_extras(client(deadline=LIST_SECONDS), tell)
    if notes:
        run.notes = "\n".join(notes)
        run.save(update_fields=["notes"])


def _reason_to_hold(currency: str, found: list[guard.Suspicion], confirmed: SyncRun | None) -> str:
    """Why the plan may not be applied; "" if it may."""
    wrong = wrong_currency_text(currency)
    if wrong:
        return wrong
    if guard.is_covered(found, confirmed):
        return ""
    return " ".join([*(suspicion.text for suspicion in found), _("Nothing was changed.")])


def _telling(run: SyncRun, progress: Callable[[str], None]) -> Callable[[str], None]:
    """A `progress` that also beats, at most every few seconds."""
    last = time.monotonic()

    def tell(text: str) -> None:
        nonlocal last
        progress(text)
        if time.monotonic() - last > _BEAT_EVERY and run.state == SyncState.RUNNING:
            last = time.monotonic()
            beat(run)

    return tell


def _silent(_text: str) -> None:
    return
