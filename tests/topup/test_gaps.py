"""What explains a gap: a planted mistake is always found, and nothing is told that does not sum."""

import time
from decimal import Decimal as D
from itertools import combinations

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from topup.services.gaps import Explanation, Gap, Item, Part, Reason, Source, explain

CENTS = st.integers(min_value=1, max_value=5000).map(lambda cents: D(cents) / 100)
INWARD = {Source.SALE, Source.IN, Source.OWED}


def sale(amount, name="s", tender="cash", currency="USD"):
    return Item(Source.SALE, D(amount), name, tender, currency)


def cash_gap(amount, **more):
    return Gap("cash", "USD", D(amount), **more)


@st.composite
def shifts(draw):
    """What is in the books of a shift, each thing with a name of its own."""
    rows = draw(st.lists(st.tuples(st.sampled_from(Source), CENTS), min_size=1, max_size=25))
    return [
        Item(source, amount if source in INWARD else -amount, str(at))
        for at, (source, amount) in enumerate(rows)
    ]


@st.composite
def planted(draw):
    """A shift, and up to three of its things that are not as the books say."""
    items = draw(shifts())
    most = min(3, len(items))
    wrong = draw(st.lists(st.sampled_from(items), min_size=1, max_size=most, unique=True))
    parts = [
        (item, item.source != Source.OWED and draw(st.booleans())) for item in wrong
    ]  # fmt: skip
    return items, parts


def effect(item, is_twice):
    return item.amount if is_twice else -item.amount


def sums_up(found: Explanation, gap: Gap):
    """Whether an explanation equals the gap, reckoned from what it says."""
    match found.reason:
        case Reason.RECORDS:
            return sum(effect(p.items[0], p.is_twice) for p in found.parts) == gap.amount
        case Reason.NOTE:
            return found.count * found.amount == gap.amount
        case Reason.SWAPPED:
            change = found.amount - found.right
            return change in (gap.amount, -gap.amount)
        case Reason.NINE:
            return int(gap.amount * 100) % 9 == 0
        case Reason.TENDER:
            return found.amount == abs(gap.amount)


@settings(max_examples=150, deadline=None)
@given(planted())
def test_a_planted_mistake_is_always_found(case):
    items, wrong = case
    effects = [effect(*one) for one in wrong]
    parts_cancel = any(
        not sum(some) for size in (1, 2, 3) for some in combinations(effects, size)
    )  # fmt: skip
    assume(not parts_cancel)  # then fewer things explain it, and those are told
    gap = cash_gap(sum(effects))
    wanted = sorted((item.source, item.amount, is_twice) for item, is_twice in wrong)
    found = [
        each for each in explain(gap, items) if each.reason == Reason.RECORDS
        and sorted((p.source, p.amount, p.is_twice) for p in each.parts) == wanted
    ]  # fmt: skip
    assert len(found) == 1
    told = {item.name for part in found[0].parts for item in part.items}
    assert {item.name for item, _ in wrong} <= told


@settings(max_examples=150, deadline=None)
@given(shifts(), CENTS, st.booleans())
def test_nothing_is_told_that_does_not_sum_to_the_gap(items, amount, is_short):
    gap = cash_gap(-amount if is_short else amount, typed=(amount + 7,))
    notes = [D(20), D(5), D("0.25")]
    found = list(explain(gap, items, others=[Gap("card", "USD", amount)], notes=notes))
    assert [each for each in found if not sums_up(each, gap)] == []
    sizes = [len(each.parts) for each in found if each.reason == Reason.RECORDS]
    assert sizes == sorted(sizes), "one before two before three"
    for each in found:
        for part in each.parts:
            used = sum(p.items == part.items for p in each.parts)
            assert used <= len(part.items), "no thing is blamed twice"


