"""Arguments are checked before anything is sent; what is wrong is a ValueError."""

import re
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from urllib.parse import urlsplit

_CORRELATION_ID = re.compile(r"[A-Za-z0-9_-]{1,50}", re.ASCII)
_CURRENCY = re.compile(r"[A-Za-z]{3}", re.ASCII)
_MSISDN = re.compile(r"[1-9]\d{5,17}", re.ASCII)
_ICCID = re.compile(r"[A-Za-z0-9]{1,32}", re.ASCII)
_BOOST_PIN = re.compile(r"\d{4,6}", re.ASCII)


def base_url(value: str) -> str:
    """The address all paths are appended to. One with a password would override ours."""
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("the base address starts with https:// or http://")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError("the base address is scheme, host, port and path only")
    return value


def user_id(value: str) -> str:
    if ":" in value:
        raise ValueError("a user id has no colon: it would end there")
    return value


def correlation_id(value: str) -> str:
    """1 to 50 of A-Z a-z 0-9 - _ : it also ends in the path of the status call."""
    return _matching(_CORRELATION_ID, value, "a correlation id is 1 to 50 of A-Z a-z 0-9 - _")


def currency(value: str) -> str:
    """Three letters. Without them the provider takes the amount in the wallet's currency."""
    return _matching(_CURRENCY, value, "an amount needs a currency of three letters").upper()


def msisdn(value: str) -> str:
    return _matching(_MSISDN, value, "a number is digits only, country code first")


def iccid(value: str) -> str:
    return _matching(_ICCID, value, "an ICCID is letters and digits only")


def boost_pin(value: str) -> str:
    return _matching(_BOOST_PIN, value, "a Boost PIN has 4 to 6 digits")


def amount(value: Decimal) -> Decimal:
    """A positive Decimal; a float has already lost its exact value."""
    if not isinstance(value, Decimal):
        raise ValueError(f"an amount is a Decimal, not {type(value).__name__}")
    if not value.is_finite() or value <= 0:
        raise ValueError("an amount is more than zero")
    return value


def number(value: int, what: str) -> int:
    """A positive whole number."""
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise ValueError(f"{what} is a positive whole number")
    return value


def text(value: str, what: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{what} is missing")
    return value.strip()


def optional_text(value: str | None, what: str) -> str | None:
    """Text without the spaces around it, or None for nothing."""
    if not isinstance(value, str | None):
        raise ValueError(f"{what} is not text")
    return (value or "").strip() or None


def moment(value: datetime | None) -> datetime | None:
    if value is not None and value.utcoffset() is None:
        raise ValueError("send_before needs a time zone")
    return value


def infos(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]] | None:
    """The provider's list of {name, value}; None if there are none."""
    listed = list(pairs)
    if not all(isinstance(part, str) for pair in listed for part in pair):
        raise ValueError("an additional info is a name and a value, both text")
    return [{"name": name, "value": value} for name, value in listed] or None


def _matching(pattern: re.Pattern[str], value: str, told: str) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ValueError(told)
    return value
