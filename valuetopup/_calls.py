"""What all calls of the client share: time limits, pace, and reading of a payload."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from ipaddress import ip_address
from typing import Any, Self
from urllib.parse import urlsplit

from valuetopup import _check, codes
from valuetopup._answers import Envelope
from valuetopup._limits import Pace
from valuetopup._rows import Row, rows
from valuetopup._transport import MEGABYTE, Request, Transport
from valuetopup.errors import NoAnswerError, RefusedError

CATALOGUE_BYTES = 32 * MEGABYTE


class Calls:
    """The base of the groups of calls; knows no endpoint."""

    def __init__(
        self,
        *,
        base_url: str,
        user_id: str,
        password: str,
        connect_timeout: float = 5.0,
        order_deadline: float = 30.0,
        deadline: float = 10.0,
        estimate_path: str = "transaction/estimatecost",
        catalogue_per_second: float | None = 2.0,
        status_per_second: float | None = 20.0,
        ca_file: str | None = None,
    ) -> None:
        """Times in seconds. The limits of calls a second are off on loopback.

        `ca_file`: certificates to trust instead of the usual ones. ValueError for an address
        or a user id that cannot be used.
        """
        self._transport = Transport(
            base_url=_check.base_url(base_url),
            user_id=_check.user_id(user_id),
            password=password,
            connect_timeout=connect_timeout,
            ca_file=ca_file,
        )
        self._order_deadline = order_deadline
        self._deadline = deadline
        self._estimate_path = estimate_path
        is_near = is_loopback(base_url)
        self._catalogue_pace = Pace(None if is_near else catalogue_per_second)
        self._status_pace = Pace(None if is_near else status_per_second)

    def close(self) -> None:
        """Close idle connections. The client may be used again."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask(self, request: Request) -> Envelope:
        """A read call: anything but 000 raises RefusedError."""
        envelope = self._transport.send(request)
        if envelope.code != codes.SUCCESS:
            raise RefusedError(
                envelope.code,
                envelope.message,
                correlation_id=request.correlation_id,
                http_status=envelope.http_status,
                raw=envelope.raw,
            )
        return envelope

    def _get(self, path: str, *, deadline: float | None = None, **options: Any) -> Envelope:
        return self._ask(Request(path=path, deadline=deadline or self._deadline, **options))

    def _list(self, path: str, **options: Any) -> Envelope:
        """A list of the catalogue, at the catalogue's pace; may be large."""
        self._catalogue_pace.wait()
        return self._get(path, max_bytes=CATALOGUE_BYTES, **options)


def read_list[T](
    envelope: Envelope, read: Callable[[Row], T | None], *, may_be_null: bool = False
) -> list[T]:
    """The readable rows of a list. Raises NoAnswerError if there is no list.

    A null is taken for an empty list only where `may_be_null`: a full list that reads as
    empty would retire a whole catalogue.
    """
    is_null = envelope.payload is None and may_be_null
    if not isinstance(envelope.payload, list) and not is_null:
        raise no_answer(envelope, "list")
    return list(_readable(rows(envelope.payload), read))


def read_loose_list[T](envelope: Envelope, read: Callable[[Row], T | None]) -> list[T]:
    """As `read_list`, where a null is nothing and a lone object a list of one."""
    return list(_readable(rows(envelope.payload), read))


def read_object[T](envelope: Envelope, read: Callable[[Row], T]) -> T:
    """Raises NoAnswerError if there is no object."""
    row = Row(envelope.payload)
    if not row:
        raise no_answer(envelope, "object")
    return read(row)


def no_answer(envelope: Envelope, expected: str) -> NoAnswerError:
    return NoAnswerError(
        f"The answer holds no {expected}",
        http_status=envelope.http_status,
        raw=envelope.raw,
    )


def given(**values: Any) -> dict[str, Any]:
    """The values that are not None."""
    return {name: value for name, value in values.items() if value is not None}


def _readable[T](items: list[Row], read: Callable[[Row], T | None]) -> Iterator[T]:
    return (value for row in items if (value := read(row)) is not None)


def is_loopback(url: str) -> bool:
    """True if the address can only be this machine."""
    host = urlsplit(url).hostname or ""
    with suppress(ValueError):  # a name: 127.example.com is somebody else
        return ip_address(host).is_loopback
    return host == "localhost"
