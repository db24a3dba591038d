"""Connections that keep to a deadline and know whether a byte of the request left us.

A `Wire` is what one HTTP exchange may use up and what became of it; the connection finds
it through `using`. Every wait on the socket is bounded by what is left of the deadline:
plain time-outs start anew with each byte, so a dripping answer would never end.
"""

import http.client
import io
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.connection import allowed_gai_family
from urllib3.util.retry import Retry

from valuetopup._names import Addresses, addresses

#: Bytes written between two looks at the clock.
PIECE = 16 * 1024

#: urllib3 repeats nothing, and so logs no path. Connecting is tried again by `_new_conn`.
NEVER_AGAIN = Retry(
    total=0, redirect=0, respect_retry_after_header=False,
    raise_on_redirect=False, raise_on_status=False,
)  # fmt: skip
ATTEMPTS = 3


class TooLateError(Exception):
    """The moment up to which the request might be sent has passed."""


@dataclass
class Wire:
    """The limits of one exchange in seconds of `time.monotonic`, and `sent`."""

    deadline: float
    connect_timeout: float  # for all addresses and attempts together
    send_before: datetime | None = None
    sent: bool = False
    _connect_until: float = field(default=0.0, init=False)

    def remaining(self) -> float:
        """Seconds left. Raises TimeoutError if there are none."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the deadline has passed")
        return left

    def connect_remaining(self) -> float:
        """Seconds left to connect in; counted from the first call. Zero or less: none."""
        now = time.monotonic()
        self._connect_until = self._connect_until or now + self.connect_timeout
        return min(self._connect_until, self.deadline) - now

    def check(self) -> None:
        """Raises TooLateError if the request, or the rest of it, may no longer be sent."""
        if self.send_before is not None and datetime.now(UTC) >= self.send_before:
            raise TooLateError(f"not sent by {self.send_before.isoformat()}")
        if time.monotonic() >= self.deadline:
            raise TooLateError("the deadline passed before all was sent")

    def before_writing(self) -> None:
        """To be called directly before bytes are written, on a connection that stands.

        Raises TooLateError between two pieces, too: half a request orders nothing.
        """
        self.check()
        self.sent = True


_WIRE: ContextVar[Wire] = ContextVar("wire")


@contextmanager
def using(wire: Wire) -> Iterator[Wire]:
    token = _WIRE.set(wire)
    try:
        yield wire
    finally:
        _WIRE.reset(token)


class _TimedReader(io.RawIOBase):
    """The reading side of a socket; no read outlasts the deadline."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, wire: Wire) -> None:
        self._raw, self._sock, self._wire = raw, sock, wire
        self.has_ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._wire.remaining())
        count = self._raw.readinto(buffer)
        self.has_ended = count == 0
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _TimedResponse(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        raw = self.fp.detach()  # leaves the socket open
        self._reader = _TimedReader(raw, sock, _WIRE.get())
        self.fp = io.BufferedReader(self._reader)

    def begin(self) -> None:
        """http.client takes a head that breaks off for a whole one, with the status it saw."""
        super().begin()
        if self._reader.has_ended:
            raise http.client.IncompleteRead(b"")
        # urllib3 would log what it cannot read of a head, and that may be anything.
        self.msg.defects.clear()
        self.msg.set_payload("")


class _TimedConnection(HTTPConnection):
    response_class = _TimedResponse

    def _new_conn(self) -> socket.socket:
        """As urllib3's, but the name and all its addresses share one budget of time."""
        wire = _WIRE.get()
        failure: OSError = OSError("the name has no address")
        found = self._addresses(wire) * ATTEMPTS  # nothing is sent yet: may be repeated
        for index, (family, kind, protocol, _, address) in enumerate(found):
            budget = wire.connect_remaining() / max(1, len(found) // ATTEMPTS - index)
            if budget <= 0:
                raise self._too_slow()
            try:
                sock = self._connected(socket.socket(family, kind, protocol), address, budget)
            except OSError as error:
                failure = error
            else:
                sock.settimeout(max(wire.connect_remaining(), 0.001))  # for a TLS handshake
                return sock
        raise NewConnectionError(self, str(failure)) from failure

    def _addresses(self, wire: Wire) -> Addresses:
        seconds = wire.connect_remaining()
        if seconds <= 0:
            raise self._too_slow()
        try:
            return addresses(
                self._dns_host, self.port or 0, family=allowed_gai_family(), seconds=seconds
            )
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(self, str(error)) from error

    def _too_slow(self) -> ConnectTimeoutError:
        return ConnectTimeoutError(self, f"connecting to {self.host} took too long")

    def _connected(self, sock: socket.socket, address: Any, budget: float) -> socket.socket:
        try:
            for option in self.socket_options or ():
                sock.setsockopt(*option)
            sock.settimeout(budget)
            sock.connect(address)
        except OSError:
            sock.close()
            raise
        return sock

    def connect(self) -> None:
        _WIRE.get().check()
        super().connect()

    def send(self, data: Any) -> None:
        wire = _WIRE.get()
        if self.sock is None:  # http.client would connect inside its own send()
            self.connect()
        # In pieces: a peer that reads slowly must not get the end of an order late.
        view = memoryview(data)
        for start in range(0, len(view), PIECE):
            wire.before_writing()
            self.sock.settimeout(wire.remaining())
            super().send(view[start : start + PIECE])


class _TimedSecureConnection(_TimedConnection, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _TimedConnection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _TimedSecureConnection


class TimedAdapter(HTTPAdapter):
    """Sends over timed connections; to be called inside `using` only."""

    def __init__(self) -> None:
        super().__init__(max_retries=NEVER_AGAIN)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
