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

#: Connecting may be tried again: nothing was sent. Everything else never is.
CONNECT_ONLY = Retry(
    total=None,
    connect=2,
    read=0,
    status=0,
    other=0,
    redirect=0,
    respect_retry_after_header=False,
    raise_on_redirect=False,
    raise_on_status=False,
)


class TooLateError(Exception):
    """The moment up to which the request might be sent has passed; nothing was sent."""


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
        """Raises TooLateError if the request may no longer be sent."""
        if self.send_before is not None and datetime.now(UTC) >= self.send_before:
            raise TooLateError(f"not sent by {self.send_before.isoformat()}")
        if time.monotonic() >= self.deadline:
            raise TooLateError("the deadline passed before anything was sent")

    def before_writing(self) -> None:
        """To be called directly before bytes are written, on a connection that stands."""
        if not self.sent:
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


class _TimedConnection(HTTPConnection):
    response_class = _TimedResponse

    def _new_conn(self) -> socket.socket:
        """As urllib3's, but the addresses of a name share one budget of time."""
        wire = _WIRE.get()
        try:
            found = socket.getaddrinfo(
                self._dns_host, self.port, allowed_gai_family(), socket.SOCK_STREAM
            )
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        failure: OSError = OSError("the name has no address")
        for index, (family, kind, protocol, _, address) in enumerate(found):
            budget = wire.connect_remaining() / (len(found) - index)
            if budget <= 0:
                raise ConnectTimeoutError(self, f"connecting to {self.host} took too long")
            try:
                sock = self._connected(socket.socket(family, kind, protocol), address, budget)
            except OSError as error:
                failure = error
            else:
                sock.settimeout(max(wire.connect_remaining(), 0.001))  # for a TLS handshake
                return sock
        raise NewConnectionError(self, str(failure)) from failure

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
        wire.before_writing()
        self.sock.settimeout(wire.remaining())
        super().send(data)


class _TimedSecureConnection(_TimedConnection, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _TimedConnection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _TimedSecureConnection


class TimedAdapter(HTTPAdapter):
    """Sends over timed connections; to be called inside `using` only."""

    def __init__(self) -> None:
        super().__init__(max_retries=CONNECT_ONLY)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
