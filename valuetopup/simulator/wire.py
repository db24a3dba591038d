"""How an answer leaves the house: whole, late, dropped, as garbage, or in drips."""

import errno
import json
import socket
import threading
from collections.abc import Iterable, Iterator
from http.client import responses
from typing import Any

from valuetopup.simulator.exact_json import dumps
from valuetopup.simulator.reply import Answer, Rejection, Wire

Environ = dict[str, Any]
_GARBAGE = b'\x00\xff<html>{"responseCode": "000", "payLo'
_DRIPS = 40

# Set when the server stops, so that no hanging request holds it up.
stopping = threading.Event()


def send(answer: Answer, environ: Environ, start_response: Any) -> Iterable[bytes]:
    """Wait if told to, then answer, or break the connection."""
    wire = answer.wire
    if wire.kind == "drop":
        stopping.wait(wire.delay)
        drop(environ)
    if wire.kind == "drip":
        return _drip(answer, wire, start_response)
    stopping.wait(wire.delay)
    status, body = _content(answer)
    return plain(status, body, start_response)


JSON = "application/json; charset=utf-8"


def plain(status: int, body: bytes, start_response: Any, *, kind: str = JSON) -> list[bytes]:
    """An answer of a known length."""
    headers = [("Content-Type", kind),
               ("Content-Length", str(len(body)))]  # fmt: skip
    if status == 401:
        headers.append(("WWW-Authenticate", 'Basic realm="ValueTopup"'))
    start_response(f"{status} {responses[status]}", headers)
    return [body]


def drop(environ: Environ) -> None:
    """Close the connection without one byte of an answer; never returns.

    The server takes this error for a client that went away and writes nothing.
    """
    environ["gunicorn.socket"].shutdown(socket.SHUT_RDWR)
    raise OSError(errno.EPIPE, "dropped on purpose")


def _content(answer: Answer) -> tuple[int, bytes]:
    if answer.wire.kind == "garbage":
        return 200, _GARBAGE
    if answer.wire.kind == "http":
        status = answer.wire.status
        return status, json.dumps({"message": responses[status]}).encode()
    if isinstance(answer.said, Rejection):
        return answer.said.status, json.dumps({"message": answer.said.message}).encode()
    return 200, dumps(answer.said.envelope()).encode()


def _drip(answer: Answer, wire: Wire, start_response: Any) -> Iterator[bytes]:
    """The right answer, a few bytes at a time over `wire.delay` seconds."""
    status, body = _content(answer)
    plain(status, body, start_response)
    size = max(1, len(body) // _DRIPS)
    for start in range(0, len(body), size):
        stopping.wait(wire.delay / _DRIPS)
        yield body[start : start + size]
