"""Why a drawer does not match: what single thing, or what two or three, equal the gap.

Pure: figures in, explanations out, exact decimals, no database. An explanation always
sums to the gap; what is simpler comes first. Things of one kind and one amount are one
group, since nobody can tell which of ten sales of 10.00 it was; so the search is over
different amounts, and stays short in a shift of hundreds of sales.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import combinations, combinations_with_replacement

#: Different amounts that are combined; the newest are kept, so that the time is bounded.
MOST_GROUPS = 600
#: So many notes of one kind are miscounted at most.
MOST_NOTES = 5


class Source(StrEnum):
    """What a figure in the books came from; the likelier to be wrong comes first."""

    OWED = "owed"
    PAY_OUT = "pay_out"
    OUT = "out"
    IN = "in"
    USED = "used"
    SALE = "sale"


class Reason(StrEnum):
    """How the books and the drawer came apart."""

    TENDER = "tender"  # recorded under one tender, paid by another
    RECORDS = "records"  # of one to three recorded things: not done, or done twice
    NOTE = "note"  # notes or coins miscounted
    SWAPPED = "swapped"  # two digits exchanged in a figure that was typed
    NINE = "nine"  # only the sign of such an exchange


@dataclass(frozen=True)
class Item:
    """One thing in the books of a shift. `amount` is what it adds to the expected sum, signed."""

    source: Source
    amount: Decimal
    name: str  # an id of whoever asks, to find it again
    tender: str = "cash"
    currency: str = "USD"


@dataclass(frozen=True)
class Gap:
    """Counted − expected of one tender and currency, with what was typed for it."""

    tender: str
    currency: str
    amount: Decimal
    typed: tuple[Decimal, ...] = ()  # figures of the count that were typed as one


@dataclass(frozen=True)
class Part:
    """One of `items` is to blame: not done in fact (`is_twice` false), or done once more."""

    source: Source
    amount: Decimal  # of each item, signed as in the books
    is_twice: bool
    items: tuple[Item, ...]

    @property
    def effect(self) -> Decimal:
        """What it does to the gap."""
        return self.amount if self.is_twice else -self.amount


@dataclass(frozen=True)
class Explanation:
    """A way in which a gap may have come about."""

    reason: Reason
    parts: tuple[Part, ...] = ()
    count: int = 0  # NOTE: how many too many; negative: too few
    amount: Decimal = Decimal(0)  # NOTE: of one note; SWAPPED: the figure as typed
    right: Decimal = Decimal(0)  # SWAPPED: the figure as it should be
    tender: str = ""  # TENDER: how it was recorded
    paid_by: str = ""  # TENDER: how it was paid in fact


@dataclass(frozen=True)
class _Signed:
    group: int
    source: Source
    amount: Decimal
    is_twice: bool
    effect: int  # in ten-thousandths: whole numbers are looked up faster


def explain(
    gap: Gap, items: Iterable[Item], *, others: Sequence[Gap] = (), notes: Sequence[Decimal] = ()
) -> Iterator[Explanation]:
    """All explanations of a gap, the simplest first; take as many as a person will read.

    `others` are the gaps of the other tenders and currencies, `notes` the denominations
    that were counted. Nothing for a gap of zero.
    """
    if not gap.amount:
        return
    known = [item for item in items if (item.tender, item.currency) == (gap.tender, gap.currency)]
    groups = _groups(known)
    yield from _tenders(gap, others, items)
    yield from _combined(gap, groups, 1)
    yield from _notes(gap, notes)
    yield from _combined(gap, groups, 2)
    swapped = list(_swapped(gap, known))
    yield from swapped
    if not swapped and _is_ninefold(gap.amount):
        yield Explanation(Reason.NINE)
    yield from _combined(gap, groups, 3)


def _groups(items: Iterable[Item]) -> list[tuple[Item, ...]]:
    """Items of one kind and amount together; the likelier kind first, then the newer."""
    found: dict[tuple[Source, Decimal], list[Item]] = defaultdict(list)
    for item in items:
        if item.amount:
            found[item.source, item.amount].append(item)
    order = list(Source)
    rows = sorted(found.items(), key=lambda row: order.index(row[0][0]))
    return [tuple(group) for _key, group in rows][:MOST_GROUPS]


def _signed(groups: Sequence[tuple[Item, ...]]) -> list[_Signed]:
    """Each group as not done, and as done twice. What is owed can only be gone, not twice there."""
    made = []
    for at, group in enumerate(groups):
        first = group[0]
        for is_twice in (False, True):
            if is_twice and first.source == Source.OWED:
                continue
            effect = _whole(first.amount) * (1 if is_twice else -1)
            made.append(_Signed(at, first.source, first.amount, is_twice, effect))
    return made


def _whole(amount: Decimal) -> int:
    """An amount of the books, which has four places at most, in ten-thousandths."""
    return int(amount.scaleb(4))


def _combined(gap: Gap, groups: list[tuple[Item, ...]], size: int) -> Iterator[Explanation]:
    """So many things that together equal the gap, and no fewer of them do."""
    signed = _signed(groups)
    for chosen in _sums(_whole(gap.amount), signed, size):
        if _fits(chosen, groups):
            parts = tuple(
                Part(one.source, one.amount, one.is_twice, groups[one.group]) for one in chosen
            )
            yield Explanation(Reason.RECORDS, parts)


def _sums(wanted: int, signed: Sequence[_Signed], size: int) -> Iterator[tuple[_Signed, ...]]:
    """Combinations, each in the order of `signed`, whose effects sum to `wanted`.

    The last member is looked up, so three take the time of two.
    """
    effects = [one.effect for one in signed]
    places: dict[int, list[int]] = defaultdict(list)
    for at, effect in enumerate(effects):
        places[effect].append(at)
    for start in _starts(len(signed), size - 1):
        rest = wanted - sum([effects[at] for at in start])
        if rest in places:
            found = places[rest]
            for last in found[bisect_left(found, start[-1] if start else 0) :]:
                yield tuple(signed[at] for at in (*start, last))


def _starts(many: int, size: int) -> Iterator[tuple[int, ...]]:
    return combinations_with_replacement(range(many), size)


def _fits(chosen: Sequence[_Signed], groups: Sequence[tuple[Item, ...]]) -> bool:
    """No group is used more often than it has items, and no part of it cancels out."""
    for one in chosen:
        if sum(other.group == one.group for other in chosen) > len(groups[one.group]):
            return False
    for size in range(2, len(chosen)):
        if any(not sum(one.effect for one in some) for some in combinations(chosen, size)):
            return False
    return True


def _tenders(gap: Gap, others: Sequence[Gap], items: Iterable[Item]) -> Iterator[Explanation]:
    """Missing here and too much there: recorded as one, paid as the other."""
    for other in others:
        if other.currency != gap.currency or other.tender == gap.tender:
            continue
        if other.amount != -gap.amount:
            continue
        short, over = (gap, other) if gap.amount < 0 else (other, gap)
        same = tuple(
            item for item in items
            if (item.source, item.tender, item.currency, item.amount)
            == (Source.SALE, short.tender, short.currency, -short.amount)
        )  # fmt: skip
        parts = (Part(Source.SALE, -short.amount, False, same),) if same else ()
        yield Explanation(
            Reason.TENDER, parts, amount=abs(gap.amount), tender=short.tender, paid_by=over.tender
        )


def _notes(gap: Gap, notes: Sequence[Decimal]) -> Iterator[Explanation]:
    """A whole number of one note or coin, the fewest first."""
    found = [
        (abs(gap.amount) / note, note) for note in notes
        if gap.amount % note == 0 and abs(gap.amount) / note <= MOST_NOTES
    ]  # fmt: skip
    for count, note in sorted(found):
        yield Explanation(
            Reason.NOTE, count=int(count) * (1 if gap.amount > 0 else -1), amount=note
        )


def _swapped(gap: Gap, items: Iterable[Item]) -> Iterator[Explanation]:
    """A typed figure of which two digits that stand together, exchanged, make up the gap."""
    for typed in gap.typed:
        for right in _exchanged(typed):
            if typed - right == gap.amount:
                yield Explanation(Reason.SWAPPED, amount=typed, right=right)
    for item in items:
        if item.source not in (Source.IN, Source.OUT):
            continue
        sign = 1 if item.amount > 0 else -1
        for right in _exchanged(abs(item.amount)):
            if sign * (right - abs(item.amount)) == gap.amount:
                part = Part(item.source, item.amount, False, (item,))
                yield Explanation(Reason.SWAPPED, (part,), amount=abs(item.amount), right=right)


def _exchanged(amount: Decimal) -> Iterator[Decimal]:
    """The figure with two neighbours among its digits exchanged: 54.00 for 45.00."""
    figure = amount.quantize(Decimal("0.01"))
    digits = figure.as_tuple().digits
    padded = (0,) * max(0, 3 - len(digits)) + digits
    for at in range(len(padded) - 1):
        if padded[at] != padded[at + 1]:
            changed = [*padded]
            changed[at], changed[at + 1] = changed[at + 1], changed[at]
            yield Decimal((0, tuple(changed), -2))


def _is_ninefold(amount: Decimal) -> bool:
    """Two digits exchanged always leave nine times something, in the smallest unit."""
    return amount * 100 % 9 == 0
