"""Asking the provider once more about every sale that ended on a day, slowly, in the background.

The answers are applied like any other: one that contradicts an end of ours is never silent.
"""

import time
from datetime import date
from decimal import Decimal

from django.db import transaction

from ledger.money import plausible
from topup import books, gateway
from topup.evidence import Outcome, Verdict
from topup.locks import alone, lock_close
from topup.models import DayClose, Sale
from topup.services import closing, dayfigures
from topup.services.settling import apply_outcome
from topup.states import INVOICED, SaleState
from valuetopup import codes

BATCH = 200
#: Between two questions: selling asks the same provider.
PAUSE = 0.1
#: One round of the task; the next goes on where it ended.
ROUND_SECONDS = 240.0
_LOCK = 7_340_005


def work(*, seconds: float = ROUND_SECONDS, pause: float = PAUSE) -> None:
    """Make the closes that are due, then ask about their sales. Safe to repeat and to kill."""
    with alone(_LOCK) as is_alone:
        if not is_alone:
            return
        if days := closing.due_days():
            found = list(books.problems())
            for day in days:
                closing.close_day(day=day, book_problems=found)
        until = time.monotonic() + seconds
        for close in DayClose.objects.filter(sealed_at=None).order_by("day"):
            if not closing.is_asked(close):
                ask(close=close, until=until, pause=pause)


def ask(*, close: DayClose, until: float, pause: float = PAUSE) -> bool:
    """Ask about sales of a day until a moment of `time.monotonic`; True when none is left."""
    while time.monotonic() < until:
        ids = _next(close)
        if not ids:
            return _finish(close)
        for sale_id in ids:
            sale = Sale.objects.get(pk=sale_id)
            outcome = gateway.status(sale)
            apply_outcome(sale_id=sale_id, outcome=outcome)
            close = _note(close, sale, outcome)
            time.sleep(pause)
            if time.monotonic() >= until:
                break
    return False


def _next(close: DayClose) -> list[int]:
    """The next sales of the day, in the order of their ids."""
    ended = dayfigures.ended_on(close.day).filter(
        sale__submitted_at__isnull=False, sale_id__gt=close.figures["status"]["last"]
    )
    return list(ended.order_by("sale_id").values_list("sale_id", flat=True).distinct()[:BATCH])


def judge(sale: Sale, outcome: Outcome) -> str:
    """What the provider's word is beside ours: agrees, differs or silent."""
    match outcome.verdict:
        case Verdict.SUCCEEDED:
            return (
                "agrees" if sale.state in INVOICED and _same_invoice(sale, outcome) else "differs"
            )
        case Verdict.PENDING:
            return "differs"
        case Verdict.DENIED if outcome.code in codes.DOUBTFUL:
            return "silent"  # such an answer proves nothing about a sale that is over
        case Verdict.DECLINED | Verdict.DENIED:
            return "differs" if sale.state in INVOICED else "agrees"
    return "silent"


def _same_invoice(sale: Sale, outcome: Outcome) -> bool:
    told: Decimal | None = outcome.transaction.invoice_amount if outcome.transaction else None
    invoice = plausible(told)
    return invoice is None or sale.invoice_is_assumed or invoice == sale.invoice_amount


@transaction.atomic
def _note(close: DayClose, sale: Sale, outcome: Outcome) -> DayClose:
    """Write an answer down beside the sale as it was when it was asked about.

    Not if the day was counted anew or sealed meanwhile.
    """
    found = judge(sale, outcome)
    fresh = lock_close(close.pk)
    status = fresh.figures["status"]
    if fresh.is_sealed or fresh.made_at != close.made_at or status["last"] >= sale.pk:
        return fresh
    status["asked"] += 1
    status[found] += 1
    status["last"] = sale.pk
    if found == "differs" and len(status["words"]) < closing.MOST_TOLD:
        status["words"].append(_differs(sale, outcome))
    return closing.write(fresh, fresh.figures)


@transaction.atomic
def _finish(close: DayClose) -> bool:
    """Nothing is left to ask about: what was counted is what there was."""
    fresh = lock_close(close.pk)
    if not fresh.is_sealed and fresh.made_at == close.made_at:
        status = fresh.figures["status"]
        status["of"] = status["asked"]
        closing.write(fresh, fresh.figures)
    return True


def _differs(sale: Sale, outcome: Outcome) -> str:
    state = SaleState(sale.state).value
    code = outcome.code or outcome.error
    told = f"sale {sale.correlation_id} is {state}, the provider says {outcome.verdict} ({code})"
    if outcome.verdict is Verdict.SUCCEEDED and sale.state in INVOICED and outcome.transaction:
        told += f", invoice {outcome.transaction.invoice_amount} against {sale.invoice_amount}"
    return told


def count_day(*, day: date) -> DayClose:
    """Count one day by hand, with the check of the books; the provider is asked later.

    Errors: as `closing.close_day`.
    """
    return closing.close_day(day=day, book_problems=books.problems())