def test_the_simplest_comes_first():
    items = [sale("7.00", "a"), sale("3.00", "b"), sale("10.00", "c")]
    found = list(explain(cash_gap("-10.00"), items, notes=[D(10), D(5)]))
    told = [(each.reason, len(each.parts), each.count) for each in found]
    assert told == [
        (Reason.RECORDS, 1, 0), (Reason.NOTE, 0, -1), (Reason.NOTE, 0, -2), (Reason.RECORDS, 2, 0),
    ]  # fmt: skip
    assert found[0].parts[0].items[0].name == "c"


def test_what_is_owed_is_blamed_before_a_sale():
    items = [sale("10.00", "sale"), Item(Source.OWED, D("10.00"), "owed")]
    first = next(explain(cash_gap("-10.00"), items))
    assert first.parts[0].items[0].name == "owed"
    assert list(explain(cash_gap("10.00"), items[1:])) == [], "it is not there twice"


def test_things_of_one_amount_are_one_explanation():
    items = [sale("10.00", str(number)) for number in range(200)]
    (only, *_rest) = explain(cash_gap("-10.00"), items)
    assert len(only.parts[0].items) == 200
    pairs = list(explain(cash_gap("-20.00"), items))
    assert [len(each.parts) for each in pairs if each.reason == Reason.RECORDS] == [2]
    alone = list(explain(cash_gap("-20.00"), items[:1]))
    assert [each for each in alone if each.reason == Reason.RECORDS] == [], "one sale is not two"


def test_other_tenders_and_currencies_are_not_blamed():
    items = [sale("10.00", tender="card"), sale("10.00", currency="JMD")]
    assert [e for e in explain(cash_gap("-10.00"), items) if e.reason == Reason.RECORDS] == []


def test_short_here_and_over_there_is_a_tender_mixed_up():
    items = [sale("10.00", "one"), sale("4.00", "two")]
    short, over = cash_gap("-10.00"), Gap("card", "USD", D("10.00"))
    for gap, other in ((short, over), (over, short)):
        first = next(explain(gap, items, others=[gap, other]))
        assert (first.reason, first.tender, first.paid_by) == (Reason.TENDER, "cash", "card")
        assert [item.name for item in first.parts[0].items] == ["one"]
    elsewhere = Gap("card", "JMD", D("10.00"))
    reasons = [each.reason for each in explain(short, items, others=[elsewhere])]
    assert Reason.TENDER not in reasons


def test_notes_are_miscounted_by_a_whole_number():
    notes = [D(50), D(20), D(10), D("0.25")]
    found = [(e.count, e.amount) for e in explain(cash_gap("-20.00"), [], notes=notes)]
    assert found == [(-1, D(20)), (-2, D(10))], "eighty coins are no slip of the hand"


def test_two_digits_exchanged_in_a_figure_that_was_typed():
    gap = cash_gap("9.00", typed=(D("54.00"),))
    (found,) = explain(gap, [])
    assert (found.reason, found.amount, found.right) == (Reason.SWAPPED, D("54.00"), D("45.00"))
    out = Item(Source.OUT, D("-54.00"), "bank")
    found = [e for e in explain(cash_gap("9.00"), [out]) if e.reason == Reason.SWAPPED]
    assert [(e.right, e.parts[0].items[0].name) for e in found] == [(D("45.00"), "bank")]
    assert [e.reason for e in explain(cash_gap("9.00"), [])] == [Reason.NINE]
    assert list(explain(cash_gap("10.01"), [])) == []


def test_no_gap_needs_no_explanation():
    assert list(explain(cash_gap("0.00"), [sale("10.00")])) == []


def test_five_hundred_different_sales_take_no_time():
    """Every amount another one, which is the worst: nothing can be put together."""
    items = [sale(D(1000 + 7 * number) / 100, str(number)) for number in range(500)]
    began = time.process_time()
    found = list(explain(cash_gap("0.01"), items))
    assert time.process_time() - began < 3
    assert [e for e in found if not sums_up(e, cash_gap("0.01"))] == []


def test_an_effect_is_the_amount_once_less_or_once_more():
    made = Part(Source.OUT, D("-5"), False, ())
    assert (made.effect, Part(Source.OUT, D("-5"), True, ()).effect) == (D(5), D(-5))
