"""What should be in a drawer, what was counted, and the gap: per tender and currency.

expected = opening + collected + put in − taken out − paid back − used for another sale.
Every sale of the shift counts, also one that came to nothing: its money was collected, and
what it owes to the customer stays in the drawer until it is given back.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Q, Sum

from topup import states
from topup.models import (
    CashKind,
    Owed,
    OwedState,
    Person,
    Sale,
    Shift,
    ShiftCount,
    Shop,
    Tender,
)
from topup.models.shift import Moment
from topup.services import brands

#: Tender and currency.
type Pair = tuple[str, str]
_ZERO = Decimal(0)


@dataclass(frozen=True)
class Counted:
    """What somebody counted of one tender and currency; notes and coins where there are any."""

    tender: str
    currency: str
    amount: Decimal
    denominations: dict[str, int] = field(default_factory=dict)


@dataclass
class Figures:
    """One tender and currency of a shift. What went out is negative."""

    tender: str
    currency: str
    opening: Decimal = _ZERO
    sales: int = 0
    collected: Decimal = _ZERO
    refused: int = 0
    refused_sum: Decimal = _ZERO
    put_in: Decimal = _ZERO
    taken_out: Decimal = _ZERO
    paid_back: Decimal = _ZERO
    used: Decimal = _ZERO
    counted: Decimal | None = None

    @property
    def expected(self) -> Decimal:
        moved = self.put_in + self.taken_out + self.paid_back + self.used
        return self.opening + self.collected + moved

    @property
    def gap(self) -> Decimal:
        """Counted − expected: negative when money is missing. Zero before the count."""
        return _ZERO if self.counted is None else self.counted - self.expected

    @property
    def tender_label(self) -> str:
        return str(Tender(self.tender).label)

    @property
    def is_empty(self) -> bool:
        return not (self.sales or self.expected or self.counted or self.put_in or self.opening)


_COLUMN = {
    CashKind.IN: "put_in", CashKind.OUT: "taken_out", CashKind.PAY_OUT: "paid_back",
    CashKind.USED: "used",
}  # fmt: skip


def figures(shift: Shift) -> list[Figures]:
    """Every tender and currency of a shift as it stands now; cash first. Four queries."""
    found: dict[Pair, Figures] = {}

    def of(row: Any, currency: str = "currency") -> Figures:
        pair = row["tender"], row[currency]
        return found.setdefault(pair, Figures(*pair))

    for row in _sales(shift):
        one = of(row, "collected_currency")
        one.sales, one.collected = row["sales"], row["collected"]
        one.refused, one.refused_sum = row["refused"], row["refused_sum"] or _ZERO
    for row in (
        shift.moves.order_by().values("tender", "currency", "kind").annotate(sum=Sum("amount"))
    ):
        setattr(of(row), _COLUMN[CashKind(row["kind"])], row["sum"])
    for row in shift.counts.filter(moment=Moment.OPENING).values("tender", "currency", "amount"):
        of(row).opening = row["amount"]
    for row in last_count(shift).values("tender", "currency", "amount"):
        of(row).counted = row["amount"]
    if any(one.counted is not None for one in found.values()):
        for one in found.values():
            one.counted = one.counted or _ZERO
    return sorted(found.values(), key=lambda one: _order((one.tender, one.currency)))


def _sales(shift: Shift) -> Any:
    refused = Q(state__in=states.GIVEN_BACK)
    rows = Sale.objects.filter(shift=shift).order_by().values("tender", "collected_currency")
    return rows.annotate(
        sales=Count("id"), collected=Sum("collected_amount"),
        refused=Count("id", filter=refused), refused_sum=Sum("collected_amount", filter=refused),
    )  # fmt: skip


def _order(pair: Pair) -> tuple[int, str]:
    return Tender.values.index(pair[0]), pair[1]


def last_attempt(shift: Shift) -> int:
    """How often it was counted at its end; 0 before the first count."""
    closing = shift.counts.filter(moment=Moment.CLOSING)
    return int(closing.aggregate(last=Max("attempt"))["last"] or 0)


def last_count(shift: Shift) -> Any:
    """The rows of the last count at the end."""
    return shift.counts.filter(moment=Moment.CLOSING, attempt=last_attempt(shift))


def currencies_of(shop: Shop) -> list[str]:
    """What the shop takes, the wallet's first."""
    return [shop.currency, *filter(None, [shop.second_currency])]


