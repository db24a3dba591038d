"""JSON with exact numbers: a fraction is read as Decimal and a Decimal written digit by digit."""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

#: Signs that turn around what stands beside them, also outside of a text's own element.
_TURNING = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_UNCLEAN = re.compile(
    rb"\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]|\\u(0000|d|202[a-e]|206[6-9])", re.IGNORECASE
)


def loads(body: bytes) -> Any:
    """Parse an answer. Raises ValueError for whatever is not JSON; text is made storable.

    Signs that would turn around what stands beside a text are left out of it.
    """
    try:
        value = json.loads(
            body.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_no_constant
        )
        return _clean(value) if _UNCLEAN.search(body) else value
    except (RecursionError, ArithmeticError) as error:
        raise ValueError("unreadable JSON") from error


def dumps(value: Any) -> str:
    """Write JSON, Decimals as exact numbers. Raises ValueError for a float or an odd type."""
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{_key(k)}:{dumps(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(dumps(item) for item in value) + "]"
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError(f"{value} is no JSON number")
        return format(value, "f")
    if value is None or isinstance(value, str | int):  # bool is an int
        return json.dumps(value)
    raise ValueError(f"{type(value).__name__} cannot be written exactly")


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise ValueError("a JSON key is text")
    return json.dumps(key)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _clean(value: Any) -> Any:
    """Without NUL and lone surrogates, which no database stores, and without turning signs."""
    if isinstance(value, str):
        return value.translate(_TURNING).replace("\x00", "").encode("utf-8", "ignore").decode()
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {_clean(key): _clean(item) for key, item in value.items()}
    return value
