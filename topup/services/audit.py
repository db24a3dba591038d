"""The audit log: what is written down that is no row, and whether the log was touched."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import structlog
from django.apps import apps
from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from topup import sealing
from topup.models import AuditEntry, AuditSeal, Person, What
from topup.models.alarm import AlarmKind
from topup.models.audit import LINE, WATCHED
from topup.services import alarms

log = structlog.get_logger(__name__)


def record(
    what: What,
    *,
    name: str = "",
    person: Person | None = None,
    shop_id: int | None = None,
    **changes: Any,
) -> None:
    """Write down a deed that changes no watched row: a sign-in, an export.

    `name` says on what, `person` on whom; `changes` become {key: [None, value]}. Who
    acts, when and from where is added by the database.
    """
    AuditEntry.objects.create(
        what=what,
        object_name=(name or (person.username if person else ""))[:200],
        person_id=person.pk if person else None,
        shop_id=person.shop_id if person else shop_id,
        changes={key: [None, value] for key, value in changes.items() if value},
    )


@transaction.atomic
def seal_audit() -> AuditSeal | None:
    """Keep the chain's last digest under our own key, so that no rewriting goes unseen.

    Only for a chain that was found whole. None if nothing is new. Safe to repeat.
    """
    last = AuditEntry.objects.exclude(number=None).order_by("-number").first()
    known = AuditSeal.objects.aggregate(number=Max("number"))["number"] or 0
    if last is None or last.number is None or last.number == known:
        return None
    sealed = sealing.seal({"number": last.number, "digest": last.digest})
    return AuditSeal.objects.create(number=last.number, sealed=sealed)


def check_audit() -> list[str]:
    """What is wrong with the log; an alarm if anything is, else its end is sealed and logged.

    The line in the server's log is a copy of the end that the database cannot change.
    Safe to repeat.
    """
    found = audit_problems()
    if found:
        alarms.raise_alarm(AlarmKind.AUDIT, "; ".join(found[:3]))
        return found
    seal_audit()
    log.info("audit log is whole", end=audit_end())
    return []


def audit_end() -> str:
    """The last place of the chain as NUMBER:DIGEST; "" while the log is empty."""
    last = AuditEntry.objects.exclude(number=None).order_by("-number").first()
    return f"{last.number}:{last.digest}" if last else ""


def audit_problems() -> list[str]:
    """Everything that is wrong with the log, in words; empty if nobody has touched it.

    Reads the whole log once, in the database: some seconds for each million rows.
    """
    return [*_unchained(), *_broken(), *_missed_seals(), *_unwatched()]


def _unchained() -> Iterator[str]:
    found = AuditEntry.objects.filter(digest=None).order_by("id").first()
    if found:
        yield _("Row %(id)s of the audit log has no place in the chain.") % {"id": found.pk}


#: The text is made here and not by a function of the database: that one could be changed.
_FIRST_BROKEN = f"""
    SELECT number, previous FROM (
        SELECT e.number, lag(e.number) OVER chain AS previous,
               e.number = coalesce(lag(e.number) OVER chain, 0) + 1
               AND e.digest = encode(sha256(convert_to(
                   coalesce(lag(e.digest) OVER chain, '') || {LINE.format("e")}, 'UTF8'
               )), 'hex') AS is_whole
          FROM topup_auditentry e WHERE e.number IS NOT NULL
        WINDOW chain AS (ORDER BY e.number)
    ) rows WHERE NOT is_whole ORDER BY number LIMIT 1
"""  # noqa: S608


def _broken() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(_FIRST_BROKEN)
        found = cursor.fetchone()
    if found is None:
        return
    number, previous = found
    if number != (previous or 0) + 1:
        text = _("Rows %(from)s to %(to)s of the audit log are gone.")
        yield text % {"from": (previous or 0) + 1, "to": number - 1}
    else:
        yield _("Row %(number)s of the audit log was changed.") % {"number": number}


def _missed_seals() -> Iterator[str]:
    """The first seal that the chain does not fit: it was written anew, or its end is gone."""
    for seal in AuditSeal.objects.order_by("number").iterator():
        row = AuditEntry.objects.filter(number=seal.number).first()
        told = {"number": seal.number}
        if row is None:
            yield _("The audit log had %(number)s rows and ends before that.") % told
            return
        try:
            is_right = sealing.unseal(seal.sealed) == {"number": row.number, "digest": row.digest}
        except sealing.SealError:
            yield _("The seal of row %(number)s of the audit log cannot be opened.") % told
            return
        if not is_right:
            yield _("The audit log up to row %(number)s was written anew.") % told
            return


def _unwatched() -> Iterator[str]:
    """Tables whose trigger is gone or switched off; what happens there is not taken down."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger"
            " WHERE tgname = 'audit_watch' AND tgenabled IN ('O', 'A')"
        )
        watched = {row[0] for row in cursor.fetchall()}
        cursor.execute(
            "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'topup_auditentry'::regclass"
            " AND tgname LIKE 'pgtrigger_audit_%' AND tgenabled IN ('O', 'A')"
        )
        guards = cursor.fetchone()[0]
    for table in WATCHED:
        if table.table not in watched:
            yield _("The audit log does not watch %(table)s.") % {"table": table.table}
    if guards != len(AuditEntry._meta.triggers):  # type: ignore[attr-defined]
        yield _("The audit log is not guarded: a trigger of it is gone or switched off.")


def called(table: str) -> str:
    """What people call a table, in their language."""
    model = _models().get(table)
    return str(model._meta.verbose_name) if model else table


@cache
def _models() -> dict[str, Any]:
    return {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}
