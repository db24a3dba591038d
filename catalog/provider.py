"""The one place where the provider's client is made, from the settings.

One client per process and per set of settings; it may be shared by threads.
"""

from functools import lru_cache

from django.conf import settings

from valuetopup import Client


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


def reset() -> None:
    """Forget every client, with its connections; the next call makes a new one."""
    _make.cache_clear()
