"""Writes a plan: only the rows that differ, in bulk. Call it inside a transaction."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from catalog.models import Operator, Product
from catalog.models.base import CachedRow
from catalog.sync.plan import TablePlan
from catalog.sync.rows import Key, Wanted

BATCH = 500


def apply(plans: list[TablePlan]) -> None:
    """Write what is new, changed or back; retire what is gone. Deletes nothing."""
    now = timezone.now()
    for plan in plans:
        _write(plan)
        _retire(plan, now)


def _write(plan: TablePlan) -> None:
    keys = plan.written
    if not keys:
        return
    links = _Links(plan)
    rows = [_row(plan, key, plan.wanted[key], links) for key in keys]
    plan.table.model._default_manager.bulk_create(
        rows,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=list(plan.table.key),
        update_fields=plan.table.columns,
    )


def _row(plan: TablePlan, key: Key, wanted: Wanted, links: "_Links") -> CachedRow:
    return plan.table.model(
        **plan.table.identity(key),
        **wanted.values,
        **links.columns(wanted),
        raw=wanted.raw,
        row_hash=wanted.row_hash,
        retired_at=None,
    )


def _retire(plan: TablePlan, now: datetime) -> None:
    if plan.gone:
        pks = [plan.known[key].pk for key in plan.gone]
        plan.table.model._default_manager.filter(pk__in=pks).update(retired_at=now, changed_at=now)


class _Links:
    """The primary keys behind the keys of other tables; a query each, if needed at all."""

    def __init__(self, plan: TablePlan) -> None:
        needed = {name for key in plan.written for name in plan.wanted[key].links}
        self.operators = _operator_pks() if "operator" in needed else {}
        self.products = _product_pks() if "product" in needed else {}

    def columns(self, wanted: Wanted) -> dict[str, Any]:
        pks: dict[str, Any] = {"operator": self.operators, "product": self.products}
        return {
            # The code of a country is its primary key.
            f"{name}_id": key if name == "country" else pks[name].get(key)
            for name, key in wanted.links.items()
        }


def _operator_pks() -> dict[tuple[int, str], int]:
    rows = Operator.objects.order_by().values_list("provider_id", "country_id", "pk")
    return {(provider_id, code): pk for provider_id, code, pk in rows}


def _product_pks() -> dict[int, int]:
    return dict(Product.objects.order_by().values_list("provider_id", "pk"))
