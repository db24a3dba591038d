"""Desks of the distributor: groups of rights for its people, made by `manage.py make_roles`.

No desk may give rights, to itself or to others: people who enter the admin, groups and
second factors are for superusers. A desk has exactly what stands here, after every run;
for other rights make a group with another name.
"""

from dataclasses import dataclass

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q

SUPPORT, SHOPS, FINANCE = "Support", "Shops", "Finance"
CATALOGUE, AUDITOR = "Catalogue", "Auditor"

#: What may be looked at, by app; each desk names its own part of it.
SALES = ("sale", "dispute", "refund", "resolution", "alarm", "stop", "notice", "shift", "owed",
         "seencode", "kioskoffer")  # fmt: skip
PLACES = ("shop", "tier", "person", "device", "kiosk", "shopswitch", "blockednumber")
SAFETY = ("safetyrules", "safetyanswer", "cooldown", "operatorweather")
MONEY = ("depositrequest", "depositproof", "claim", "dayclose", "daytotal", "provideridentity")
PRICES = ("pricebook", "pricerule", "whatif")
BOOKS = ("account", "entry", "line", "hold", "checkpoint")
GOODS = ("country", "operator", "product", "sku", "syncrun", "errorcode", "promotion", "logo")


@dataclass(frozen=True)
class Desk:
    """Rights as "app.codename"; `sees` are models ("app.model") to look at."""

    sees: tuple[str, ...]
    may: tuple[str, ...] = ()

    @property
    def rights(self) -> set[str]:
        looks = {f"{app}.view_{model}" for app, model in (name.split(".") for name in self.sees)}
        return looks | set(self.may)


def _of(app: str, *models: str) -> tuple[str, ...]:
    return tuple(f"{app}.{model}" for model in models)


def _may(app: str, deeds: str, *models: str) -> tuple[str, ...]:
    """`deeds` such as "add change"."""
    return tuple(f"{app}.{deed}_{model}" for model in models for deed in deeds.split())


_EVERYTHING = (
    *_of("topup", *SALES, *PLACES, *SAFETY, *MONEY, *PRICES, "auditentry", "factor"),
    *_of("ledger", *BOOKS),
    *_of("catalog", *GOODS),
    *_of("auth", "group"),
    *_of("admin", "logentry"),
)
DESKS: dict[str, Desk] = {
    # Answers shops: looks at sales, asks the provider, reviews disputes, clears alarms, sees to
    # kiosks.
    SUPPORT: Desk(
        (
            *_of("topup", *SALES, *PLACES, *SAFETY),
            *_of("catalog", *GOODS),
            *_of("ledger", "hold"),
        ),
        _may("topup", "change", "sale", "dispute", "alarm", "cooldown", "operatorweather", "kiosk"),
    ),
    # Opens shops, tills and kiosks, looks after their people, limits, goods and blocked numbers.
    SHOPS: Desk(
        (*_of("topup", *PLACES, *SAFETY, "notice"), *_of("catalog", *GOODS)),
        (
            *_may("topup", "change", "safetyrules", "cooldown"),
            *_may("topup", "add change", "shop", "tier", "person", "kiosk"),
            *_may("topup", "change", "device"),
            *_may("topup", "add", "notice"),
            *_may("topup", "add change delete", "shopswitch", "blockednumber"),
        ),
    ),
    # Money: deposits, floats and credit, claims, disputes, price books, the close of a day.
    FINANCE: Desk(
        (
            *_of("topup", *SALES, *MONEY, *PRICES, "shop", "tier"),
            *_of("ledger", *BOOKS),
            *_of("catalog", *GOODS),
        ),
        (
            *_may("ledger", "add", "entry"),
            *_may("ledger", "change", "account"),
            *_may("topup", "change", "depositrequest", "claim", "dispute", "sale", "stop", "alarm"),
            *_may("topup", "add", "refund", "notice", "whatif"),
            *_may("topup", "add change delete publish", "pricebook"),
            *_may("topup", "add change delete", "pricerule"),
            *_may("topup", "change", "dayclose"),
        ),
    ),
    # What can be sold: syncs, and SKUs off and on sale.
    CATALOGUE: Desk(
        (*_of("catalog", *GOODS), *_of("topup", "alarm", "stop", "operatorweather")),
        (
            *_may("catalog", "add change", "syncrun"),
            *_may("catalog", "change", "sku"),
            *_may("topup", "add change", "operatorweather"),
        ),
    ),
    # Looks at everything, the audit log too, and changes nothing.
    AUDITOR: Desk(_EVERYTHING),
}


class UnknownRightError(LookupError):
    """A desk names a right that no model has."""


@transaction.atomic
def make_desks() -> list[str]:
    """Make the groups, or put their rights right. The names of those that changed. Safe to repeat.

    Error: `UnknownRightError`.
    """
    known = _permissions()
    changed = []
    for name, desk in DESKS.items():
        if missing := desk.rights - known.keys():
            raise UnknownRightError(f"{name}: {', '.join(sorted(missing))}")
        group, is_new = Group.objects.get_or_create(name=name)
        wanted = {known[right] for right in desk.rights}
        has = set(group.permissions.values_list("pk", flat=True))
        if is_new or has != wanted:
            group.permissions.set(wanted)
            changed.append(name)
    return changed


def _permissions() -> dict[str, int]:
    """Id of each permission a desk names, by "app.codename"."""
    wanted = Q()
    for right in {right for desk in DESKS.values() for right in desk.rights}:
        app, codename = right.split(".")
        wanted |= Q(content_type__app_label=app, codename=codename)
    found = Permission.objects.filter(wanted).values_list(
        "content_type__app_label", "codename", "pk"
    )
    return {f"{app}.{codename}": pk for app, codename, pk in found}
