"""Who acts: told to the database beside every write that the audit log watches.

The name is set for one transaction only, and a lone statement gets a transaction of
its own; so a connection never carries somebody's name to the next one who uses it.
Statements on tables that nobody watches, as those of a sale, are left alone.
"""

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from django.db import transaction
from structlog.contextvars import get_contextvars

from topup.models.audit import WATCHED

#: id and name of the person, address, device, request_id, origin; all optional.
Who = dict[str, Any]
_who: ContextVar[Callable[[], Who] | None] = ContextVar("who", default=None)

_IGNORED = {watched.table: set(watched.ignored) for watched in WATCHED}
_TABLES = "|".join([*_IGNORED, "topup_auditentry"])
_WRITE = re.compile(
    rf'\b(?:insert\s+into|update(?:\s+only)?|delete\s+from|merge\s+into)\s+"?({_TABLES})\b',
    re.IGNORECASE,
)
_SET = re.compile(r'^UPDATE "\w+" SET (.*?)(?: WHERE | RETURNING |$)', re.DOTALL)
_COLUMN = re.compile(r'"(\w+)" = ')
_STARTS = ("insert", "update", "delete", "merge", "with")


@contextmanager
def acting(who: Callable[[], Who]) -> Iterator[None]:
    """Within it `who()` is asked, late, when something watched is written."""
    token = _who.set(who)
    try:
        yield
    finally:
        _who.reset(token)


def current() -> Who:
    """Who acts now; a program when it is no person."""
    asked = _who.get()
    return asked() if asked else {"origin": get_contextvars().get("task") or _program()}


@cache
def _program() -> str:
    """Such as "manage.py setup"."""
    return " ".join([Path(sys.argv[0]).name, *sys.argv[1:2]])


def is_watched(sql: str) -> bool:
    """True if the statement writes what the log may take down."""
    return _is_watched(sql) if len(sql) < _LONG else _is_watched.__wrapped__(sql)


_LONG = 4000  # lists of thousands of rows are not remembered


@lru_cache(maxsize=1024)  # the same few texts all day, with placeholders
def _is_watched(sql: str) -> bool:
    if not sql.lstrip("( \n\t")[:6].lower().startswith(_STARTS):
        return False
    found = _WRITE.search(sql)
    if not found:
        return False
    written = _SET.match(sql)
    columns = set(_COLUMN.findall(written[1])) if written else set()
    return not columns or not columns <= _IGNORED.get(found[1].lower(), set())


def tell(
    execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    """An execute wrapper of Django's connections: the name first, then the statement."""
    if not isinstance(sql, str) or not is_watched(sql):
        return execute(sql, params, many, context)
    connection, who = context["connection"], current()
    if connection.in_atomic_block:
        _set(connection, who)
        return execute(sql, params, many, context)
    with transaction.atomic(using=connection.alias):
        _set(connection, who)
        return execute(sql, params, many, context)


def _set(connection: Any, who: Who) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('topnet.actor', %s, true)", [json.dumps(who)])


def watch(connection: Any, **_: Any) -> None:
    """A receiver of `connection_created`. Safe to repeat: the wrappers outlive a connection."""
    if tell not in connection.execute_wrappers:
        connection.execute_wrappers.append(tell)
