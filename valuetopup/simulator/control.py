"""The control port: `/control/…` on the same server, from loopback only, JSON.

Reads the journal and the wallet, switches faults on and off, sets delays,
starts afresh. Not a part of the provider's API.
"""

import ipaddress
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

from valuetopup.simulator.engine import Engine
from valuetopup.simulator.exact_json import dumps, loads
from valuetopup.simulator.faults import CATALOGUE, NAMED, TRIGGERS
from valuetopup.simulator.script import GROUPS, BadFaultError
from valuetopup.simulator.wire import Environ, plain

Handler = Callable[[Engine, dict[str, Any], dict[str, str]], Any]


def serve(engine: Engine, environ: Environ, start_response: Any) -> list[bytes]:
    """Answer one control request."""
    status, content = _serve(engine, environ)
    return plain(status, dumps(content).encode(), start_response)


def _serve(engine: Engine, environ: Environ) -> tuple[int, Any]:
    if not ipaddress.ip_address(environ["REMOTE_ADDR"]).is_loopback:
        return 403, {"message": "the control port answers loopback only"}
    name = environ["PATH_INFO"].removeprefix("/control/").strip("/")
    handler = HANDLERS.get((environ["REQUEST_METHOD"], name))
    if handler is None:
        return 404, {"message": f"no such control: {name}"}
    query = {key: values[0] for key, values in parse_qs(environ["QUERY_STRING"]).items()}
    try:
        given = loads(environ["wsgi.input"].read() or b"{}")
        if not isinstance(given, dict):
            raise ValueError("the body is not an object")
        with engine.lock:
            return 200, handler(engine, given, query)
    except (ValueError, TypeError, KeyError, ArithmeticError) as problem:
        return 400, {"message": str(problem)}


def health(engine: Engine, given: dict[str, Any], query: dict[str, str]) -> Any:
    return {
        "status": "ok",
        "skus": len(engine.catalogue.skus),
        "currency": engine.options.currency,
        "lookup": engine.options.lookup,
        "duplicates": engine.options.duplicates,
        "journal": str(engine.options.journal),
    }


def journal(engine: Engine, given: dict[str, Any], query: dict[str, str]) -> Any:
    wanted = query.get("correlationId")
    listed = engine.book.rows.values()
    return [row.as_json() for row in listed if wanted in (None, row.correlation_id)]


def wallet(engine: Engine, given: dict[str, Any], query: dict[str, str]) -> Any:
    book = engine.book
    return {
        "opened": book.opened,
        "balance": engine.balance(),
        "available": book.available,
        "charged": book.charged,
        "currency": book.currency,
    }


def summary(engine: Engine, given: dict[str, Any], query: dict[str, str]) -> Any:
    listed = list(engine.book.rows.values())
    return {
        "orders": len(listed),
        "posts": sum(row.posts for row in listed),
        "executed": sum(row.executed for row in listed),
        "charged": engine.book.charged,
        "maxPosts": max((row.posts for row in listed), default=0),
    }


def add_fault(engine: Engine, given: dict[str, Any], query: dict[str, str]) -> Any:
    return engine.script.add(given).as_json()


def list_faults(engine: Engine, given: dict[str, Any], query: dict[str, str]) -> Any:
    return [fault.as_json() for fault in engine.script.faults]


def clear_faults(engine: Engine, given: dict[str, Any], query: dict[str, str]) -> Any:
    engine.script.clear()
    engine.delays.clear()
    return []


def menu(engine: Engine, given: dict[str, Any], query: dict[str, str]) -> Any:
    return {
        "triggers": sorted(TRIGGERS),
        "named": sorted(NAMED),
        "catalogue": list(CATALOGUE),
        "kinds": {name: list(kinds) for name, kinds in GROUPS.items()},
    }


def delay(engine: Engine, given: dict[str, Any], query: dict[str, str]) -> Any:
    """Delay all requests of a kind or group (default all) by so many seconds."""
    kind = str(given.get("kind", "*"))
    kinds = GROUPS.get(kind, (kind,))
    if not set(kinds) <= set(GROUPS["*"]):
        raise BadFaultError(f"no such kind: {kind!r}")
    seconds = float(given["seconds"])
    if not 0 <= seconds <= 86_400:
        raise ValueError("seconds are 0 to 86400")
    engine.delays.update(dict.fromkeys(kinds, seconds))
    return {name: Decimal(str(value)) for name, value in engine.delays.items() if value}


def reset(engine: Engine, given: dict[str, Any], query: dict[str, str]) -> Any:
    amount = Decimal(str(given["wallet"])) if "wallet" in given else None
    if amount is not None and not 0 <= amount < 10**15:
        raise ValueError("a wallet holds 0 or more")
    engine.reset(amount)
    return wallet(engine, given, query)


HANDLERS: dict[tuple[str, str], Handler] = {
    ("GET", "health"): health,
    ("GET", "journal"): journal,
    ("GET", "wallet"): wallet,
    ("GET", "summary"): summary,
    ("GET", "faults"): list_faults,
    ("POST", "faults"): add_fault,
    ("DELETE", "faults"): clear_faults,
    ("GET", "menu"): menu,
    ("POST", "delay"): delay,
    ("POST", "reset"): reset,
}
