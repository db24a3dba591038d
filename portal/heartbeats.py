"""When each of beat's tasks last ended well: a stamp in the shared cache, for who watches.

Nothing in the product goes by a stamp. Without the cache none is written, and the work
is done all the same.
"""

import time
from typing import Any

import structlog
from celery import Celery, signals
from django.core.cache import cache

log = structlog.get_logger(__name__)


def connect() -> None:
    """Connect once, when the Celery app is made. Safe to repeat."""
    signals.task_success.connect(stamp)


def stamp(sender: Any = None, **_: Any) -> None:
    """A task ended well; only those of beat are written down."""
    names = [name for name, task in _tasks(sender.app).items() if task == sender.name]
    try:
        for name in names:
            cache.set(_key(name), time.time(), None)
    except Exception:
        log.warning("the cache does not answer; the end of a task is not written down")


def last(app: Celery) -> dict[str, float]:
    """By its name in the schedule, when each task last ended well, in seconds of Unix time.

    A task without a stamp is left out. Errors of the cache come through.
    """
    found = cache.get_many([_key(name) for name in _tasks(app)])
    return {name: found[_key(name)] for name in _tasks(app) if _key(name) in found}


def _tasks(app: Celery) -> dict[str, str]:
    return {name: entry["task"] for name, entry in app.conf.beat_schedule.items()}


def _key(name: str) -> str:
    return f"ended-well:{name}"
