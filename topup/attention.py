"""What waits for a person of the distributor, for the first page of the admin."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Count, DecimalField, F, Q, QuerySet, Sum, Value
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.queries import wallet_currency_mismatch
from catalog.sync.confirm import waiting
from ledger.admin import figure
from topup.models import (
    Alarm,
    Claim,
    CoolDown,
    DayClose,
    DepositRequest,
    Dispute,
    OperatorWeather,
    Person,
    Resolution,
    ResolutionState,
    Sale,
    Shop,
    Stop,
)
from topup.models.deposit import WAITING_STATES
from topup.models.dispute import OPEN_CLAIMS, OPEN_DISPUTES
from topup.models.weather import Hold
from topup.seen_codes import unknown_codes
from topup.services.forecast import LOW_WITHIN
from topup.states import SaleState


@dataclass(frozen=True)
class Need:
    """One thing that waits: what, where to see to it, and whether nothing sells until then."""

    text: str
    url: str
    is_urgent: bool = False


def low_floats(shops: QuerySet[Shop]) -> QuerySet[Shop]:
    """Those that may sell and have little left, credit included, or run out soon at their pace."""
    low = Decimal(str(settings.LOW_FLOAT))
    spendable = F("float_account__balance") - F("float_account__held")
    return shops.alias(spendable=spendable + F("float_account__credit_limit")).filter(
        Q(spendable__lt=low) | Q(runs_out_at__lt=timezone.now() + LOW_WITHIN), is_frozen=False
    )


def needs(person: Person) -> list[Need]:
    """What waits for this person: only what he may see. At most four queries."""
    return [*_stops(person), *_catalogue(person), *_counted(person)]


def _stops(person: Person) -> Iterator[Need]:
    if not person.has_perm("topup.view_stop"):
        return
    url = reverse("admin:topup_stop_changelist") + "?is=open"
    for stop in Stop.objects.filter(cleared_at=None):
        text = _("Stopped: %(what)s (%(why)s)")
        values = {"what": stop.get_kind_display(), "why": stop.reason}
        yield Need(text % values, url, is_urgent=True)


def _catalogue(person: Person) -> Iterator[Need]:
    if not person.has_perm("catalog.view_syncrun"):
        return
    url = reverse("admin:catalog_syncrun_changelist")
    if mismatch := wallet_currency_mismatch():
        yield Need(mismatch, url, is_urgent=True)
    if held := waiting():
        change = reverse("admin:catalog_syncrun_change", args=[held.pk])
        yield Need(_("A catalogue sync waits for your word: %s") % held.reason, change)


def _counted(person: Person) -> Iterator[Need]:
    """What is only counted: one query for all that the person may see."""
    rows: dict[str, QuerySet[Any]] = {
        "alarm": Alarm.objects.filter(cleared_at=None),
        "sale": Sale.objects.filter(state=SaleState.IN_REVIEW),
        "depositrequest": DepositRequest.objects.filter(state__in=WAITING_STATES),
        "dispute": Dispute.objects.filter(state__in=OPEN_DISPUTES),
        "resolution": Resolution.objects.filter(state=ResolutionState.WAITING),
        "claim": Claim.objects.filter(state__in=OPEN_CLAIMS),
        "dayclose": DayClose.objects.filter(sealed_at=None),
        "shop": low_floats(Shop.objects.all()),
        "seencode": unknown_codes(),
        "cooldown": CoolDown.objects.filter(lifted_at=None, until__gt=timezone.now()),
        "operatorweather": OperatorWeather.objects.exclude(hold=Hold.OPEN).exclude(
            hold=Hold.NONE, paused_until=None
        ),
    }
    seen = {model: found for model, found in rows.items() if person.has_perm(f"topup.view_{model}")}
    for model, count, more in _counts(seen):
        if count:
            url = reverse(f"admin:topup_{model}_changelist") + _FILTERS[model]
            values = {
                "count": count, "more": figure(more) if model == "claim" else f"{more:f}",
                "currency": settings.VALUETOPUP_WALLET_CURRENCY,
            }  # fmt: skip
            is_late = model == "dispute" and more > 0
            text = _overdue_text() if is_late else _counted_text(model, count)
            yield Need(text % values, url, is_urgent=is_late)


_FILTERS = {
    "alarm": "?is=open", "sale": "?state=in_review", "depositrequest": "?is=waiting",
    "dispute": "?is=open", "resolution": "?is=waiting", "claim": "?is=open",
    "dayclose": "?is=open", "shop": "?float=low",
    "seencode": "?words=none", "cooldown": "?is=running", "operatorweather": "?is=closed",
}  # fmt: skip


def _counted_text(model: str, count: int) -> str:
    return {
        "alarm": ngettext("%(count)d open alarm", "%(count)d open alarms", count),
        "sale": ngettext("%(count)d sale in review", "%(count)d sales in review", count),
        "depositrequest": ngettext(
            "%(count)d deposit waits for approval", "%(count)d deposits wait for approval", count
        ),
        "dispute": ngettext("%(count)d open dispute", "%(count)d open disputes", count),
        "resolution": ngettext(
            "%(count)d decision about a sale waits for a second person",
            "%(count)d decisions about sales wait for a second person",
            count,
        ),
        "claim": ngettext(
            "%(count)d open claim on the provider: %(more)s %(currency)s",
            "%(count)d open claims on the provider: %(more)s %(currency)s",
            count,
        ),
        "dayclose": ngettext("%(count)d day is not sealed", "%(count)d days are not sealed", count),
        "shop": ngettext(
            "%(count)d shop with a low float", "%(count)d shops with a low float", count
        ),
        "seencode": ngettext(
            "The provider answers with %(count)d code that we have no words for",
            "The provider answers with %(count)d codes that we have no words for",
            count,
        ),
        "cooldown": ngettext(
            "%(count)d cool-down of PINs and gift cards is running",
            "%(count)d cool-downs of PINs and gift cards are running",
            count,
        ),
        "operatorweather": ngettext(
            "%(count)d operator is paused or closed",
            "%(count)d operators are paused or closed",
            count,
        ),
    }[model]


def _overdue_text() -> str:
    return _("Open disputes: %(count)d, of them overdue: %(more)s")


def _more(model: str) -> Any:
    """What is told beside the count: the sum of claims, how many disputes are overdue."""
    if model == "claim":
        return Sum("amount")
    if model == "dispute":
        late = Count("pk", filter=Q(due_at__lt=timezone.now()))
        return Cast(late, DecimalField(max_digits=20, decimal_places=0))
    return Value(Decimal(0), DecimalField(max_digits=20, decimal_places=4))


def _counts(rows: dict[str, QuerySet[Any]]) -> list[tuple[str, int, Decimal]]:
    """How many rows each query has, in one round trip."""
    counted = [
        found.order_by().values(what=Value(name)).annotate(count=Count("*"), more=_more(name))
        for name, found in rows.items()
    ]
    if not counted:
        return []
    first, *others = counted
    found = first.union(*others, all=True).order_by().values_list("what", "count", "more")
    return sorted(found, key=lambda row: list(rows).index(row[0]))
