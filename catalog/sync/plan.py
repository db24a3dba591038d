"""What a sync would do: the wanted rows against the tables. Reads only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import BooleanField, ExpressionWrapper, Q

from catalog.enums import Category
from catalog.models.base import CachedRow
from catalog.sync.rows import Key, Wanted, WantedRows
from catalog.sync.tables import Table, tables


class Known(NamedTuple):
    """What a table holds of a row, without its content."""

    pk: Any
    row_hash: str
    retired_at: datetime | None
    name: str
    is_listed: bool  # by a list of its own, not only named by other rows
    category: str


@dataclass
class TablePlan:
    """For one table: the keys of rows to write and to retire."""

    table: Table
    wanted: Mapping[Key, Wanted]
    known: dict[Key, Known]
    added: list[Key] = field(default_factory=list)
    changed: list[Key] = field(default_factory=list)
    returned: list[Key] = field(default_factory=list)
    gone: list[Key] = field(default_factory=list)
    before: dict[Key, CachedRow] = field(default_factory=dict)  # the changed rows as they are

    @property
    def written(self) -> list[Key]:
        return [*self.added, *self.changed, *self.returned]

    @property
    def live(self) -> int:
        return sum(known.retired_at is None for known in self.known.values())

    def name_of(self, key: Key) -> str:
        wanted = self.wanted.get(key)
        return wanted.values["name"] if wanted else self.known[key].name

    def category_of(self, key: Key) -> str:
        wanted = self.wanted.get(key)
        return wanted.values.get("category", "") if wanted else self.known[key].category


def make_plan(rows: WantedRows) -> list[TablePlan]:
    """The plan of every table, in the order of writing. At most two queries a table."""
    return [_plan(table, wanted) for table, wanted in tables(rows)]


def counts(plans: list[TablePlan]) -> dict[str, dict[str, int]]:
    """{"skus": {"seen": 900, "added": 3, …}, "gift_cards": …}, for the record."""
    found: dict[str, dict[str, int]] = {}
    for plan in plans:
        steps = {
            "seen": list(plan.wanted),
            "added": plan.added,
            "changed": plan.changed,
            "retired": plan.gone,
            "returned": plan.returned,
        }
        if plan.table.name != "skus":
            found[plan.table.name] = {step: len(keys) for step, keys in steps.items()}
            continue
        for step, keys in steps.items():
            cards = sum(plan.category_of(key) == Category.GIFT_CARD for key in keys)
            found.setdefault("skus", {})[step] = len(keys) - cards
            found.setdefault("gift_cards", {})[step] = cards
    return found


def _plan(table: Table, wanted: Mapping[Key, Wanted]) -> TablePlan:
    plan = TablePlan(table, wanted, _known(table))
    for key, row in wanted.items():
        known = plan.known.get(key)
        if known is None:
            plan.added.append(key)
        elif known.retired_at is not None:
            plan.returned.append(key)
        elif known.row_hash != row.row_hash:
            plan.changed.append(key)
    plan.gone = [
        key for key, row in plan.known.items() if row.retired_at is None and key not in wanted
    ]
    plan.before = _before(plan)
    return plan


def _known(table: Table) -> dict[Key, Known]:
    """Every row of a table. With one query: the lists are thousands, not millions."""
    names = {field.name for field in table.model._meta.concrete_fields}
    extra = ["category"] if "category" in names else []
    listed = ExpressionWrapper(~Q(raw={}), output_field=BooleanField())
    rows = table.rows().values_list(
        *table.key, "pk", "row_hash", "retired_at", "name", listed, *extra
    )
    width = len(table.key)
    return {
        table.key_of(row[:width]): Known(*row[width:], *([] if extra else [""])) for row in rows
    }


def _before(plan: TablePlan) -> dict[Key, CachedRow]:
    if not plan.changed:
        return {}
    keys = {plan.known[key].pk: key for key in plan.changed}
    rows = plan.table.model._default_manager.filter(pk__in=list(keys)).defer("raw")
    return {keys[row.pk]: row for row in rows}
