"""A plan in words, for the people who read the history of syncs."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.models import Sku
from catalog.sync.plan import TablePlan
from catalog.sync.rows import Key

MAX_LINES = 200
_NAMES_IN_A_LINE = 10


def differences(plans: list[TablePlan]) -> str:
    """One difference a line, at most `MAX_LINES`; "" if there are none."""
    lines = [line for plan in reversed(plans) for line in _summary(plan)]
    details = [
        line for plan in reversed(plans) for key in plan.changed for line in _change(plan, key)
    ]
    room = MAX_LINES - len(lines)
    if len(details) > room:
        left_out = len(details) - room + 1
        more = ngettext("and %(count)d more change", "and %(count)d more changes", left_out)
        details = [*details[: room - 1], more % {"count": left_out}]
    return "\n".join([*lines, *details])


def _summary(plan: TablePlan) -> list[str]:
    """ "Added: 3 SKUs (A, B, C)", for added, retired and returned rows."""
    steps = [
        (_("Added: %(rows)s (%(names)s)"), plan.added),
        (_("Retired: %(rows)s (%(names)s)"), plan.gone),
        (_("Returned: %(rows)s (%(names)s)"), plan.returned),
    ]
    return [
        told % {"rows": _rows(plan.table.name, len(keys)), "names": _names(plan, keys)}
        for told, keys in steps
        if keys
    ]


def _rows(name: str, count: int) -> str:
    words = {
        "countries": ngettext("%(count)d country", "%(count)d countries", count),
        "operators": ngettext("%(count)d operator", "%(count)d operators", count),
        "products": ngettext("%(count)d product", "%(count)d products", count),
        "skus": ngettext("%(count)d SKU", "%(count)d SKUs", count),
    }
    return words[name] % {"count": count}


def _names(plan: TablePlan, keys: list[Key]) -> str:
    shown = [plan.name_of(key) for key in keys[:_NAMES_IN_A_LINE]]
    more = len(keys) - len(shown)
    if more:
        shown.append(ngettext("%(count)d more", "%(count)d more", more) % {"count": more})
    return ", ".join(shown)


def _change(plan: TablePlan, key: Key) -> list[str]:
    """What changed in one row; amounts with both figures, the rest by name."""
    before, after = plan.before[key], plan.wanted[key].values
    old = {name: getattr(before, name) for name in after}
    changed = [name for name in after if _plain(old[name]) != _plain(after[name])]
    lines = []
    if "name" in changed:
        lines.append(
            _("“%(old)s” is now called “%(new)s”") % {"old": old["name"], "new": after["name"]}
        )
    if isinstance(before, Sku):
        lines += _amount_changes(plan.name_of(key), old, after, changed)
    other = [name.replace("_", " ") for name in changed if name not in _TOLD]
    if other or not lines:
        what = ", ".join(other) or _("details")
        lines.append(_("%(name)s changed: %(what)s") % {"name": plan.name_of(key), "what": what})
    return lines


def _amount_changes(
    name: str, old: dict[str, Any], new: dict[str, Any], changed: list[str]
) -> list[str]:
    lines = []
    for word, low, high, currency in _AMOUNTS:
        if not {low, high, currency} & set(changed):
            continue
        values = {
            "name": name,
            "old": _span(old[low], old[high], old[currency]),
            "new": _span(new[low], new[high], new[currency]),
        }
        lines.append(_sentence(word) % values)
    return lines


_AMOUNTS = [
    ("price", "min_cost", "max_cost", "cost_currency"),
    ("amount", "min_face_value", "max_face_value", "face_currency"),
    ("delivered", "min_delivered", "max_delivered", "delivered_currency"),
]
_TOLD = {"name"} | {column for _word, *columns in _AMOUNTS for column in columns}


def _sentence(word: str) -> str:
    return {
        "price": _("Price of %(name)s changed %(old)s → %(new)s"),
        "amount": _("Amount of %(name)s changed %(old)s → %(new)s"),
        "delivered": _("What %(name)s delivers changed %(old)s → %(new)s"),
    }[word]


def _span(low: Decimal | None, high: Decimal | None, currency: str) -> str:
    """ "9.20 USD", "1.00–50.00 EUR"."""
    ends = list(dict.fromkeys(figure(end) for end in (low, high) if end is not None))
    return f"{'–'.join(ends) or _('none')} {currency}".strip()


def figure(value: Decimal) -> str:
    """At least two decimals and no zeros behind them: 9.20, 0.0125."""
    whole, _point, decimals = f"{value:f}".partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"


def _plain(value: Any) -> Any:
    return Decimal(value).normalize() if isinstance(value, Decimal) else value
