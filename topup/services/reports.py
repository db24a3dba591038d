"""Sales, commissions and margins of a period: kept days, and live sums of the days since."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from topup.models import Kind, Person, Shop
from topup.periods import DAY, Period
from topup.services import totals


class By(models.TextChoices):
    """What the rows of a report stand for."""

    DAY = "day", _("Day")
    MONTH = "month", _("Month")
    OPERATOR = "operator", _("Operator")
    CASHIER = "cashier", _("Cashier")
    KIND = "kind", _("Kind")
    SHOP = "shop", _("Shop")


_COLUMN = {
    By.DAY: "day", By.MONTH: "date_trunc('month', day)::date", By.OPERATOR: "operator_name",
    By.CASHIER: "agent_id", By.KIND: "kind", By.SHOP: "shop_id",
}  # fmt: skip


@dataclass(frozen=True)
class Figures:
    """Counts, and amounts in one currency; refunds are in them as negatives."""

    sales: int = 0
    refused: int = 0
    refunds: int = 0
    price: Decimal = Decimal(0)
    commission: Decimal = Decimal(0)
    charge: Decimal = Decimal(0)
    cost: Decimal = Decimal(0)
    variance: Decimal = Decimal(0)

    @property
    def income(self) -> Decimal:
        """What customers paid above the quoted cost."""
        return self.price - self.cost

    @property
    def margin(self) -> Decimal:
        """What the distributor keeps at the quoted cost: income less commission."""
        return self.charge - self.cost

    def __add__(self, other: "Figures") -> "Figures":
        names = [field.name for field in fields(Figures)]
        return Figures(*(getattr(self, name) + getattr(other, name) for name in names))


@dataclass(frozen=True)
class Row:
    """One row of a report: a day, an operator, a person, a kind or a shop."""

    key: Any
    label: str
    currency: str
    figures: Figures


def report(
    *, shops: Sequence[Shop], period: Period, by: By = By.DAY, agent: Person | None = None
) -> list[Row]:
    """The rows of a period, days in order, others by what they sold. One or two queries.

    Each shop's days are its own. `agent`: only what this person sold.
    """
    return reports(shops=shops, period=period, by=[by], agent=agent)[By(by)]


def reports(
    *, shops: Sequence[Shop], period: Period, by: Iterable[By], agent: Person | None = None
) -> dict[By, list[Row]]:
    """Several reports of the same sales, which are read once. See `report`."""
    wanted = list(dict.fromkeys(By(one) for one in by))
    columns = [_COLUMN[one] for one in wanted]
    parts = {
        "columns": ", ".join(columns),
        "sets": ", ".join(f"({column}, currency)" for column in columns),
        "agent": "AND agent_id = %(agent)s" if agent else "",
        "sums": totals.SUMS, "facts": totals.FACTS,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_REPORT.format(**parts), _parameters(shops, period, agent))
        found = cursor.fetchall()
    return {one: _rows(one, found, at, len(wanted), shops) for at, one in enumerate(wanted)}


def _rows(
    by: By, found: list[tuple[Any, ...]], at: int, wide: int, shops: Sequence[Shop]
) -> list[Row]:
    """The rows of one report: those whose mask says that only its column is grouped by."""
    mine = (1 << wide) - 1 - (1 << (wide - 1 - at))
    told = [(row[1 + at], row[1 + wide], Figures(*row[2 + wide :])) for row in found
            if row[0] == mine]  # fmt: skip
    names = _labels(by, [key for key, _currency, _figures in told], shops)
    rows = [Row(key, names(key), currency, figures) for key, currency, figures in told]
    if by in (By.DAY, By.MONTH):
        return sorted(rows, key=lambda row: (row.key, row.currency))
    return sorted(rows, key=lambda row: (-row.figures.price, row.label, row.currency))


_REPORT = """
    {facts}, kept AS (
        SELECT shop_id, first, until FROM unnest(
            %(kept_shops)s::bigint[], %(kept_first)s::date[], %(kept_until)s::date[]
        ) AS kept (shop_id, first, until)
    )
    SELECT GROUPING({columns}), {columns}, currency, {sums} FROM (
        SELECT t.* FROM kept CROSS JOIN LATERAL (
            SELECT t.shop_id, t.day, t.agent_id, t.kind, t.operator_name, t.currency, t.sales,
                   t.refused, t.refunds, t.price, t.commission, t.charge, t.cost, t.variance
              FROM topup_daytotal t
             WHERE t.shop_id = kept.shop_id AND t.day >= kept.first AND t.day < kept.until
            OFFSET 0) t
         UNION ALL
        SELECT * FROM facts
    ) told WHERE true {agent} GROUP BY GROUPING SETS ({sets})
"""


def _parameters(shops: Sequence[Shop], period: Period, agent: Person | None) -> dict[str, Any]:
    kept: dict[str, list[Any]] = {"kept_shops": [], "kept_first": [], "kept_until": []}
    live: list[totals.Span] = []
    for shop in shops:
        until = min(totals.kept_until(shop), period.last + DAY)
        if until > period.first:
            kept["kept_shops"].append(shop.pk)
            kept["kept_first"].append(period.first)
            kept["kept_until"].append(until)
        live += [(shop, day) for day in period.days if day >= until]
    return {**totals.spans(live), **kept, "agent": agent.pk if agent else None}


def _labels(by: By, keys: list[Any], shops: Sequence[Shop]) -> Any:
    if by == By.CASHIER:
        people = Person.objects.in_bulk(keys)
        return lambda key: people[key].get_full_name() or people[key].get_username()
    if by == By.SHOP:
        names = {shop.pk: shop.name for shop in shops}
        return lambda key: names[key]
    if by == By.KIND:
        return lambda key: str(Kind(key).label) if key in Kind.values else key
    return lambda key: key.isoformat() if isinstance(key, date) else str(key)


def total(rows: Sequence[Row]) -> list[tuple[str, Figures]]:
    """The sum of the rows, for each currency."""
    sums: dict[str, Figures] = {}
    for row in rows:
        sums[row.currency] = sums.get(row.currency, Figures()) + row.figures
    return sorted(sums.items())
