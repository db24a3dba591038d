"""Judges a plan before it is applied: does the provider's answer look right?

A suspicion has a kind and a size (a share, 0 to 1). An admin confirms the
suspicions of one run; the next sync may then be as odd, but not much odder.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.enums import Category
from catalog.models import Sku, SyncRun
from catalog.queries import sellable
from catalog.sync.fetch import Fetched
from catalog.sync.plan import TablePlan
from catalog.sync.rows import Key
from catalog.sync.words import figure

FEWEST_CHANGED = 20  # fewer SKUs are a decision of the provider, not a mistake in a list
_TOLERANCE = 0.05  # of the share that was confirmed: lists move between two syncs


@dataclass(frozen=True)
class Suspicion:
    kind: str
    size: float
    text: str


def suspicions(fetched: Fetched, plans: list[TablePlan]) -> list[Suspicion]:
    """Everything that looks wrong about an answer; empty if nothing does."""
    found = [*_shrunken_lists(fetched, plans)]
    skus = plans[-1]
    unsellable = _made_unsellable(skus)
    if unsellable > limit() * skus.live:
        text = _(
            "%(gone)d of %(live)d SKUs have no usable amount or currency any more (%(share)d %%)."
        ) % _figures(unsellable, skus.live)
        found.append(Suspicion("unsellable", unsellable / skus.live, text))
    return [*found, *_changed_at_once(skus)]


def limit() -> float:
    """The share of a list that may go without a person's word."""
    return float(settings.CATALOG_MAX_GONE)


def is_covered(found: list[Suspicion], confirmed: SyncRun | None) -> bool:
    """Whether a confirmed run already showed all of this to a person."""
    if confirmed is None:
        return not found
    allowed = confirmed.suspicions
    return all(
        suspicion.kind in allowed and suspicion.size <= allowed[suspicion.kind] + _TOLERANCE
        for suspicion in found
    )


def cost_currency(fetched: Fetched) -> str:
    """The currency of the costs; the most common foreign one if most are foreign; or ""."""
    codes = Counter(
        code
        for row in [*fetched.skus, *fetched.gift_cards]
        if row.min.cost is not None and (code := row.min.cost_currency)
    )
    wallet = settings.VALUETOPUP_WALLET_CURRENCY
    foreign = [(count, code) for code, count in codes.items() if code != wallet]
    if sum(count for count, _code in foreign) * 2 > codes.total():
        return max(foreign)[1][:3]
    return wallet if codes else ""


def _shrunken_lists(fetched: Fetched, plans: list[TablePlan]) -> Iterator[Suspicion]:
    """Lists that are empty, or lack too many of the rows that they had.

    Each list is judged alone: half the gift cards are few among all SKUs. A row
    that only other rows still name is gone from its list: it has lost its content.
    """
    for name, count, plan, keys in _lists(fetched, plans):
        live = [key for key in keys if _is_live(plan, key)]
        gone = sum(key not in plan.wanted or not plan.wanted[key].raw for key in live)
        if not count and (live or name in _NEVER_EMPTY):
            yield Suspicion(f"empty:{name}", 1.0, str(_EMPTY[name]))
        elif gone > limit() * len(live):
            text = _GONE[name] % _figures(gone, len(live))
            yield Suspicion(f"gone:{name}", gone / len(live), text)


def _lists(
    fetched: Fetched, plans: list[TablePlan]
) -> Iterator[tuple[str, int, TablePlan, list[Key]]]:
    """Each of the provider's lists: its name, how many rows it has now, and what we know of it."""
    countries, operators, products, skus = plans
    yield "countries", len(fetched.countries), countries, list(countries.known)
    yield "operators", sum(map(len, fetched.operators.values())), operators, list(operators.known)
    yield "products", len(fetched.products), products, list(products.known)
    cards = [key for key, row in skus.known.items() if row.category == Category.GIFT_CARD]
    others = [key for key, row in skus.known.items() if row.category != Category.GIFT_CARD]
    yield "skus", len(fetched.skus), skus, others
    yield "gift_cards", len(fetched.gift_cards), skus, cards


def _is_live(plan: TablePlan, key: Key) -> bool:
    row = plan.known[key]
    return row.retired_at is None and row.is_listed