def to_count(shift: Shift, shop: Shop) -> list[Pair]:
    """What has to be counted at the end, the same whatever was sold: it tells nothing.

    A currency that the shop takes no more is asked for only if the shift has any of it.
    """
    usual = [(tender, currency) for tender in Tender.values for currency in currencies_of(shop)]
    seen = {(one.tender, one.currency) for one in figures(shift)}
    return [*usual, *sorted(seen - set(usual), key=_order)]


def write_count(
    *, shift: Shift, moment: Moment, counts: Iterable[Counted], by: Person, attempt: int = 1
) -> None:
    """One row for each tender and currency."""
    ShiftCount.objects.bulk_create(
        ShiftCount(
            shift=shift, moment=moment, attempt=attempt, tender=one.tender, currency=one.currency,
            amount=one.amount, denominations=one.denominations, counted_by=by,
        )
        for one in counts
    )  # fmt: skip


def totals(shift: Shift) -> dict[str, Any]:
    """All figures of a shift as JSON: amounts are strings, so that no digit is lost."""
    known = figures(shift)
    done = Sale.objects.filter(shift=shift, state__in=states.DELIVERED).order_by()
    commission = done.values("currency").annotate(sum=Sum("commission"))
    return {
        "shop": shift.shop_id,
        "shop_name": shift.shop.name,
        "brand": brands.current().own_name,
        "number": shift.number,
        "person": shift.person_id,
        "person_name": name_of(shift.person),
        "opened_at": shift.opened_at.isoformat(),
        "counted_at": shift.counted_at.isoformat() if shift.counted_at else "",
        "attempts": last_attempt(shift),
        "figures": [_as_json(one) for one in known if not one.is_empty],
        "has_gap": any(one.gap for one in known),
        "commission": [
            {"currency": row["currency"], "amount": f"{row['sum']:f}"} for row in commission
        ],
        "owed": [
            {"tender": tender, "currency": currency, "count": count, "amount": f"{amount:f}"}
            for (tender, currency), (count, amount) in sorted(_owed(shift).items())
        ],
        "unprinted": _unprinted(shift),
    }


def _unprinted(shift: Shift) -> list[dict[str, Any]]:
    """What was given back, or used, by the code of a slip that was never printed."""
    rows = Owed.objects.filter(move__shift=shift, never_printed=True).order_by("move__tender")
    told = rows.values("currency", "move__tender").annotate(count=Count("id"), sum=Sum("amount"))
    return [
        {
            "tender": row["move__tender"], "currency": row["currency"], "count": row["count"],
            "amount": f"{row['sum']:f}",
        }
        for row in told
    ]  # fmt: skip


def name_of(person: Person) -> str:
    """As it stands on paper."""
    return person.get_full_name() or person.get_username()


def _owed(shift: Shift) -> dict[Pair, tuple[int, Decimal]]:
    found: dict[Pair, tuple[int, Decimal]] = defaultdict(lambda: (0, _ZERO))
    for row in Owed.objects.filter(shift=shift, state=OwedState.OWED).values(
        "tender", "currency", "amount"
    ):
        count, amount = found[row["tender"], row["currency"]]
        found[row["tender"], row["currency"]] = count + 1, amount + row["amount"]
    return found


_AMOUNTS = (
    "opening", "collected", "refused_sum", "put_in", "taken_out", "paid_back", "used", "expected",
    "gap",
)  # fmt: skip


def _as_json(one: Figures) -> dict[str, Any]:
    made: dict[str, Any] = {"tender": str(one.tender), "currency": one.currency}
    made |= {name: f"{getattr(one, name):f}" for name in _AMOUNTS}
    made |= {"sales": one.sales, "refused": one.refused}
    return made | {"counted": "" if one.counted is None else f"{one.counted:f}"}


def from_json(row: dict[str, Any]) -> Figures:
    """Figures as they were written into the totals."""
    amounts = {name: Decimal(row[name]) for name in _AMOUNTS if name not in ("expected", "gap")}
    counted = Decimal(row["counted"]) if row["counted"] else None
    return Figures(
        row["tender"], row["currency"], sales=row["sales"], refused=row["refused"],
        counted=counted, **amounts,
    )  # fmt: skip
