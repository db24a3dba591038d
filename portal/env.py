"""Reads the environment. A bad value ends in one clear line, without the secret in it.

`NAMES` holds every name that was asked for; docs/configuration.md is held to it.
"""

import math
import os
import re
from collections.abc import Collection
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

NAMES: set[str] = set()
_YES, _NO = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


def is_set(name: str) -> bool:
    """True if the variable has a value; an empty one counts as not set."""
    NAMES.add(name)
    return bool(os.environ.get(name, "").strip())


def text(name: str, default: str = "") -> str:
    return os.environ[name].strip() if is_set(name) else default


def words(name: str, default: str = "") -> list[str]:
    """A list, separated by commas or spaces."""
    return [part for part in re.split(r"[,\s]+", text(name, default)) if part]


def flag(name: str, default: bool = False) -> bool:
    given = text(name, "1" if default else "0").lower()
    if given not in _YES | _NO:
        raise ImproperlyConfigured(f"{name} must be 1 or 0, not {given!r}.")
    return given in _YES


def number(name: str, default: str, *, low: float, high: float) -> float:
    given = text(name, default)
    try:
        value = float(given)
    except ValueError:
        value = math.nan
    if math.isnan(value):
        raise ImproperlyConfigured(f"{name} must be a number, not {given!r}.")
    if not low <= value <= high:
        raise ImproperlyConfigured(f"{name} must be between {low:g} and {high:g}, not {given}.")
    return value


def whole(name: str, default: str, *, low: int, high: int) -> int:
    value = number(name, default, low=low, high=high)
    if value != int(value):
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value:g}.")
    return int(value)


def choice(name: str, default: str, among: Collection[str]) -> str:
    given = text(name, default)
    if given not in among:
        raise ImproperlyConfigured(f"{name} must be {' or '.join(among)}, not {given!r}.")
    return given


def zone(name: str, default: str) -> str:
    given = text(name, default)
    try:
        ZoneInfo(given)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise ImproperlyConfigured(
            f"{name} must be the name of a time zone, such as America/Jamaica, not {given!r}."
        ) from None
    return given


def postgres(name: str, default: str) -> dict[str, str]:
    """The parts of a Postgres address. Never repeats it: a password may be in it."""
    given = text(name, default)
    try:
        parts = conninfo_to_dict(given)
    except ProgrammingError:
        parts = {}
    if not parts:
        raise ImproperlyConfigured(
            f"{name} cannot be read. It looks like postgresql://user:password@host:5432/name, "
            "with special characters as %20 and the like."
        )
    return {key: str(value) for key, value in parts.items()}


def redis(name: str, default: str) -> str:
    given = text(name, default)
    if urlsplit(given).scheme not in {"redis", "rediss", "redis+socket"}:
        raise ImproperlyConfigured(
            f"{name} must begin with redis://, rediss:// or redis+socket://."
        )
    return given


def keys(name: str, default: str = "") -> list[str]:
    """Keys of Fernet, the newest first."""
    given = words(name, default)
    for key in given:
        try:
            Fernet(key)
        except ValueError:
            raise ImproperlyConfigured(
                f"{name} holds something that is no key. Make one: manage.py make_voucher_key"
            ) from None
    return given


def token(name: str, *, least: int) -> str:
    """What a machine shows in a header to be let in; "" if it is not set. Never repeats it."""
    given = text(name)
    if given and not re.fullmatch(rf"[\w.~+/=-]{{{least},}}", given, re.ASCII):
        raise ImproperlyConfigured(
            f"{name} must have at least {least} characters: letters, digits, . _ ~ + / = or -. "
            "Make one: python -c 'import secrets; print(secrets.token_urlsafe(32))'"
        )
    return given