_NEVER_EMPTY = {"countries", "skus"}
_EMPTY = {
    "countries": gettext_lazy("The list of countries is empty."),
    "operators": gettext_lazy("The lists of operators are empty."),
    "products": gettext_lazy("The list of products is empty."),
    "skus": gettext_lazy("The list of SKUs is empty."),
    "gift_cards": gettext_lazy("The list of gift cards is empty."),
}
_GONE = {
    "countries": gettext_lazy("%(gone)d of %(live)d countries are gone (%(share)d %%)."),
    "operators": gettext_lazy("%(gone)d of %(live)d operators are gone (%(share)d %%)."),
    "products": gettext_lazy("%(gone)d of %(live)d products are gone (%(share)d %%)."),
    "skus": gettext_lazy("%(gone)d of %(live)d SKUs are gone (%(share)d %%)."),
    "gift_cards": gettext_lazy("%(gone)d of %(live)d gift cards are gone (%(share)d %%)."),
}


def _made_unsellable(skus: TablePlan) -> int:
    """SKUs on sale that the new row would take off sale."""
    return sum(
        _had_amount(skus, key) and not Sku(**_amount_columns(skus, key)).has_amount
        for key in skus.changed
    )


def _had_amount(skus: TablePlan, key: int) -> bool:
    row = skus.before[key]
    return isinstance(row, Sku) and row.has_amount


def _amount_columns(skus: TablePlan, key: int) -> dict[str, object]:
    values = skus.wanted[key].values
    return {name: values[name] for name in ("min_face_value", "max_face_value", "face_currency")}


def _changed_at_once(skus: TablePlan) -> Iterator[Suspicion]:
    """SKUs on sale, too many at a time, with other money or at a cost far off the one before."""
    on_sale = sellable().count()
    old = {key: row for key, row in skus.before.items() if isinstance(row, Sku) and row.has_amount}
    for kind, differs in _DIFFERENCES.items():
        changed = [key for key, row in old.items() if differs(row, skus.wanted[key].values)]
        if len(changed) < FEWEST_CHANGED or len(changed) <= settings.CATALOG_MAX_CHANGED * on_sale:
            continue
        before, after = old[changed[0]], skus.wanted[changed[0]].values
        told = _figures(len(changed), on_sale) | {
            "name": before.name, "factor": f"{settings.CATALOG_COST_FACTOR:g}",
            "old": _told(kind, vars(before)), "new": _told(kind, after),
        }  # fmt: skip
        yield Suspicion(kind, len(changed) / on_sale, _CHANGED[kind] % told)


def _has_other_currency(row: Sku, now: Mapping[str, Any]) -> bool:
    return bool(now["face_currency"]) and now["face_currency"] != row.face_currency


def _has_other_cost(row: Sku, now: Mapping[str, Any]) -> bool:
    """By the cost of one unit of the face value: a range may grow without costing more."""
    if now["face_currency"] != row.face_currency or now["cost_currency"] != row.cost_currency:
        return False
    factor = Decimal(str(settings.CATALOG_COST_FACTOR))
    for end in ("min", "max"):
        old = _unit_cost(getattr(row, f"{end}_cost"), getattr(row, f"{end}_face_value"))
        new = _unit_cost(now[f"{end}_cost"], now[f"{end}_face_value"])
        if old and new and not old / factor <= new <= old * factor:
            return True
    return False


def _unit_cost(cost: Decimal | None, face_value: Decimal | None) -> Decimal:
    return cost / face_value if cost and face_value else Decimal(0)


def _told(kind: str, values: Mapping[str, Any]) -> str:
    if kind == "currency":
        return str(values["face_currency"])
    return f"{figure(values['min_cost'])} {values['cost_currency']}"


_DIFFERENCES = {"currency": _has_other_currency, "cost": _has_other_cost}
_CHANGED = {
    "currency": gettext_lazy(
        "The amounts of %(gone)d of %(live)d SKUs on sale are in another currency (%(share)d %%), "
        "for example %(name)s: %(old)s → %(new)s."
    ),
    "cost": gettext_lazy(
        "The cost of %(gone)d of %(live)d SKUs on sale changed by more than a factor of %(factor)s "
        "(%(share)d %%), for example %(name)s: %(old)s → %(new)s."
    ),
}


def _figures(gone: int, live: int) -> dict[str, Any]:
    return {"gone": gone, "live": live, "share": round(100 * gone / live)}
