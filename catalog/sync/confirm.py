"""A person accepts what a held run found odd; the next sync may apply it."""

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone

from catalog.enums import SyncState
from catalog.errors import NotConfirmableError
from catalog.models import SyncRun

JUDGED = (SyncState.HELD, SyncState.APPLIED)  # runs that read every list


def can_confirm(run: SyncRun) -> bool:
    """Only the latest finding waits; a wrong currency is never confirmed, it is set right."""
    return _waits(run) and not _has_successor(run)


def waiting() -> SyncRun | None:
    """The held run that waits for a person's word, if there is one. One query."""
    latest = SyncRun.objects.filter(state__in=JUDGED).order_by("-pk").first()
    return latest if latest and _waits(latest) else None


def confirm_run(*, run_id: int, by: AbstractBaseUser | None) -> SyncRun:
    """Record that `by` accepts a held run. Error: `NotConfirmableError`."""
    run = SyncRun.objects.get(pk=run_id)
    values = {"confirmed_at": timezone.now(), "confirmed_by": by}
    waiting = SyncRun.objects.filter(pk=run_id, state=SyncState.HELD, confirmed_at=None)
    if not can_confirm(run) or not waiting.update(**values):
        raise NotConfirmableError
    run.refresh_from_db()
    return run


def pending_confirmation() -> SyncRun | None:
    """The confirmed run that no sync has applied yet, unless a later one was applied."""
    run = SyncRun.objects.filter(state=SyncState.HELD).exclude(confirmed_at=None).first()
    return run if run and not _was_applied_since(run) else None


def _waits(run: SyncRun) -> bool:
    return (
        run.state == SyncState.HELD
        and bool(run.suspicions)
        and not run.has_wrong_currency
        and run.confirmed_at is None
    )


def _has_successor(run: SyncRun) -> bool:
    """A later run that judged the lists again."""
    return SyncRun.objects.filter(pk__gt=run.pk, state__in=JUDGED).exists()


def _was_applied_since(run: SyncRun) -> bool:
    return SyncRun.objects.filter(pk__gt=run.pk, state=SyncState.APPLIED).exists()
