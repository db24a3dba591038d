"""What a call may end in when it brings no answer to work with.

Each class says what the caller may do. An error carries the correlation id, the
HTTP status (None if there was none) and the parsed body (`raw`, never printed:
it may hold a PIN), and survives pickling.
"""

from typing import Any


class ValueTopupError(Exception):
    """Base of everything the client raises, apart from ValueError for a bad argument."""

    def __init__(
        self,
        message: str = "",
        *,
        correlation_id: str = "",
        http_status: int | None = None,
        raw: Any = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.correlation_id = correlation_id
        self.http_status = http_status
        self.raw = raw

    def __str__(self) -> str:
        told = self.message or type(self).__name__
        if self.http_status is not None:
            told += f" (HTTP {self.http_status})"
        return f"{told} [{self.correlation_id}]" if self.correlation_id else told


class NotSentError(ValueTopupError):
    """No byte of the request left us: nothing was ordered."""


class NoAnswerError(ValueTopupError):
    """Sent, and no answer that proves anything. Never send again: ask the status."""


class RejectedRequestError(ValueTopupError):
    """HTTP 400 or 415: the request was refused as it stood and not carried out."""


class ConfigurationError(ValueTopupError):
    """HTTP 401, 403 or 404: wrong credentials, address or rights. Stop and tell a person."""

    def __init__(self, message: str = "", *, has_json_body: bool = False, **rest: Any) -> None:
        super().__init__(message, **rest)
        self.has_json_body = has_json_body


class RefusedError(ValueTopupError):
    """A read call was answered with a code other than 000."""

    def __init__(self, code: str = "", message: str = "", **rest: Any) -> None:
        super().__init__(message, **rest)
        self.args = (code, message)
        self.code = code

    def __str__(self) -> str:
        return f"{self.code} {super().__str__()}"
