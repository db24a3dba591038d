"""JSON that keeps every digit: Decimals are written and read as exact numbers.

`1.680` stays `1.680`. The standard encoder knows no Decimal, and a float would
lose the trailing zeros that the provider really sends.
"""

import json
from decimal import Decimal
from typing import Any


def loads(text: str | bytes) -> Any:
    """Parse; numbers with a point become Decimals. Raises ValueError."""
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_no_constant)
    except (RecursionError, ArithmeticError) as problem:
        raise ValueError("unreadable JSON") from problem


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def dumps(value: Any) -> str:
    """Write dicts, lists, strings, ints, bools, None and Decimals."""
    parts: list[str] = []
    _write(value, parts)
    return "".join(parts)


def _write(value: Any, parts: list[str]) -> None:
    if isinstance(value, Decimal):
        parts.append(format(value, "f"))
    elif isinstance(value, dict):
        _write_many(value.items(), "{", "}", parts, _write_pair)
    elif isinstance(value, list | tuple):
        _write_many(value, "[", "]", parts, _write)
    else:
        parts.append(json.dumps(value))


def _write_pair(pair: tuple[str, Any], parts: list[str]) -> None:
    parts.append(json.dumps(pair[0]) + ":")
    _write(pair[1], parts)


def _write_many(items: Any, opening: str, closing: str, parts: list[str], write: Any) -> None:
    parts.append(opening)
    for number, item in enumerate(items):
        if number:
            parts.append(",")
        write(item, parts)
    parts.append(closing)
