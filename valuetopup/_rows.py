"""A forgiving look at one JSON object: odd and missing fields read as None, "" or empty.

Names are compared without case, spaces, dashes and underscores; the first name present with
a readable value wins.
"""

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

_NUMBER = re.compile(r"[+-]?\d{1,30}(\.\d{1,30})?", re.ASCII)
_LIMIT = 30  # digits before the point, and behind it
_INT64 = 2**63


def to_decimal(value: Any) -> Decimal | None:
    """A number, or text that is one, as an exact Decimal; None for anything else or absurd."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        value = value.strip()
        if not _NUMBER.fullmatch(value):
            return None
    if not isinstance(value, str | int | Decimal):
        return None
    try:
        number = Decimal(value)
    except (InvalidOperation, ValueError):
        return None
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or abs(exponent) > _LIMIT or number.adjusted() > _LIMIT:
        return None
    return number


def to_int(value: Any) -> int | None:
    """A whole number of at most 64 bits, or text that is one; None for anything else."""
    number = to_decimal(value)
    if number is None or number != number.to_integral_value() or abs(number) >= _INT64:
        return None
    return int(number)


def to_text(value: Any) -> str:
    """Text without the spaces around it; a number as its digits; "" for anything else."""
    if isinstance(value, str):
        return value.strip()
    number = to_decimal(value)
    return "" if number is None else format(number, "f")


class Row:
    """One JSON object. Made of anything; what is no object is an empty row."""

    def __init__(self, raw: Any) -> None:
        self.raw: dict[str, Any] = raw if isinstance(raw, dict) else {}
        self._values = {_plain(key): value for key, value in self.raw.items()}

    def __bool__(self) -> bool:
        return bool(self.raw)

    def _given(self, names: tuple[str, ...]) -> Iterator[Any]:
        return (value for name in names if (value := self._values.get(_plain(name))) is not None)

    def value(self, *names: str) -> Any:
        return next(self._given(names), None)

    def text(self, *names: str) -> str:
        return next((text for value in self._given(names) if (text := to_text(value))), "")

    def code(self, *names: str) -> str:
        """A country or currency: upper case."""
        return self.text(*names).upper()

    def decimal(self, *names: str) -> Decimal | None:
        numbers = (to_decimal(value) for value in self._given(names))
        return next((number for number in numbers if number is not None), None)

    def integer(self, *names: str) -> int | None:
        numbers = (to_int(value) for value in self._given(names))
        return next((number for number in numbers if number is not None), None)

    def without(self, *names: str) -> dict[str, Any]:
        """The row as it came, less these names in any spelling."""
        left_out = {_plain(name) for name in names}
        return {key: value for key, value in self.raw.items() if _plain(key) not in left_out}

    def flag(self, *names: str) -> bool:
        return self.text(*names).lower() in {"true", "1", "yes", "y"} or self.value(*names) is True

    def row(self, *names: str) -> "Row":
        return Row(next((value for value in self._given(names) if isinstance(value, dict)), None))

    def rows(self, *names: str) -> list["Row"]:
        """A list of objects, also when a lone object stands where the list should."""
        return rows(self.value(*names))

    def codes(self, *names: str) -> tuple[str, ...]:
        """Digits out of a list, or out of text with any separator: ("1876", "1658")."""
        value = self.value(*names)
        parts = value if isinstance(value, list) else [value]
        return tuple(code for part in parts for code in re.findall(r"\d+", to_text(part)))


def rows(value: Any) -> list[Row]:
    """The objects of a list; a lone object is a list of one."""
    items = value if isinstance(value, list) else [value]
    return [Row(item) for item in items if isinstance(item, dict) and item]


def _plain(name: str) -> str:
    return name.replace("_", "").replace(" ", "").replace("-", "").casefold()
