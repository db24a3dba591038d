"""Secrets at rest and quotes on their way: sealed with the first of VOUCHER_KEYS, opened with any.

To rotate, put the new key first and run `manage.py rotate_voucher_keys`.
"""

import json
from functools import cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


class SealError(Exception):
    """A sealed value cannot be opened with the keys at hand."""


@cache
def _box(keys: tuple[str, ...]) -> MultiFernet:
    if not keys:
        raise ImproperlyConfigured("VOUCHER_KEYS is not set; secrets cannot be sealed.")
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError:
        raise ImproperlyConfigured(
            "VOUCHER_KEYS holds something that is no key. Make one: manage.py make_voucher_key"
        ) from None


def _current() -> MultiFernet:
    return _box(tuple(settings.VOUCHER_KEYS))


def seal(value: Any) -> bytes:
    """JSON-able data (Decimals and times become strings) as sealed bytes."""
    return _current().encrypt(json.dumps(value, default=str).encode())


def unseal(sealed: bytes | memoryview) -> Any:
    """What was sealed. Error: `SealError`, without the data in its text."""
    try:
        return json.loads(_current().decrypt(bytes(sealed)))
    except InvalidToken:
        raise SealError("sealed with a key that is not in VOUCHER_KEYS") from None


def reseal(sealed: bytes | memoryview) -> bytes:
    """The same secret under the first key."""
    try:
        return _current().rotate(bytes(sealed))
    except InvalidToken:
        raise SealError("sealed with a key that is not in VOUCHER_KEYS") from None
