"""The HTTP side of the client: sessions, deadlines, and what a failed exchange proves.

An order is posted once, on a connection of its own. Reads share a session per thread.
No proxies, no netrc, no cookies, no redirects, no retries but of connecting.
"""

import base64
import os
import sys
import threading
import time
import weakref
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from urllib3.exceptions import ConnectTimeoutError

from valuetopup import _json
from valuetopup._answers import Envelope, Reply, read_envelope
from valuetopup._connection import TimedAdapter, TooLateError, Wire, using
from valuetopup.errors import NoAnswerError, NotSentError, ValueTopupError

MEGABYTE = 2**20


@dataclass(frozen=True, kw_only=True)
class Request:
    """One call: `path` below the base address, `deadline` in seconds for the whole answer."""

    path: str = field(repr=False)  # numbers of people and eSIMs; the body a Boost PIN
    deadline: float
    method: str = "GET"
    params: dict[str, str | int] | None = field(default=None, repr=False)
    body: dict[str, Any] | None = field(default=None, repr=False)
    language: str | None = None
    max_bytes: int = 2 * MEGABYTE
    correlation_id: str = ""
    send_before: datetime | None = None
    is_order: bool = False


class TooLargeError(Exception):
    """The answer has more bytes than any answer to this call should."""


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """Nowhere. (requests would read the whole body of a redirect it does not follow.)"""


class Transport:
    """Safe to share between threads, and with processes forked off."""

    def __init__(
        self,
        *,
        base_url: str,
        user_id: str,
        password: str,
        connect_timeout: float,
        ca_file: str | None,
    ) -> None:
        self._base_url = base_url.rstrip("/") + "/"
        credentials = base64.b64encode(f"{user_id}:{password}".encode()).decode()
        self._authorization = f"Basic {credentials}"
        self._connect_timeout = connect_timeout
        self._verify = ca_file or True
        self._local = threading.local()
        self._sessions: weakref.WeakSet[requests.Session] = weakref.WeakSet()
        self._lock = threading.Lock()

    def send(self, request: Request) -> Envelope:
        """Raises the errors of `valuetopup.errors`, all but RefusedError."""
        deadline = time.monotonic() + request.deadline
        reply = self._exchange(request, deadline)
        pause = _pause(reply)
        if pause is not None and request.method == "GET" and time.monotonic() + pause < deadline:
            time.sleep(pause)
            reply = self._exchange(request, deadline)
        return read_envelope(reply, correlation_id=request.correlation_id)

    def close(self) -> None:
        """Close the idle connections of every thread."""
        with self._lock:
            sessions = list(self._sessions)
        for session in sessions:
            session.close()

    def _exchange(self, request: Request, deadline: float) -> Reply:
        """One request, one complete answer."""
        wire = Wire(deadline, self._connect_timeout, request.send_before)
        handled = sys.exception()  # the caller's, if it calls us while handling one
        try:
            with self._session_for(request) as session, using(wire):
                return self._read(session, request, wire)
        except Exception as error:
            cause = _innermost(error, handled)
            failure = _failure(cause, request, is_sent=wire.sent)
            raise failure from (cause if isinstance(cause, _HARMLESS) else None)

    def _read(self, session: requests.Session, request: Request, wire: Wire) -> Reply:
        with session.request(
            request.method,
            self._base_url + request.path.lstrip("/"),
            params=request.params,
            data=None if request.body is None else _json.dumps(request.body),
            headers=_headers(request),
            timeout=(self._connect_timeout, request.deadline),
            allow_redirects=False,
            stream=True,
        ) as response:
            body = bytearray()
            for chunk in response.iter_content(64 * 1024):
                body += chunk
                if len(body) > request.max_bytes:
                    raise TooLargeError(f"more than {request.max_bytes} bytes")
                wire.remaining()
            return Reply(response.status_code, bytes(body), response.headers.get("Retry-After", ""))

    def _session_for(self, request: Request) -> AbstractContextManager[requests.Session]:
        if request.is_order:
            return self._new_session()
        # A process forked off must not read answers from its parent's connections.
        if getattr(self._local, "pid", None) != os.getpid():
            self._local.session, self._local.pid = self._new_session(), os.getpid()
            with self._lock:
                self._sessions.add(self._local.session)
        return nullcontext(self._local.session)

    def _new_session(self) -> requests.Session:
        session = _Session()
        session.trust_env = False
        session.verify = self._verify
        session.headers["Authorization"] = self._authorization
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        session.mount("http://", TimedAdapter())
        session.mount("https://", TimedAdapter())
        return session


def _headers(request: Request) -> dict[str, str]:
    headers = {"Accept": "application/json", "User-Agent": "valuetopup-client/2"}
    if request.body is not None:
        headers["Content-Type"] = "application/json"
    if request.language:
        headers["Accept-Language"] = request.language
    if request.is_order:
        headers["Connection"] = "close"
    return headers


def _pause(reply: Reply) -> float | None:
    """Seconds to wait before asking again, if the provider named them."""
    if reply.status != 429 or not (reply.retry_after.isascii() and reply.retry_after.isdigit()):
        return None
    return float(reply.retry_after[:6])


#: Errors whose text is about the connection. Others may quote what came over it: a PIN.
_HARMLESS = (OSError, ConnectTimeoutError, TooLateError, TooLargeError)


def _failure(cause: BaseException, request: Request, *, is_sent: bool) -> ValueTopupError:
    told = "No whole answer came" if is_sent else "Nothing was sent"
    told += f": {type(cause).__name__}"
    if isinstance(cause, _HARMLESS):
        told = f"{told}: {cause}"[:250]
    kind = NoAnswerError if is_sent else NotSentError
    return kind(told, correlation_id=request.correlation_id)


def _innermost(error: BaseException, handled: BaseException | None) -> BaseException:
    """The cause below the wrappers of requests and urllib3, which repeat the address."""
    seen = [handled]
    while (cause := _cause(error)) is not None and cause not in seen:
        seen.append(cause)
        error = cause
    return error


def _cause(error: BaseException) -> BaseException | None:
    context = None if error.__suppress_context__ else error.__context__
    # urllib3 hands some errors on inside another that was never raised.
    inside = (arg for arg in error.args if isinstance(arg, BaseException))
    return error.__cause__ or context or next(inside, None)
