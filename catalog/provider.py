"""The one place where the provider's client is made, from the settings.

One client per process and per set of settings; it may be shared by threads.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

import structlog
from django.conf import settings

from valuetopup import Client
from valuetopup.errors import RefusedError, ValueTopupError

log = structlog.get_logger(__name__)


def client(*, deadline: float = 10.0) -> Client:
    """The client for the configured provider; `deadline` in seconds for reading calls."""
    return _make(
        deadline,
        settings.VALUETOPUP_BASE_URL,
        settings.VALUETOPUP_USER_ID,
        settings.VALUETOPUP_PASSWORD,
        settings.VALUETOPUP_ESTIMATE_PATH,
    )


@lru_cache(maxsize=8)
def _make(
    deadline: float, base_url: str, user_id: str, password: str, estimate_path: str
) -> Client:
    return Client(
        base_url=base_url,
        user_id=user_id,
        password=password,
        deadline=deadline,
        estimate_path=estimate_path,
    )


@contextmanager
def told(call: str, **about: int) -> Iterator[None]:
    """A line of the log for a call of no sale yet: how it ended, and how long it took.

    Its ids are those of the moment: of the request or task, and of the sale that may come
    of it. `about` is no number of a customer.
    """
    started = time.monotonic()
    error: Exception | None = None
    try:
        yield
    except Exception as caught:
        error = caught
        raise
    finally:
        line = {**about, **_ending(error), "ms": round((time.monotonic() - started) * 1000)}
        is_said = error is None or isinstance(error, RefusedError)
        (log.info if is_said else log.warning)("provider call", call=call, **line)


def _ending(error: Exception | None) -> dict[str, object]:
    """What a line says of an error: its kind and its codes, never its words."""
    if error is None:
        return {}
    codes: dict[str, object] = {"error": type(error).__name__}
    if isinstance(error, ValueTopupError):
        codes["http_status"] = error.http_status
    if isinstance(error, RefusedError):
        codes["response_code"] = error.code
    return codes


def reset() -> None:
    """Forget every client, with its connections; the next call makes a new one."""
    _make.cache_clear()
