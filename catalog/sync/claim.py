"""One sync at a time, also when a process dies in the middle of one.

The database allows one RUNNING row. An advisory lock on a connection of its own
tells a live run from a dead one: Postgres frees it with the process. A run that
holds the lock but has not beaten for ten minutes (frozen) is given up as well;
should it wake up, `finish` and `SyncLostError` keep it from writing.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.enums import SyncState
from catalog.errors import SyncLostError, SyncRunningError
from catalog.models import SyncRun

DEAD_AFTER = timedelta(minutes=10)
_LOCK = 0x70_6E_63_61  # any number that nobody else locks


@contextmanager
def claimed(**fields: Any) -> Iterator[SyncRun]:
    """A RUNNING row of our own until the block ends. Error: `SyncRunningError`.

    A block that leaves the row running (an exception) leaves it FAILED.
    """
    with _advisory_lock() as is_ours:
        run = _begin(is_ours, fields)
        try:
            yield run
        except SyncLostError:
            raise
        except BaseException as error:
            finish(run, SyncState.FAILED, reason=_stopped(error))
            raise


def beat(run: SyncRun) -> None:
    """Say that this run lives. Error: `SyncLostError` if it was given up."""
    now = timezone.now()
    if not SyncRun.objects.filter(pk=run.pk, state=SyncState.RUNNING).update(heartbeat_at=now):
        raise SyncLostError


def finish(run: SyncRun, state: SyncState, **fields: Any) -> None:
    """End a run that is still ours. Error: `SyncLostError` if it was given up.

    Inside a transaction this also keeps others from giving it up until commit.
    """
    fields |= {"state": state, "finished_at": timezone.now(), "heartbeat_at": timezone.now()}
    if not SyncRun.objects.filter(pk=run.pk, state=SyncState.RUNNING).update(**fields):
        raise SyncLostError
    for name, value in fields.items():
        setattr(run, name, value)


def running() -> SyncRun | None:
    """The run that is under way, dead or alive."""
    return SyncRun.objects.filter(state=SyncState.RUNNING).first()


def _begin(is_ours: bool, fields: dict[str, Any]) -> SyncRun:
    dead = SyncRun.objects.filter(state=SyncState.RUNNING)
    if not is_ours:
        dead = dead.filter(heartbeat_at__lt=timezone.now() - DEAD_AFTER)
    given_up = dead.update(
        state=SyncState.FAILED,
        finished_at=timezone.now(),
        reason=_("The process that ran this sync ended before it was done. Nothing was changed."),
    )
    if not is_ours and not given_up:
        raise SyncRunningError(running())
    try:
        with transaction.atomic():
            return SyncRun.objects.create(state=SyncState.RUNNING, **fields)
    except IntegrityError:
        raise SyncRunningError(running()) from None


@contextmanager
def _advisory_lock() -> Iterator[bool]:
    """Whether we hold the lock. Its own connection: ours may come and go with a pool."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
            is_ours = bool(cursor.fetchone()[0])
        try:
            yield is_ours
        finally:
            # Closing does not free the lock of a connection that goes back to a pool.
            if is_ours:
                _unlock(other)
    finally:
        other.close()


def _unlock(other: Any) -> None:
    with suppress(DatabaseError), other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def _stopped(error: BaseException) -> str:
    if isinstance(error, Exception):
        return _("An error in the program ended this sync (%(error)s). Nothing was changed.") % {
            "error": f"{type(error).__name__}: {error}"[:300]
        }
    return _("This sync was stopped. Nothing was changed.")
