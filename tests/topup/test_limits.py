"""Limits per sale, day and number, and numbers nobody may sell to."""

import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from ledger import services as ledger
from tests.topup.conftest import float_of
from tests.topup.test_opening import in_threads
from topup import books
from topup.errors import BlockedNumberError, LimitError
from topup.models import BlockedNumber, Device, Level, Sale, Shop
from topup.services import limits, opening
from topup.services.shops import open_shop, place
from topup.states import SaleState

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
NUMBER, OTHER = "18761234567", "18767654321"


@pytest.fixture(autouse=True)
def right_books(db):
    yield
    assert list(books.problems()) == []


@pytest.fixture(autouse=True)
def no_worker(monkeypatch):
    monkeypatch.setattr(opening, "nudge", lambda sale_id: None)


@pytest.fixture
def sell(agent, quoted):
    """One sale of 10.00 USD unless told otherwise."""
    return lambda **changes: opening.open_sale(agent=agent, quote=quoted(**changes)).sale


def set_limits(shop, **values):
    Shop.objects.filter(pk=shop.pk).update(**values)
    shop.refresh_from_db()


def refusal(sell, **changes):
    before = Sale.objects.count()
    with pytest.raises(LimitError) as error:
        sell(**changes)
    assert Sale.objects.count() == before
    return error.value.message


def test_without_a_limit_everything_is_sold(shop, sell):
    for _ in range(5):
        sell()
    assert float_of(shop) == (D(100), D(48))


def test_one_sale_may_not_cost_more_than_its_limit(shop, sell):
    set_limits(shop, sale_limit=D("9.99"))
    assert refusal(sell) == (
        "One sale may be at most 9.99 USD here, this one is 10.00 USD. Nothing was sold. "
        "Sell a smaller amount, or ask your distributor for a higher limit."
    )
    assert float_of(shop) == (D(100), D(0)), "the hold went with the refusal"
    set_limits(shop, sale_limit=D(10))
    sell()


def test_a_shop_may_not_sell_more_than_its_day(shop, sell):
    set_limits(shop, day_limit=D(25))
    sell()
    sell()
    assert refusal(sell) == (
        "This shop may sell at most 25.00 USD a day, 5.00 USD is left today. Nothing was sold. "
        "Sell a smaller amount, or ask your distributor for a higher limit."
    )
    sell(price=D(5), cost=D("4.20"))


def test_a_number_may_not_get_more_than_its_day(shop, sell, pin_sku):
    set_limits(shop, number_limit=D(15))
    sell()
    assert refusal(sell) == (
        "One number may get at most 15.00 USD a day here, 5.00 USD is left for this number. "
        "Nothing was sold. Sell a smaller amount, or wait until tomorrow."
    )
    sell(recipient=OTHER)
    for _ in range(2):
        sell(recipient="", sku=pin_sku)  # a PIN has no number


