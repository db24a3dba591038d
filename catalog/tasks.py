"""Work for the catalogue's queue. Ids in, nothing out; the record is the SyncRun."""

import logging
from typing import Any

from celery import shared_task
from django.contrib.auth import get_user_model
from kombu.exceptions import OperationalError

from catalog.errors import NotConfirmableError, SyncLostError, SyncRunningError
from catalog.logos import work
from catalog.models import SyncRun
from catalog.provider import client
from catalog.sync import promotions, sync_catalog
from valuetopup.errors import ValueTopupError

_log = logging.getLogger(__name__)
LIST_SECONDS = 30.0  # for the whole answer of one of the two lists


@shared_task(name="catalog.sync_catalog_task")
def sync_catalog_task(asked_by_id: int | None = None, confirm_run_id: int | None = None) -> None:
    """Sync the catalogue. Safe to repeat: a second one beside the first does nothing."""
    people = get_user_model()._default_manager
    asked_by = people.filter(pk=asked_by_id).first() if asked_by_id else None
    confirm_run = SyncRun.objects.filter(pk=confirm_run_id).first() if confirm_run_id else None
    try:
        run = sync_catalog(asked_by=asked_by, confirm_run=confirm_run)
    except SyncRunningError:
        _log.info("catalogue sync skipped: one is running")
    except (SyncLostError, NotConfirmableError) as error:
        _log.warning("catalogue sync ended: %s", type(error).__name__)
    else:
        _log.info("catalogue sync %s: %s %s", run.pk, run.state, run.reason)
        _nudge(fetch_logos_task)


@shared_task(name="catalog.refresh_promotions_task")
def refresh_promotions_task() -> None:
    """Read current and upcoming promotions. Safe to repeat; without an answer nothing changes."""
    try:
        found = promotions.refresh(client(deadline=LIST_SECONDS))
    except ValueTopupError as error:
        _log.warning("promotions not read: %s", type(error).__name__)
    else:
        _log.info("promotions read: %s", found)


@shared_task(name="catalog.fetch_logos_task")
def fetch_logos_task() -> None:
    """Fetch pictures for some seconds; what is left has the next turn. Safe to repeat."""
    work.list_addresses()
    if left := work.fetch_due():
        _log.info("logos: %s are left for the next turn", left)
        _nudge(fetch_logos_task)


def _nudge(task: Any) -> None:
    """Queue a task behind those that wait; beat does it too, so a broker may be away."""
    try:
        task.apply_async(expires=300)
    except OperationalError as error:
        _log.warning("%s is not queued: %s", task.name, type(error).__name__)
