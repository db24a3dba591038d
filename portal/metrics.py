"""What `/health/metrics/` tells, in the text format of Prometheus.

Everything is read when it is asked for, from the database, the cache and the broker. So
every web process of every machine tells the same, and nothing is counted in a worker. A
part that cannot be read is left out, the others are told, and `topnet_scrape_ok` says
which. No label holds a number, a name of a person or a secret, and each has few values.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from functools import partial

import structlog
from django.conf import settings
from django.db import connection, transaction
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from catalog.enums import SyncState
from catalog.models import SyncRun
from catalog.sync.confirm import waiting
from portal import broker, heartbeats
from portal.celery import app
from topup import pulse
from topup.models import Kind
from topup.models.alarm import AlarmKind, StopKind
from topup.services import provider
from topup.states import UNFINISHED, SaleState

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
#: A figure that takes the database longer is not worth it.
STATEMENT_SECONDS = 2
_MINUTES = int(pulse.RECENT.total_seconds() / 60)
type Part = Callable[[], Iterable[Metric]]
type Number = int | float | Decimal
type Values = Mapping[str, Number] | Mapping[tuple[str, str], Number]
log = structlog.get_logger(__name__)


def text() -> bytes:
    """All metrics of this moment."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Reading())
    return generate_latest(registry)


class _Reading(Collector):
    """One look at everything, part by part."""

    def collect(self) -> Iterator[Metric]:
        found = {"database": _read("database", _connected)}
        is_there = found["database"] is not None  # else every part would wait for it anew
        for name, part in IN_DATABASE.items():
            found[name] = _read(name, partial(_in_database, part)) if is_there else None
        for name, part in ELSEWHERE.items():
            found[name] = _read(name, part)
        for metrics in found.values():
            yield from metrics or ()
        ok = {name: metrics is not None for name, metrics in found.items()}
        yield _gauge("scrape_ok", "1 if this part could be read, else 0.", ok, "part")


def _read(name: str, part: Part) -> list[Metric] | None:
    """What a part tells; None if it cannot be read."""
    try:
        return list(part())
    except Exception as error:
        log.warning("metrics not read", part=name, error=type(error).__name__)
        return None


def _connected() -> Iterable[Metric]:
    connection.ensure_connection()
    return ()


