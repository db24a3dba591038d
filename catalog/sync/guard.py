"""Judges a plan before it is applied: does the provider's answer look right?

A suspicion has a kind and a size (a share, 0 to 1). An admin confirms the
suspicions of one run; the next sync may then be as odd, but not much odder.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.enums import Category
from catalog.models import Sku, SyncRun
from catalog.sync.fetch import Fetched
from catalog.sync.plan import TablePlan
from catalog.sync.rows import Key

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
    return found


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


def _figures(gone: int, live: int) -> dict[str, int]:
    return {"gone": gone, "live": live, "share": round(100 * gone / live)}
