"""One log for every program: text in development, JSON in production, no secret in it.

Lines of Django, Celery and gunicorn pass through the same formatter. Needs no
Django settings, so that gunicorn's first process can use it too.
"""

import io
import json
import logging.config
import re
from collections.abc import Iterable, MutableMapping
from typing import Any, TextIO

import structlog
from gunicorn.glogging import Logger as GunicornBase

STYLES = ("text", "json")
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")

#: Keys whose values never reach a line, whatever they hold.
SECRET_KEYS = re.compile(
    r"(^|_)(pins?|pin_number|control_number|password|passwd|secrets?|tokens?|authorization|"
    r"cookies?|api_key|secret_key|voucher_keys?|keys|raw|sealed|body|pay_?load|claim_link|"
    r"activation_code|lpa|redemption\w*|card_number|pin_hash|session_key|csrf\w*|iccid|"
    r"matching_id|certificate_link|\w*narration|claim_code|qr_code|sealed_\w+)$"
)
_URL_PASSWORD = re.compile(r"(\w://[^\s/:@]*):[^\s/@]+@")
_WELCOME = re.compile(r"(/session/welcome/)[\w./-]+")  # whoever has it sets the password
_PASSPORT = re.compile(r"(/r/)[0-9a-z]{1,12}-[\w-]{16}")  # whoever has it sees how a sale stands
#: The database tells the whole row that it does not take: numbers, names, digests of passwords.
#: It ends with its line, or with what `repr` makes of that.
_REFUSED_ROW = re.compile(
    r"(DETAIL:).*?(?=\n(?:CONTEXT|HINT|\n[A-Z])|\\n(?:CONTEXT|HINT)|\Z)", re.DOTALL
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
HIDDEN = "[hidden]"
_values: set[str] = set()

Event = MutableMapping[str, Any]


def hide(values: Iterable[str]) -> None:
    """Never print these values, wherever they appear. Short ones would garble every line."""
    for value in values:
        if len(value) >= 8:
            _values.update((value, json.dumps(value)[1:-1]))


def drop_secrets(_logger: Any, _method: str, event: Event) -> Event:
    """A processor: values under secret keys are hidden, in nested data too."""
    return {key: _clean(key, value) for key, value in event.items()}


def _clean(key: object, value: Any) -> Any:
    name = _CAMEL.sub("_", str(key)).lower().replace("-", "_")
    if SECRET_KEYS.search(name):
        return HIDDEN
    if isinstance(value, dict):
        return {inner: _clean(inner, held) for inner, held in value.items()}
    if isinstance(value, list | tuple):
        return [_clean("", held) for held in value]
    return value


def drop_rows(_logger: Any, _method: str, event: Event) -> Event:
    """A processor: of an error of the database its rule is told, not the row."""
    return {
        key: _without_row(value) if isinstance(value, str) else value
        for key, value in event.items()
    }


def _without_row(text: str) -> str:
    return _REFUSED_ROW.sub(rf"\1 {HIDDEN}", text) if "DETAIL:" in text else text


def _plain_traceback(target: TextIO, told: Any) -> None:
    """Tracebacks in development, as structlog writes them."""
    written = io.StringIO()
    structlog.dev.plain_traceback(written, told)
    target.write(_without_row(written.getvalue()))


class Formatter(structlog.stdlib.ProcessorFormatter):
    """The last step: hides known secret values, and what is secret in addresses."""

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        for value in _values:
            if value in line:
                line = line.replace(value, HIDDEN)
        for address in (_WELCOME, _PASSPORT):
            line = address.sub(rf"\1{HIDDEN}", line)
        return _URL_PASSWORD.sub(rf"\1:{HIDDEN}@", line)


def _json(data: Any, **options: Any) -> str:
    return json.dumps(data, **(options | {"default": str, "ensure_ascii": False}))


def _shared(style: str) -> list[Any]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True)
        if style == "json"
        else structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
        structlog.processors.StackInfoRenderer(),
        drop_secrets,
    ]


def config(style: str, level: str) -> dict[str, Any]:
    """The dictConfig of the standard library; `style` is one of `STYLES`."""
    _configure_structlog(style)
    last: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if style == "json":
        last += [
            structlog.processors.format_exc_info,
            drop_rows,
            structlog.processors.JSONRenderer(serializer=_json),
        ]
    else:
        last += [
            drop_rows,
            structlog.dev.ConsoleRenderer(
                colors=False, pad_event_to=0, exception_formatter=_plain_traceback
            ),
        ]
    quiet = (
        "kombu", "celery.beat", "celery.worker.strategy", "celery.app.trace",
        "celery.worker.consumer.connection", "django.server", "gunicorn.error",
    )  # fmt: skip
    passed_on: dict[str, Any] = {"handlers": [], "propagate": True}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": Formatter, "foreign_pre_chain": _shared(style),
                                "processors": last}},
        "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "line",
                             "stream": "ext://sys.stderr"}},
        "root": {"handlers": ["out"], "level": level},
        "loggers": {
            "django": {**passed_on, "level": "INFO"},
            "django.request": {**passed_on, "level": "ERROR"},  # the rest is in our own line
            "django.security.DisallowedHost": {**passed_on, "level": "CRITICAL"},  # scanners
            "celery": {**passed_on, "level": "INFO"},
            **{name: {**passed_on, "level": "WARNING"} for name in quiet},
        },
    }  # fmt: skip


def _configure_structlog(style: str) -> None:
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(style),
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,  # tests look inside
    )


class GunicornLogger(GunicornBase):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's own lines through the same formatter."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            log.handlers.clear()
            log.propagate = True
