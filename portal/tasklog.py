"""Celery's side of the log and of the start.

A task's message carries the ids of whoever sent it (a request, a sale), and the
lines of the task carry them on. Worker and beat refuse another provider's database.
"""

import logging
import logging.config
import warnings
from typing import Any

from celery import signals
from celery.platforms import SecurityWarning
from structlog.contextvars import bind_contextvars, clear_contextvars, get_contextvars

HEADER = "log_context"
CARRIED = ("request_id", "correlation_id")


def connect() -> None:
    """Connect once, when the Celery app is made. Safe to repeat."""
    # Ten lines of advice to root; only JSON is accepted, so root is no more than root.
    warnings.filterwarnings("ignore", category=SecurityWarning)
    signals.setup_logging.connect(set_up_logging)
    signals.before_task_publish.connect(pack)
    signals.task_prerun.connect(unpack)
    signals.task_postrun.connect(forget)
    signals.worker_init.connect(require_provider)
    signals.beat_init.connect(require_provider)


def set_up_logging(**_: Any) -> None:
    """Our log instead of Celery's own."""
    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)
    logging.captureWarnings(True)


def pack(headers: dict[str, Any] | None = None, **_: Any) -> None:
    context = get_contextvars()
    if headers is not None:
        headers[HEADER] = {name: context[name] for name in CARRIED if name in context}


def unpack(task: Any = None, task_id: str = "", **_: Any) -> None:
    if task is None or task.request.is_eager:
        return  # runs inside its sender, which keeps its own ids
    clear_contextvars()
    given = task.request.get(HEADER) or {}
    ids = {name: str(given[name]) for name in CARRIED if name in given}
    bind_contextvars(task=task.name, task_id=task_id, **ids)


def forget(task: Any = None, **_: Any) -> None:
    if task is not None and not task.request.is_eager:
        clear_contextvars()


def require_provider(**_: Any) -> None:
    from portal import start

    start.require_provider()