def _in_database(part: Part) -> list[Metric]:
    """A part in a transaction of its own, so that one that fails leaves the others alone."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = '{STATEMENT_SECONDS}s'")
        return list(part())


def _gauge(name: str, told: str, values: Values, *labels: str) -> Metric:
    """A value for each label value, or for each pair of them."""
    family = GaugeMetricFamily(f"topnet_{name}", told, labels=labels)
    for key, value in values.items():
        family.add_metric([key] if isinstance(key, str) else key, float(value))
    return family


def _one(name: str, told: str, value: Number) -> Metric:
    return GaugeMetricFamily(f"topnet_{name}", told, value=float(value))


def _sales() -> Iterator[Metric]:
    open_sales = pulse.open_sales()
    counts = {state: open_sales.get(state, (0, 0.0))[0] for state in _STATES}
    ages = {state: open_sales.get(state, (0, 0.0))[1] for state in _STATES}
    yield _gauge("sales_open", "Sales without an end, by state.", counts, "state")
    yield _gauge(
        "sale_open_oldest_seconds", "Age of the oldest sale in this state; 0 if there is none.",
        ages, "state",
    )  # fmt: skip
    count, late = pulse.due_polls()
    yield _one("sales_poll_due", "Sales that the provider is to be asked about now.", count)
    yield _one("sale_poll_late_seconds", "For how long the first of them has been due.", late)
    told = "Number of the newest sale: grows with every sale, and leaves out few numbers."
    yield CounterMetricFamily("topnet_sales_started", told, value=pulse.newest_sale())


def _outcomes() -> Iterator[Metric]:
    ended = {(row.kind, row.outcome): row for row in pulse.ended_lately()}
    pairs = [(str(kind), str(outcome)) for kind in Kind for outcome in pulse.OUTCOMES]
    counts = {pair: ended[pair].sales if pair in ended else 0 for pair in pairs}
    yield _gauge(
        "recent_sales", f"Sales that ended within {_MINUTES} minutes, by what they are now.",
        counts, "kind", "outcome",
    )  # fmt: skip
    seconds = {
        (kind, f"{quantile:g}"): value
        for (kind, outcome), row in ended.items() if outcome == SaleState.COMPLETED
        for quantile, value in zip(pulse.QUANTILES, row.seconds or (), strict=False)
    }  # fmt: skip
    yield _gauge(
        "recent_delivery_seconds",
        f"From sending to the end, of sales that were completed within {_MINUTES} minutes.",
        seconds, "kind", "quantile",
    )  # fmt: skip


def _operators() -> Iterator[Metric]:
    sales: dict[tuple[str, str], int] = {}
    for number, delivered, failed in pulse.operators():
        sales |= {(str(number), "delivered"): delivered, (str(number), "failed"): failed}
    yield _gauge(
        "operator_recent_sales",
        "Sales of 30 minutes that tell how an operator does, by its number at the provider; "
        f"at most {pulse.MOST_OPERATORS} operators, those that fail most first.",
        sales, "operator", "outcome",
    )  # fmt: skip
    told = "Operators that are paused, or held closed by a person."
    yield _one("operators_closed", told, pulse.closed_operators())


def _alarms() -> Iterator[Metric]:
    alarms, stops = pulse.open_alarms(), pulse.stops()
    counts = {str(kind): alarms.get(kind, 0) for kind in AlarmKind}
    yield _gauge("alarms_open", "Alarms that nobody has cleared, by kind.", counts, "kind")
    flags = {str(kind): kind in stops for kind in StopKind}
    yield _gauge("stopped", "1 while this is stopped until a person lifts it.", flags, "kind")


def _floats() -> Iterator[Metric]:
    rows = pulse.floats()
    promised = {currency: amount for currency, amount, _held in rows}
    told = "What is on the floats of all shops, those below zero left out."
    yield _gauge("float_promised", told, promised, "currency")
    held = {currency: amount for currency, _promised, amount in rows}
    yield _gauge("float_held", "What is held for sales on their way.", held, "currency")


def _kiosks() -> Iterator[Metric]:
    enrolled, seen = pulse.kiosks()
    yield _one("kiosks_enrolled", "Kiosks that have a browser.", enrolled)
    yield _one("kiosks_seen", f"Those that were seen within {_MINUTES} minutes.", seen)
    told = "Customers' offers that nobody at a counter has taken yet."
    yield _one("kiosk_offers_waiting", told, pulse.offers_waiting())


def _catalogue() -> Iterator[Metric]:
    applied = SyncRun.objects.filter(state=SyncState.APPLIED).order_by("-pk")
    synced_at = applied.values_list("finished_at", flat=True).first()
    if synced_at:
        told = "When the provider's lists were last written down."
        yield _one("catalogue_synced_timestamp_seconds", told, synced_at.timestamp())
    told = "1 while a sync of the catalogue waits for a person's word."
    yield _one("catalogue_sync_held", told, waiting() is not None)


def _provider() -> Iterator[Metric]:
    last = provider.last_comparison()
    if last is None:
        return
    found, currency = last.found, settings.VALUETOPUP_WALLET_CURRENCY
    told = "Money at the provider, as it last told."
    yield _gauge("provider_balance", told, {currency: found.told}, "currency")
    told = "What it told less what the books said at that time."
    yield _gauge("provider_balance_difference", told, {currency: found.difference}, "currency")
    told = "1 if sales on their way explain the difference."
    yield _one("provider_balance_explained", told, found.is_explained)
    told = "When the provider last told it."
    yield _one("provider_balance_timestamp_seconds", told, last.at)


def _tasks() -> Iterator[Metric]:
    told = "When each periodic task last ended well."
    yield _gauge("task_success_timestamp_seconds", told, heartbeats.last(app), "task")


def _broker() -> Iterator[Metric]:
    queues = [queue.name for queue in app.conf.task_queues]
    with broker.link() as link, link.pipeline(transaction=False) as ask:
        for queue in queues:
            ask.llen(queue)
        lengths = dict(zip(queues, ask.execute(), strict=True))
    yield _gauge("queue_messages", "Messages that no worker has taken yet.", lengths, "queue")


_STATES = tuple(str(state) for state in SaleState if state in UNFINISHED)
IN_DATABASE: dict[str, Part] = {
    "sales": _sales, "outcomes": _outcomes, "operators": _operators, "alarms": _alarms,
    "floats": _floats, "kiosks": _kiosks, "catalogue": _catalogue,
}  # fmt: skip
ELSEWHERE: dict[str, Part] = {"provider": _provider, "tasks": _tasks, "broker": _broker}
