"""The statement: every line of a float in words, and a balance that runs."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D

import pytest
from django.utils import timezone

from ledger.models import Account, EntryKind, Line
from ledger.services import house, open_float, place_hold, post, transfer
from tests.topup.plans import as_if_large
from tests.topup.test_totals import refund
from topup.models import DepositRequest, Person, Shop
from topup.periods import Period
from topup.services import statements
from topup.services.shops import add_float
from topup.states import SaleState

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 6, 10, 12, tzinfo=UTC)
TENTH = Period(date(2026, 6, 10), date(2026, 6, 10))
JUNE = Period(date(2026, 6, 1), date(2026, 6, 30))
ALWAYS = Period(date(2020, 1, 1), date(2040, 1, 1))


@pytest.fixture
def at(monkeypatch):
    def go(moment):
        monkeypatch.setattr(timezone, "now", lambda: moment)

    go(NOON)
    return go


def of(shop, period=ALWAYS, **more):
    return statements.statement(shop=Shop.objects.get(pk=shop.pk), period=period, **more)


def words(line):
    return line.what, line.about, line.amount, line.balance_after


def test_every_kind_of_line_is_told_in_words(shop, other_shop, agent, sold):
    sale = sold(SaleState.COMPLETED)
    refund(sale)
    transfer(source=shop.float_account, target=other_shop.float_account, amount=D(5), key="t1")
    transfer(source=other_shop.float_account, target=shop.float_account, amount=D(2), key="t2")
    add_float(shop=shop, amount=D(-3), by=agent, memo="typed twice", key="fix")
    boss = Person.objects.get(username="boss")
    entry = add_float(shop=shop, amount=D(50), by=agent, memo="bank", key="d")
    DepositRequest.objects.create(
        reference="TN-4711", shop=shop, amount=D(50), currency="USD", paid_by="bank",
        asked_by=agent, state="approved", entry=entry, decided_by=boss,
        decided_at=timezone.now(),
    )  # fmt: skip
    found = of(shop)
    assert [words(line) for line in found.lines] == [
        ("Deposit", "TN-4711", D(50), D(144)),
        ("Correction", "typed twice", D(-3), D(94)),
        ("Transfer in", "Harbour", D(2), D(97)),
        ("Transfer out", "Harbour", D(-5), D(95)),
        ("Refund", "Digicel", D("9.60"), D(100)),
        ("Sale", "Digicel", D("-9.60"), D("90.40")),
        ("Deposit", "start", D(100), D(100)),
    ]
    refunded, sold_line = found.lines[4], found.lines[5]
    assert (sold_line.msisdn, sold_line.sale_key) == ("18761234567", sale.correlation_id)
    assert (sold_line.commission, refunded.commission) == (D("0.40"), D("-0.40"))
    assert {line.commission for line in found.lines} == {None, D("0.40"), D("-0.40")}
    assert (found.opening, found.closing, found.older) == (0, D(144), None)
    theirs = of(other_shop)
    assert [words(line)[:2] for line in theirs.lines][:2] == [
        ("Transfer out", "Corner"), ("Transfer in", "Corner"),
    ]  # fmt: skip


def test_a_page_ends_where_the_next_begins(shop, monkeypatch):
    monkeypatch.setattr(statements, "PER_PAGE", 3)
    for number in range(7):
        add_float(shop=shop, amount=D(1), by=None, memo=str(number), key=f"n{number}")
    seen, before = [], None
    while True:
        page = of(shop, before=before)
        seen += [line.position for line in page.lines]
        assert (page.opening, page.closing) == (0, D(107))
        before = page.older
        if before is None:
            break
    assert seen == list(range(8, 0, -1))


def test_a_line_that_comes_meanwhile_moves_no_page(shop, monkeypatch):
    monkeypatch.setattr(statements, "PER_PAGE", 2)
    for number in range(4):
        add_float(shop=shop, amount=D(1), by=None, memo=str(number), key=f"n{number}")
    before = of(shop).older
    add_float(shop=shop, amount=D(1), by=None, memo="new", key="new")
    assert [line.position for line in of(shop, before=before).lines] == [3, 2]


def test_the_balance_of_a_period_begins_and_ends_with_its_days(at, late_shop):
    for number, day in enumerate((9, 10, 10, 12)):
        at(NOON.replace(day=day))
        add_float(shop=late_shop, amount=D(day), by=None, memo=str(day), key=f"d{number}")
    found = of(late_shop, TENTH)
    assert [line.amount for line in found.lines] == [D(10), D(10)]
    assert found.closing - found.opening == D(20)
    assert found.opening == D(9)
    empty = of(late_shop, Period(date(2026, 6, 11), date(2026, 6, 11)))
    assert (empty.lines, empty.opening, empty.closing) == ([], found.closing, found.closing)
    after = of(late_shop, Period(date(2026, 6, 12), date(2026, 6, 30)))
    assert after.opening == found.closing


@pytest.fixture
def late_shop(at):
    """A shop that opened on the ninth, in Jamaica: five hours behind."""
    at(NOON - timedelta(days=1))
    made = Shop(name="Negril", time_zone="America/Jamaica")
    made.float_account = open_float(code="float:negril", currency="USD")
    made.save()
    return made


def test_days_are_those_of_the_shop(late_shop, at):
    for hour, key in ((4, "still the ninth"), (5, "the tenth")):
        at(datetime(2026, 6, 10, hour, tzinfo=UTC))
        add_float(shop=late_shop, amount=D(1), by=None, memo=key, key=key)
    assert [line.about for line in of(late_shop, TENTH).lines] == ["the tenth"]


def test_neighbours_the_wrong_way_round_are_on_one_side_whenever_it_is_asked(late_shop, at):
    """Two sales at midnight may get their places in another order than their times."""
    midnight = datetime(2026, 6, 10, 5, tzinfo=UTC)
    for number, seconds in enumerate([-90, -60, -30, -1, 1, -2, 2, -1, 3, 30, 60]):
        at(midnight + timedelta(seconds=seconds))
        add_float(shop=late_shop, amount=D(1), by=None, memo="", key=f"m{number}")
    wanted = 9  # after the last one before midnight
    for more in range(40):
        assert statements.position_at(late_shop.float_account, midnight) == wanted, more
        at(midnight + timedelta(hours=1))
        add_float(shop=late_shop, amount=D(1), by=None, memo="", key=f"later{more}")


def test_a_position_is_found_in_any_float(late_shop, at):
    account = late_shop.float_account
    begin = NOON
    assert statements.position_at(account, begin) == 1
    for number in range(20):
        at(begin + timedelta(minutes=number))
        add_float(shop=late_shop, amount=D(1), by=None, memo="", key=f"p{number}")
    for number in range(22):
        moment = begin + timedelta(minutes=number) - timedelta(seconds=1)
        assert statements.position_at(account, moment) == min(number, 20) + 1


def test_what_is_held_is_no_line(shop):
    place_hold(account=shop.float_account, amount=D(7), key="held")
    assert len(of(shop).lines) == 1
    assert Account.objects.get(pk=shop.float_account_id).held == D(7)


def test_other_entries_have_their_own_word(shop):
    post(kind=EntryKind.WRITE_OFF, key="w", memo="gone",
         lines=[(shop.float_account, D(1)), (house("refunds", "USD"), D(-1))])  # fmt: skip
    assert words(of(shop).lines[0])[:2] == ("Claim written off", "gone")


@pytest.mark.parametrize("count", [1, 3])
def test_a_page_takes_six_queries_for_any_number_of_lines(
    shop, sold, count, django_assert_num_queries
):
    for _ in range(count):
        sold(SaleState.COMPLETED)
    found = Shop.objects.select_related("float_account").get(pk=shop.pk)
    with django_assert_num_queries(6):
        statements.statement(shop=found, period=ALWAYS)


def test_a_page_reads_lines_by_their_position(shop):
    as_if_large(Line._meta.db_table)
    lines = Line.objects.filter(account=shop.float_account, position__gte=1, position__lt=9)
    plan = lines.order_by("-position")[:5].explain()
    assert "line_position_once" in plan
    assert "Sort" not in plan
