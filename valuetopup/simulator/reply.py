"""What the engine answers, before it becomes HTTP."""

from dataclasses import dataclass, field
from typing import Any

from valuetopup.simulator.messages import message_for


@dataclass(frozen=True)
class Reply:
    """An answer in the provider's envelope (HTTP 200)."""

    code: str
    payload: Any = None
    message: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    def envelope(self) -> dict[str, Any]:
        """Code, message and payload; the payload only beside a success."""
        message = self.message
        if message is None and self.code != "000":
            message = message_for(self.code)
        payload = self.payload if self.code == "000" else None
        return {
            "responseCode": self.code,
            "responseMessage": message,
            "payLoad": payload,
            **self.extra,
        }


@dataclass(frozen=True)
class Rejection:
    """A refusal below the envelope: an HTTP status and `{"message": …}`."""

    status: int
    message: str


@dataclass(frozen=True)
class Wire:
    """How the answer travels: `kind` is plain, drop, http, garbage or drip; seconds of delay."""

    kind: str = "plain"
    delay: float = 0.0
    status: int = 200


STRAIGHT = Wire()


@dataclass(frozen=True)
class Answer:
    """What is said, and how it travels."""

    said: Reply | Rejection
    wire: Wire = STRAIGHT
