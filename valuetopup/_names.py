"""Finding the addresses of a name within a time limit.

The system's resolver knows none: with a dead name server it hangs for half a minute.
"""

import socket
import threading
from contextlib import suppress
from typing import Any

type Addresses = list[tuple[Any, ...]]  # as socket.getaddrinfo gives them


def addresses(host: str, port: int, *, family: int, seconds: float) -> Addresses:
    """The addresses to connect to, best first.

    Raises socket.gaierror if there are none, TimeoutError if they are not found in time.
    """
    with suppress(socket.gaierror):
        return _look_up(host, port, family, socket.AI_NUMERICHOST)
    return _in_time(host, port, family, seconds)


def _in_time(host: str, port: int, family: int, seconds: float) -> Addresses:
    """In a thread of its own, which is left to itself when the time is up."""
    found: list[Addresses] = []
    failed: list[Exception] = []

    def look_up() -> None:
        try:
            found.append(_look_up(host, port, family, 0))
        except Exception as error:
            failed.append(error)

    thread = threading.Thread(target=look_up, name=f"addresses of {host}", daemon=True)
    thread.start()
    thread.join(seconds)
    for error in failed:
        raise error
    if not found:
        raise TimeoutError(f"the address of {host} was not found in time")
    return found[0]


def _look_up(host: str, port: int, family: int, flags: int) -> Addresses:
    return list(socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, 0, flags))
