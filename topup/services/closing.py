"""The daily close: a day counted, asked about at the provider, and sealed by a person.

A close can be made again until it is sealed. Days are sealed in their order, and each
seal covers the one before it, so that none can be taken out or changed unseen.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from topup.errors import DecisionError
from topup.locks import lock_close
from topup.models import DayClose, Person, Role, Sale
from topup.services import dayfigures, provider
from valuetopup.errors import ValueTopupError

#: Of a catch-up after a long stop.
MOST_DAYS = 31
#: Told of each kind of problem; the check of the books has them all.
MOST_TOLD = 20


def close_day(*, day: date, book_problems: Iterable[str] = ()) -> DayClose:
    """Count a day that is over, or count it again. Asks the provider for its balance only.

    Never inside a transaction. `book_problems` are those of the check of the books.
    Error: `DecisionError` for a day that is not over, sealed, or before a sealed one.
    """
    _check_day(day)
    found = dayfigures.figures(day)
    found["provider"] = _balance()
    found["words"] = [*_words(day, found), *list(book_problems)[:MOST_TOLD]]
    total = dayfigures.ended_on(day).filter(sale__submitted_at__isnull=False)
    found["status"] = {
        "of": total.values("sale").distinct().count(), "asked": 0, "agrees": 0, "differs": 0,
        "silent": 0, "last": 0, "words": [],
    }  # fmt: skip
    with transaction.atomic():
        close = lock_close(DayClose.objects.get_or_create(day=day)[0].pk)
        if close.is_sealed:
            raise DecisionError(_("This day is sealed."))
        close.made_at = timezone.now()
        return write(close, found)


def write(close: DayClose, figures: dict[str, Any]) -> DayClose:
    """Figures of a locked close, and its problems in words."""
    close.figures = figures
    close.problems = [*figures["words"], *status_words(figures["status"])]
    close.save(update_fields=["figures", "problems", "made_at"])
    return close


def due_days() -> list[date]:
    """Days that are over and have no close yet: since the last one, or yesterday alone."""
    # What began before midnight may be on its way to its commit for a while.
    yesterday = dayfigures.date_at(timezone.now() - timedelta(minutes=10)) - timedelta(days=1)
    last = DayClose.objects.order_by("-day").values_list("day", flat=True).first()
    if last is None:
        end = dayfigures.bounds(yesterday)[1]
        return [yesterday] if Sale.objects.filter(created_at__lt=end).exists() else []
    first = max(last + timedelta(days=1), yesterday - timedelta(days=MOST_DAYS - 1))
    return [first + timedelta(days=number) for number in range((yesterday - first).days + 1)]


def is_asked(close: DayClose) -> bool:
    """True when every sale of the day was asked about."""
    status = close.figures.get("status", {})
    return bool(status) and status["asked"] >= status["of"]


@transaction.atomic
def seal_close(*, close_id: int, by: Person, note: str = "") -> DayClose:
    """Fix a day for ever. Safe to repeat.

    Errors: `DecisionError` while an earlier day is not sealed or sales are being asked
    about, and for problems that nobody has said a word about.
    """
    close = lock_close(close_id)
    if close.is_sealed:
        return close
    if by.role != Role.ADMIN:
        raise DecisionError(_("Only the distributor’s people seal a day."))
    if (
        earlier := DayClose.objects.filter(day__lt=close.day, sealed_at=None)
        .order_by("day")
        .first()
    ):
        raise DecisionError(
            _("Seal %(day)s first: days are sealed in order.") % {"day": earlier.day}
        )
    if not is_asked(close):
        raise DecisionError(_("The provider is still being asked about the sales of this day."))
    note = note.strip()[:300] or close.note
    if close.problems and not note:
        error = DecisionError(_("There are problems. Write what you know about them."))
        error.field = "note"
        raise error
    before = DayClose.objects.filter(day__lt=close.day).order_by("-day").first()
    close.note, close.sealed_by, close.sealed_at = note, by, timezone.now()
    close.digest = digest_of(close, before.digest if before else "")
    close.save(update_fields=["note", "sealed_by", "sealed_at", "digest"])
    return close


def digest_of(close: DayClose, before: str) -> str:
    """SHA-256 of a day with the digest of the day sealed before it."""
    assert close.sealed_at is not None
    told = [
        before, str(close.day), close.figures, close.problems, close.note, close.sealed_by_id,
        int(close.sealed_at.timestamp()),
    ]  # fmt: skip
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def seal_problems(sealed: Iterable[DayClose]) -> Iterator[str]:
    """Sealed days, the first one first, that are not what was sealed; in words."""
    before = ""
    for close in sealed:
        if close.digest != digest_of(close, before):
            yield f"the close of {close.day} is not what was sealed, or the day before it is gone"
        before = close.digest


def _check_day(day: date) -> None:
    if day >= dayfigures.date_at(timezone.now()):
        raise DecisionError(_("This day is not over yet."))
    if DayClose.objects.filter(day__gte=day).exclude(sealed_at=None).exists():
        raise DecisionError(_("This day, or one after it, is sealed already."))


def _balance() -> dict[str, Any]:
    """The provider's balance beside the books, as both are now."""
    at = timezone.now().isoformat(timespec="seconds")
    try:
        found = provider.compare_balance()
    except ValueTopupError as error:
        return {"at": at, "error": type(error).__name__}
    amounts = {name: f"{getattr(found, name) + 0:.4f}" for name in ("told", "books", "difference")}
    return {
        "at": at, **amounts, "on_the_way": f"{found.on_the_way:.4f}",
        "is_explained": found.is_explained,
    }  # fmt: skip


def _words(day: date, found: dict[str, Any]) -> Iterator[str]:
    """What is not as it should be, but for the provider's word about single sales."""
    yield from _gaps(day, found["accounts"])
    told = found["provider"]
    if "error" in told:
        yield _("The provider did not tell its balance.")
    elif not told["is_explained"]:
        text = _("The provider has %(told)s, the books say %(books)s: %(difference)s unexplained.")
        yield text % told
    if count := found["unfinished"]["count"]:
        yield ngettext(
            "%(count)d sale has no final word yet.",
            "%(count)d sales have no final word yet.",
            count,
        ) % {"count": count}
    if count := found["disputes"]["overdue"]:
        yield ngettext(
            "%(count)d dispute is overdue.", "%(count)d disputes are overdue.", count
        ) % {"count": count}


def _gaps(day: date, accounts: dict[str, Any]) -> Iterator[str]:
    """Accounts that do not open with what the day before closed with."""
    before = DayClose.objects.filter(day=day - timedelta(days=1)).first()
    closed = before.figures.get("accounts", {}) if before else {}
    for name, one in closed.items():
        opening = accounts.get(name, {}).get("opening")
        if opening != one["closing"]:
            text = _("%(name)s opens with %(opening)s, the day before closed with %(closing)s.")
            yield text % {"name": name, "opening": opening, "closing": one["closing"]}


def status_words(status: dict[str, Any]) -> list[str]:
    """What the provider's answers about the sales of the day come to."""
    words = list(status["words"])
    if status["differs"] > len(words):
        text = ngettext(
            "%(count)d sale differs in all.", "%(count)d sales differ in all.", status["differs"]
        )
        words.append(text % {"count": status["differs"]})
    if count := status["silent"]:
        text = ngettext(
            "About %(count)d sale the provider gave no clear answer.",
            "About %(count)d sales the provider gave no clear answer.",
            count,
        )
        words.append(text % {"count": count})
    return words
