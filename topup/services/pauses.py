"""Pauses of an operator that fails, and the one sale that tries it again.

After so many failures in a row nothing of it is sold for some minutes. Then one
customer's own sale is let through as the probe: its success ends the pause, its failure
makes a longer one. We never make a sale to find out. A person may hold an operator open
or closed, whatever its sales say.
"""

from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import Sku
from topup.models import OperatorWeather, Person, SafetyRules, Sale, Shop
from topup.models.alarm import AlarmKind
from topup.models.weather import Hold
from topup.safetyerrors import OperatorPausedError
from topup.services import alarms
from topup.services.safety import current_rules
from topup.states import INVOICED, Basis, SaleState
from valuetopup import codes

#: A probe that has no end after so long counts as failed.
PROBE_PATIENCE = timedelta(minutes=10)
_MOST_DOUBLED = 12


def check(*, shop: Shop, sku: Sku) -> None:
    """Whether goods of this operator are sold now; before a price is told. Claims nothing.

    Error: `OperatorPausedError`, with words until when.
    """
    row = closed_row(sku.operator_id)
    if row and (told := refusal(row, shop)):
        raise OperatorPausedError(told)


def let_through(*, shop: Shop, sku: Sku, key: str) -> None:
    """Whether the sale of this key is made; after a pause only one is, as the probe.

    Called in the transaction of the sale: if that is undone, so is the claim.
    Error: `OperatorPausedError`.
    """
    row = closed_row(sku.operator_id)
    if row is None:
        return
    if told := refusal(row, shop):
        raise OperatorPausedError(told)
    if not claim_probe(row, key) and (row := closed_row(sku.operator_id)):
        raise OperatorPausedError(refusal(row, shop) or _tried(row))


def closed_row(operator_id: int | None) -> OperatorWeather | None:
    """The row of an operator that is paused or held closed; its probe's end is seen first."""
    if operator_id is None:
        return None
    row = _closed().filter(operator=operator_id).select_related("operator").first()
    if row and row.probe_key and _settle_probe(row, current_rules(), timezone.now()):
        return closed_row(operator_id)
    return row


def refusal(row: OperatorWeather, shop: Shop) -> str:
    """Why nothing of a closed operator is sold now; empty if the next sale is the probe."""
    name = {"operator": row.operator.name}
    if row.hold == Hold.CLOSED:
        return _("%(operator)s is closed by your distributor for now.") % name
    if row.paused_until and row.paused_until > timezone.now():
        until = row.paused_until.astimezone(shop.zone)
        text = _("%(operator)s has trouble: nothing of it is sold until %(until)s.")
        return text % (name | {"until": f"{until:%H:%M}"})
    return _tried(row) if row.probe_key else ""


def _tried(row: OperatorWeather) -> str:
    text = _(
        "%(operator)s had trouble, and one sale is trying it now. Nothing was sold. Wait a minute."
    )
    return text % {"operator": row.operator.name}


def claim_probe(row: OperatorWeather, key: str) -> bool:
    """Make the sale of this key the probe; of two at once only one is."""
    now = timezone.now()
    free = OperatorWeather.objects.filter(
        pk=row.pk, hold=Hold.NONE, paused_until__lte=now, probe_key=""
    )
    return bool(free.update(probe_key=key, probed_at=now))


def follow(*, now: datetime) -> None:
    """Pause what fails, and see how the probes ended. Safe to repeat."""
    rules = current_rules()
    for row in _closed().exclude(probe_key="").select_related("operator"):
        _settle_probe(row, rules, now)
    if not rules.pause_is_on:
        _end_all()
        return
    failing = OperatorWeather.objects.filter(
        Q(counts_from=None) | Q(counts_from__lte=F("counted_at")),  # not counted before a resume
        failures_in_row__gte=rules.pause_after, paused_until=None, hold=Hold.NONE,
    )  # fmt: skip
    for row in failing.select_related("operator"):
        _pause(row, rules, now)


def _end_all() -> None:
    """Pauses were switched off: those that run end, too."""
    OperatorWeather.objects.filter(paused_until__isnull=False).update(
        paused_until=None, pauses=0, probe_key="", probed_at=None
    )


def hold(*, row: OperatorWeather, how: Hold, reason: str, by: Person) -> None:
    """A person decides, or gives the operator back to its sales. Counting begins anew."""
    now = timezone.now()
    OperatorWeather.objects.filter(pk=row.pk).update(
        hold=how, hold_reason=reason, held_at=now, held_by=by, paused_until=None, pauses=0,
        probe_key="", probed_at=None, counts_from=now, failures_in_row=0,
    )  # fmt: skip


def _closed() -> QuerySet[OperatorWeather]:
    return OperatorWeather.objects.exclude(hold=Hold.OPEN).filter(
        Q(hold=Hold.CLOSED) | Q(paused_until__isnull=False)
    )


def _pause(row: OperatorWeather, rules: SafetyRules, now: datetime) -> None:
    paused = OperatorWeather.objects.filter(pk=row.pk, paused_until=None, hold=Hold.NONE)
    if paused.update(paused_until=now + length(rules, 0), pauses=1):
        text = f"{row.operator.name}: {row.failures_in_row} failures in a row, paused"
        alarms.raise_alarm(AlarmKind.WEATHER, text, about=f"operator {row.operator_id}")


def length(rules: SafetyRules, before: int) -> timedelta:
    """How long a pause is, after so many before it."""
    minutes = rules.pause_minutes * 2 ** min(before, _MOST_DOUBLED)
    return timedelta(minutes=min(minutes, rules.pause_most_minutes))


def _settle_probe(row: OperatorWeather, rules: SafetyRules, now: datetime) -> bool:
    """Draw the conclusion from a probe that ended; False while it goes on."""
    sale = Sale.objects.filter(correlation_id=row.probe_key).first()
    rows = OperatorWeather.objects.filter(pk=row.pk, probe_key=row.probe_key)
    if sale and sale.state in INVOICED:
        end = {"paused_until": None, "pauses": 0, "counts_from": now, "failures_in_row": 0}
        return bool(rows.update(probe_key="", probed_at=None, **end))
    if _has_failed(row, sale, now):
        until = now + length(rules, row.pauses)
        return bool(
            rows.update(probe_key="", probed_at=None, paused_until=until, pauses=row.pauses + 1)
        )
    if sale is None or sale.settled_at:  # it told nothing of the operator: another one may try
        return bool(rows.update(probe_key="", probed_at=None))
    return False


def _has_failed(row: OperatorWeather, sale: Sale | None, now: datetime) -> bool:
    if sale is None:
        return False
    if sale.state in {SaleState.IN_DOUBT, SaleState.IN_REVIEW}:
        return True
    if sale.state == SaleState.DECLINED:
        return sale.basis == Basis.ABSENT or sale.response_code in codes.OPERATOR_FAULTS
    is_late = row.probed_at is not None and now - row.probed_at > PROBE_PATIENCE
    return is_late and sale.settled_at is None
