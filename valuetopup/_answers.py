"""From a whole HTTP answer to an envelope, or to the error which it stands for.

Only the HTTP status and the shape are judged here. What a response code proves is the
caller's to decide.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from valuetopup import _json
from valuetopup._rows import Row, to_text
from valuetopup.errors import (
    ConfigurationError,
    NoAnswerError,
    RejectedRequestError,
    ValueTopupError,
)

_CODE = re.compile(r"[0-9A-Za-z]{1,10}", re.ASCII)


@dataclass(frozen=True)
class Reply:
    """A complete HTTP answer."""

    status: int
    body: bytes = field(repr=False)
    retry_after: str = ""


@dataclass(frozen=True)
class Envelope:
    """The provider's answer: `{"responseCode", "responseMessage", "payLoad"}`."""

    http_status: int
    code: str
    message: str
    payload: Any = field(repr=False)
    raw: dict[str, Any] = field(repr=False)


def read_envelope(reply: Reply, *, correlation_id: str) -> Envelope:
    """Raises ConfigurationError, RejectedRequestError or NoAnswerError for anything else."""
    raw = _parse(reply.body)
    if reply.status != 200:
        raise _error_for(reply.status, raw, correlation_id)
    row = Row(raw)
    code = row.value("responseCode")
    if not isinstance(code, str) or not _CODE.fullmatch(code.strip()):
        raise NoAnswerError(
            "The answer is no envelope", correlation_id=correlation_id, http_status=200, raw=raw
        )
    message, payload = to_text(row.value("responseMessage")), row.value("payLoad")
    return Envelope(200, code.strip(), message, payload, row.raw)


def _parse(body: bytes) -> Any:
    try:
        return _json.loads(body)
    except ValueError:
        return None


def _error_for(status: int, raw: Any, correlation_id: str) -> ValueTopupError:
    if status in (401, 403, 404):
        return ConfigurationError(
            "The provider does not accept our credentials or address",
            correlation_id=correlation_id,
            http_status=status,
            raw=raw,
            has_json_body=isinstance(raw, dict),
        )
    kind = RejectedRequestError if status in (400, 415) else NoAnswerError
    told = "The request was rejected" if status in (400, 415) else "The answer proves nothing"
    return kind(told, correlation_id=correlation_id, http_status=status, raw=raw)
