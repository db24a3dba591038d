"""What an answer of the provider proves about a sale. Nothing else decides it.

Pure: no database, no clock, no network. The table is in docs/sale.md.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from topup.states import Basis
from valuetopup import Answer, codes
from valuetopup.errors import (
    ConfigurationError,
    NotSentError,
    RejectedRequestError,
    ValueTopupError,
)
from valuetopup.types import Transaction


class Verdict(StrEnum):
    """What one answer proves."""

    SUCCEEDED = "succeeded"  # 000
    PENDING = "pending"  # accepted, not finished
    DECLINED = "declined"  # a definite no
    DENIED = "denied"  # a no that must repeat itself before it is believed
    UNKNOWN = "unknown"  # proves nothing
    NOT_SENT = "not_sent"  # an order that provably never left us
    MISCONFIGURED = "misconfigured"  # an order refused at the door: not ours to sell


@dataclass(frozen=True)
class Outcome:
    """One answer or error, judged."""

    verdict: Verdict
    code: str = ""
    message: str = ""
    http_status: int | None = None
    error: str = ""
    transaction: Transaction | None = field(default=None, repr=False)
    raw: dict[str, Any] | None = field(default=None, repr=False)
    secret: dict[str, Any] | None = field(default=None, repr=False)  # fetched by a call of its own
    not_found: bool = False  # a 404 that may mean "this id is not known"
    asked_at: datetime | None = None  # of a status call: its answer is as old as the question


def judge_order(answer: Answer | ValueTopupError) -> Outcome:
    """What the answer to the order itself proves."""
    if isinstance(answer, NotSentError):
        return _failed(Verdict.NOT_SENT, answer)
    if isinstance(answer, ConfigurationError):
        return _failed(Verdict.MISCONFIGURED, answer)
    if isinstance(answer, RejectedRequestError):
        return _failed(Verdict.DECLINED, answer)
    if isinstance(answer, ValueTopupError):
        return _failed(Verdict.UNKNOWN, answer)
    verdict = _of_code(answer.code)
    # To an order a doubtful code is no denial yet: it only says that we do not know.
    return _answered(Verdict.UNKNOWN if verdict is Verdict.DENIED else verdict, answer)


def judge_status(answer: Answer | ValueTopupError) -> Outcome:
    """What the answer to a status call proves."""
    if isinstance(answer, ValueTopupError):
        found = isinstance(answer, ConfigurationError) and answer.http_status == 404
        outcome = _failed(Verdict.UNKNOWN, answer)
        if found and answer.has_json_body:  # type: ignore[attr-defined]
            return Outcome(**(vars(outcome) | {"not_found": True}))
        return outcome
    return _answered(_of_code(answer.code), answer)


def _of_code(code: str) -> Verdict:
    if code == codes.SUCCESS:
        return Verdict.SUCCEEDED
    if code in codes.PENDING:
        return Verdict.PENDING
    if code in codes.REFUSED:
        return Verdict.DECLINED
    return Verdict.DENIED


def _answered(verdict: Verdict, answer: Answer) -> Outcome:
    return Outcome(
        verdict=verdict,
        code=answer.code[:10],
        message=(answer.message or "")[:200],
        http_status=answer.http_status,
        transaction=answer.transaction,
        raw=answer.raw,
    )


def _failed(verdict: Verdict, error: ValueTopupError) -> Outcome:
    status = error.http_status
    return Outcome(
        verdict=verdict,
        code=f"H{status}" if status else "",
        http_status=status,
        error=f"{type(error).__name__}: {error}"[:200],
    )


@dataclass(frozen=True)
class Denial:
    """What is remembered of earlier denials of one sale."""

    code: str
    since: datetime | None
    was_acknowledged: bool
    send_before: datetime


def denial_is_final(
    denial: Denial, *, code: str, asked_at: datetime, after: timedelta, apart: timedelta
) -> bool:
    """True if a denied sale counts as declined: late enough, repeated, never acknowledged.

    `after` counts from `send_before`: until then a frozen worker might still have sent it.
    `asked_at`, because a frozen poller may bring an old answer.
    """
    return (
        not denial.was_acknowledged
        and denial.code == code
        and denial.since is not None
        and asked_at - denial.since >= apart
        and asked_at - denial.send_before >= after
    )


def basis_of(code: str) -> Basis:
    """Why a finally denied sale is declined."""
    return Basis.DOUBTFUL if code in codes.DOUBTFUL else Basis.ABSENT
