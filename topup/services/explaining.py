"""The gaps of a counted shift beside what explains them, from the rows of the shift."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice

from topup.denominations import denominations
from topup.models import CashKind, CashMove, Owed, OwedState, Sale, Shift, Tender
from topup.services import counting, gaps
from topup.services.counting import Figures, Pair
from topup.services.gaps import Explanation, Gap, Item, Source

MOST_SALES = 2000  # of one shift, the newest
MOST_TOLD = 12  # explanations of one gap: more would not be read
_SOURCES = {
    CashKind.IN: Source.IN, CashKind.OUT: Source.OUT, CashKind.PAY_OUT: Source.PAY_OUT,
    CashKind.USED: Source.USED,
}  # fmt: skip


@dataclass(frozen=True)
class Told:
    """One tender and currency, and what may explain its gap. `rows` are by an item's name."""

    figures: Figures
    explanations: list[Explanation] = field(default_factory=list)
    rows: dict[str, Sale | CashMove | Owed] = field(default_factory=dict)


def explained(shift: Shift) -> list[Told]:
    """Every tender and currency of a shift; a gap has its explanations, if there are any."""
    known = counting.figures(shift)
    if not any(one.gap for one in known):
        return [Told(one) for one in known]
    rows = dict(_rows(shift))
    items = [_item(name, row) for name, row in rows.items()]
    typed = _typed(shift)
    all_gaps = [
        Gap(one.tender, one.currency, one.gap, typed.get((one.tender, one.currency), ()))
        for one in known
    ]
    found = []
    for one, gap in zip(known, all_gaps, strict=True):
        notes = denominations(one.currency) if one.tender == Tender.CASH else []
        told = gaps.explain(gap, items, others=all_gaps, notes=notes)
        found.append(Told(one, list(islice(told, MOST_TOLD)), rows))
    return found


def _rows(shift: Shift) -> Iterator[tuple[str, Sale | CashMove | Owed]]:
    for owed in Owed.objects.filter(shift=shift, state=OwedState.OWED).select_related("sale"):
        if owed.sale.shift_id == shift.pk:  # what was taken over lies in the cash taken over
            yield f"owed:{owed.pk}", owed
    for move in shift.moves.select_related("owed__sale").order_by("-id"):
        yield f"move:{move.pk}", move
    sales = Sale.objects.filter(shift=shift).order_by("-id").defer("snapshot")
    for sale in sales[:MOST_SALES]:
        yield f"sale:{sale.pk}", sale


def _item(name: str, row: Sale | CashMove | Owed) -> Item:
    if isinstance(row, Sale):
        assert row.collected_amount is not None
        return Item(Source.SALE, row.collected_amount, name, row.tender, row.collected_currency)
    if isinstance(row, Owed):
        return Item(Source.OWED, row.amount, name, row.tender, row.currency)
    return Item(_SOURCES[CashKind(row.kind)], row.amount, name, row.tender, row.currency)


def _typed(shift: Shift) -> dict[Pair, tuple[Decimal, ...]]:
    """The amounts of the last count that were typed as one figure."""
    return {
        (row.tender, row.currency): (row.amount,)
        for row in counting.last_count(shift)
        if not row.denominations and row.amount
    }