def put(sale, state):
    """Any state at once, past the table of moves."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "UPDATE topup_sale SET state = %s, submitted_at = now(), send_before = now()"
            " WHERE id = %s",
            [state, sale.pk],
        )
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def test_what_took_or_holds_money_counts_and_what_was_given_back_does_not(shop, sell):
    sale, counted = sell(), {}
    for state in SaleState:
        put(sale, state)
        counted[state] = limits.sold_today(shop, NUMBER)
    given_back = {"cancelled", "declined", "reversed", "refunded"}
    assert counted == {
        state: (D(0), D(0)) if state in given_back else (D(10), D(10)) for state in SaleState
    }
    put(sale, SaleState.CREATED)


def test_the_sales_of_another_shop_do_not_count(shop, other_shop, sell):
    sell()
    assert limits.sold_today(other_shop, NUMBER) == (D(0), D(0))


@pytest.mark.parametrize(
    ("zone", "now", "begin"),
    [
        ("America/Jamaica", (2026, 3, 4, 4, 59), (2026, 3, 3, 5, 0)),
        ("America/Jamaica", (2026, 3, 4, 5, 0), (2026, 3, 4, 5, 0)),
        ("Asia/Kolkata", (2026, 3, 3, 18, 30), (2026, 3, 3, 18, 30)),
        ("", (2026, 3, 4, 5, 0), (2026, 3, 4, 0, 0)),
        ("Africa/Cairo", (2026, 4, 24, 12, 0), (2026, 4, 23, 22, 0)),  # midnight is skipped
    ],
)
def test_a_day_is_the_shops_own(shop, monkeypatch, zone, now, begin):
    shop.time_zone = zone
    monkeypatch.setattr(timezone, "now", lambda: datetime(*now, tzinfo=UTC))
    assert limits.day_start(shop) == datetime(*begin, tzinfo=UTC)


def test_a_new_day_begins_at_nothing(shop, sell, monkeypatch):
    set_limits(shop, day_limit=D(10))
    sell()
    refusal(sell)
    tomorrow = limits.day_start(shop) + timedelta(days=1)
    monkeypatch.setattr(timezone, "now", lambda: tomorrow)
    sell()


def test_a_limit_comes_from_the_nearest_above_that_has_set_it(db):
    top = open_shop(
        name="Top", level=Level.SUB_DISTRIBUTOR, day_limit=D(1), sale_limit=D(2), number_limit=D(3)
    )
    middle = open_shop(name="Middle", level=Level.SUB_DISTRIBUTOR, parent=top, day_limit=D(10))
    shop = open_shop(name="Shop", parent=middle, sale_limit=D(20))
    assert limits.limits_of(shop) == limits.Limits(D(20), D(10), D(3))
    place(shop=shop, parent=None)
    assert limits.limits_of(shop) == limits.Limits(D(20), None, None)


def test_what_a_branch_sets_holds_for_each_shop_below_by_itself(shop, other_shop, sell):
    branch = open_shop(name="North", level=Level.SUB_DISTRIBUTOR, day_limit=D(15))
    for below in (shop, other_shop):
        place(shop=below, parent=branch)
    sell()
    assert "15.00 USD a day, 5.00 USD is left" in refusal(sell)
    limits.check_limits(shop=other_shop, price=D(15), recipient=NUMBER)


def at_once(agent, quoted, count=4):
    quotes = [quoted(correlation_id=str(uuid4())) for _ in range(count)]
    return in_threads(count, lambda number: opening.open_sale(agent=agent, quote=quotes[number]))


@pytest.mark.django_db(transaction=True)
def test_two_sales_at_once_do_not_pass_a_limit_together(shop, agent, quoted):
    set_limits(shop, day_limit=D(15))
    results = at_once(agent, quoted)
    assert sorted(type(result).__name__ for result in results) == [
        "LimitError", "LimitError", "LimitError", "OpenedSale",
    ]  # fmt: skip
    assert float_of(shop) == (D(100), D("9.60"))


@pytest.mark.django_db(transaction=True)
def test_looked_at_before_the_hold_they_would_pass(shop, agent, quoted, monkeypatch):
    """Shows that the lock of the float is needed: the same check, before it."""
    set_limits(shop, day_limit=D(15))
    place_hold, check = ledger.place_hold, limits.check_sale
    monkeypatch.setattr(limits, "check_sale", lambda **_nothing: None)

    def check_first(*, account, amount, key):
        check(shop=shop, sku=None, price=D(10), recipient=NUMBER)
        meet.wait(60)
        return place_hold(account=account, amount=amount, key=key)

    meet = threading.Barrier(2)
    monkeypatch.setattr(limits, "check_goods", lambda **_nothing: None)
    monkeypatch.setattr(ledger, "place_hold", check_first)
    results = at_once(agent, quoted, count=2)
    assert [type(result).__name__ for result in results] == ["OpenedSale", "OpenedSale"]


def block(prefix, **columns):
    return BlockedNumber.objects.create(prefix=prefix, reason="fraud", **columns)


@pytest.mark.parametrize(
    ("columns", "is_blocked"),
    [
        ({"prefix": NUMBER}, True),
        ({"prefix": OTHER}, False),
        ({"prefix": "1876"}, False),
        ({"prefix": "1876", "is_whole": False}, True),
        ({"prefix": NUMBER, "is_whole": False}, True),
        ({"prefix": NUMBER + "0", "is_whole": False}, False),
        ({"prefix": "876", "is_whole": False}, False),
    ],
)
def test_a_blocked_number_or_beginning_is_refused(shop, sell, columns, is_blocked):
    block(**columns)
    if not is_blocked:
        sell()
        return
    with pytest.raises(BlockedNumberError) as error:
        sell()
    assert error.value.message == (
        "Nobody may sell to this number. Nothing was sold. Ask your distributor why."
    )
    assert (Sale.objects.count(), float_of(shop)) == (0, (D(100), D(0)))


@pytest.mark.parametrize(
    ("account", "columns", "is_blocked"),
    [
        (NUMBER, {"prefix": NUMBER}, True),
        ("+1 876 123-4567", {"prefix": NUMBER}, True),
        ("0123 4567", {"prefix": "18761234567"}, True),
        ("00 1 876 123 4567", {"prefix": NUMBER}, True),
        ("001876-55", {"prefix": "1876", "is_whole": False}, True),
        ("0123 4567", {"prefix": "1876", "is_whole": False}, False),
        ("1876-55", {"prefix": "1876", "is_whole": False}, True),
        ("1876-A5", {"prefix": "1876", "is_whole": False}, False),
        (OTHER, {"prefix": NUMBER}, False),
        ("55 66", {"prefix": "5566"}, True),
    ],
)
def test_an_account_is_blocked_like_the_number_that_it_is(sell, account, columns, is_blocked):
    block(**columns)
    extras = {"account_number": account}
    if not is_blocked:
        sell(recipient="", extras=extras)
        return
    with pytest.raises(BlockedNumberError):
        sell(recipient="", extras=extras)
    assert Sale.objects.count() == 0


def test_one_account_may_not_get_more_than_its_day_however_it_is_written(shop, sell):
    set_limits(shop, number_limit=D(25))
    for account in ("ab 12/34", "AB-1234"):
        sell(recipient="", extras={"account_number": account})
    assert refusal(sell, recipient=OTHER, extras={"account_number": "AB.12.34"}) == (
        "One account may get at most 25.00 USD a day here, 5.00 USD is left for this account. "
        "Nothing was sold. Sell a smaller amount, or wait until tomorrow."
    )
    sell(recipient="", extras={"account_number": "AB-1235"})
    for _pins in range(3):
        sell(recipient="")
    assert Sale.objects.count() == 6, "what goes to nobody is no account"


def test_a_number_is_blocked_at_a_branch_and_sold_elsewhere(shop, other_shop, sell):
    branch = open_shop(name="North", level=Level.SUB_DISTRIBUTOR)
    block(NUMBER, shop=branch)
    block(OTHER, shop=other_shop)
    sell()
    sell(recipient=OTHER)
    place(shop=shop, parent=branch)
    with pytest.raises(BlockedNumberError):
        sell()


def test_a_sale_names_its_till_and_no_till_of_another_shop(shop, other_shop, agent, quoted):
    tills = [
        Device.objects.create(shop=at, name="Till", token_hash=at.name, enrolled_by=agent)
        for at in (shop, other_shop)
    ]
    sales = [
        opening.open_sale(agent=agent, quote=quoted(), device=device).sale
        for device in (*tills, None)
    ]
    assert [sale.device for sale in sales] == [tills[0], None, None]
