"""Times that the provider writes by the clock of another country, without saying which zone.

A country of several zones gets the earliest start and the latest end that the text can
mean; one of which no zone is known, those of the whole earth.
"""

import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.core import get_global

_EASTERNMOST, _WESTERNMOST = timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))
_DAY_ALONE = re.compile(r"\d{4}-?\d\d-?\d\d|\d{1,2}/\d{1,2}/\d{4}", re.ASCII)
_AMERICAN = ("%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %I:%M %p", "%m/%d/%Y %I:%M:%S %p",
             "%m/%d/%Y")  # fmt: skip
_LAST = time(23, 59)


def read_time(text: str, *, is_end: bool = False) -> datetime | None:
    """The time as written, without a zone; None if it cannot be read.

    A day without a time is its first minute, or its last one if `is_end`.
    """
    found = _read(text.strip())
    if found is None or not 1990 < found.year < 2200:
        return None
    if is_end and _DAY_ALONE.fullmatch(text.strip()):
        found = datetime.combine(found.date(), _LAST)
    return found.replace(tzinfo=None)


def earliest(text: str, country_code: str) -> datetime | None:
    """The first moment, in UTC, that a time written there can mean; None if unreadable."""
    local = read_time(text)
    return min(_moments(local, text, country_code), default=None) if local else None


def latest(text: str, country_code: str) -> datetime | None:
    """The last moment, in UTC, that the end of something can mean; None if unreadable."""
    local = read_time(text, is_end=True)
    return max(_moments(local, text, country_code), default=None) if local else None


@cache
def zones_of(country_code: str) -> tuple[tzinfo, ...]:
    """The time zones of a country; empty if none is known."""
    found: list[tzinfo] = []
    for name in get_global("territory_zones").get(country_code.upper(), []):
        with suppress(ZoneInfoNotFoundError, ValueError, OSError):
            found.append(ZoneInfo(name))
    return tuple(found)


def _moments(local: datetime, text: str, country_code: str) -> Iterable[datetime]:
    written = _read(text.strip())
    if written is not None and written.tzinfo is not None:  # it does say which zone
        return [local.replace(tzinfo=written.tzinfo).astimezone(UTC)]
    zones = zones_of(country_code) or (_EASTERNMOST, _WESTERNMOST)
    # An hour that the clocks show twice is meant both times.
    return [
        local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for zone in zones for fold in (0, 1)
    ]


def _read(text: str) -> datetime | None:
    with suppress(ValueError):
        return datetime.fromisoformat(text)
    for form in _AMERICAN:
        with suppress(ValueError):
            return datetime.strptime(text, form)  # noqa: DTZ007  by a clock elsewhere
    return None
