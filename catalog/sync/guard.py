"""Judges a plan before it is applied: does the provider's answer look right?

A suspicion has a kind and a size (a share, 0 to 1). An admin confirms the
suspicions of one run; the next sync may then be as odd, but not much odder.
"""

from collections import Counter
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from catalog.enums import Category
from catalog.models import Product, Sku, SyncRun
from catalog.sync.fetch import Fetched
from catalog.sync.plan import TablePlan

DEFAULT_MAX_GONE = 0.30
_TOLERANCE = 0.05  # of the share that was confirmed: lists move between two syncs


@dataclass(frozen=True)
class Suspicion:
    kind: str
    size: float
    text: str


def suspicions(fetched: Fetched, plans: list[TablePlan]) -> list[Suspicion]:
    """Everything that looks wrong about an answer; empty if nothing does."""
    skus = plans[-1]
    found = [*_empty_lists(fetched, skus)]
    if not skus.live:
        return found
    limit = float(getattr(settings, "CATALOG_MAX_GONE", DEFAULT_MAX_GONE))
    gone, unsellable = len(skus.gone) / skus.live, _made_unsellable(skus) / skus.live
    if gone > limit:
        text = _("%(gone)d of %(live)d SKUs are gone (%(share)d %%).")
        found.append(Suspicion("gone", gone, text % _figures(len(skus.gone), skus.live)))
    if unsellable > limit:
        text = _(
            "%(gone)d of %(live)d SKUs have no usable amount or currency any more (%(share)d %%)."
        )
        found.append(
            Suspicion("unsellable", unsellable, text % _figures(_made_unsellable(skus), skus.live))
        )
    return found


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


def _empty_lists(fetched: Fetched, skus: TablePlan) -> list[Suspicion]:
    cards = any(
        row.retired_at is None and row.category == Category.GIFT_CARD for row in skus.known.values()
    )
    empty = {
        "countries": not fetched.countries,
        "skus": not fetched.skus,
        "products": not fetched.products
        and Product.objects.filter(retired_at=None).exclude(raw={}).exists(),
        "gift_cards": not fetched.gift_cards and cards,
    }
    words = {
        "countries": _("The list of countries is empty."),
        "skus": _("The list of SKUs is empty."),
        "products": _("The list of products is empty."),
        "gift_cards": _("The list of gift cards is empty."),
    }
    return [
        Suspicion(f"empty:{name}", 1.0, words[name]) for name, is_empty in empty.items() if is_empty
    ]


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
