"""Float moved between shops: by whom, whereto, once, and never more than there is."""

import threading
from decimal import Decimal as D
from uuid import uuid4

import pytest
from django.db import connection

from ledger.models import Entry, Line
from ledger.services import set_credit_limit
from tests.database import check_now
from tests.topup.conftest import float_of
from topup import books
from topup.errors import MoneyConflictError, MoneyError
from topup.models import Level, Person, Role, Shop
from topup.services.shops import add_float, open_shop
from topup.services.transfers import transfer_float


@pytest.fixture
def branch(db):
    """A sub-distributor with 100 of float."""
    branch = open_shop(name="North", level=Level.SUB_DISTRIBUTOR)
    add_float(shop=branch, amount=D(100), by=None, memo="start", key="north")
    return branch


@pytest.fixture
def below(branch):
    """A shop directly below, and one two steps below."""
    middle = open_shop(name="Hills", level=Level.SUB_DISTRIBUTOR, parent=branch)
    return open_shop(name="Valley", parent=branch), open_shop(name="Peak", parent=middle)


@pytest.fixture
def owner(branch):
    return Person.objects.create_user("north", role=Role.OWNER, shop=branch)


@pytest.fixture
def clerk(db):
    return Person.objects.create_user("clerk", role=Role.ADMIN)


def move(source, target, amount="30", *, by, memo="week 48", key=None):
    return transfer_float(
        source=source, target=target, amount=D(amount), by=by, memo=memo, key=key or uuid4()
    ).entry


def test_an_owner_moves_float_to_any_depth_below_him(branch, below, owner):
    for shop in below:
        move(branch, shop, by=owner)
    check_now()
    assert [float_of(shop)[0] for shop in (branch, *below)] == [D(40), D(30), D(30)]
    assert list(books.problems()) == []


def test_both_statements_show_it_with_both_names(branch, below, owner):
    entry = move(branch, below[0], by=owner)
    lines = Line.objects.filter(entry=entry).order_by("amount")
    assert list(lines.values_list("account__shop__name", "amount", "balance_after")) == [
        ("North", D(-30), D(70)), ("Valley", D(30), D(30)),
    ]  # fmt: skip
    assert (entry.memo, entry.posted_by) == ("North → Valley: week 48", owner)


def test_nothing_moves_up_aside_or_to_itself(branch, below, owner, shop):
    Person.objects.filter(pk=owner.pk).update(shop=branch)
    for source, target in ((below[0], branch), (branch, shop), (branch, branch)):
        with pytest.raises(MoneyError):
            move(source, target, by=owner)
    assert Entry.objects.filter(kind="transfer").count() == 0


@pytest.mark.parametrize("role", [Role.MANAGER, Role.CASHIER])
def test_only_the_owner_moves_float(branch, below, role):
    person = Person.objects.create_user("else", role=role, shop=branch)
    with pytest.raises(MoneyError, match="Only the owner"):
        move(branch, below[0], by=person)


def test_the_owner_of_a_plain_shop_moves_nothing(shop, other_shop):
    person = Person.objects.create_user("else", role=Role.OWNER, shop=shop)
    with pytest.raises(MoneyError, match="Only the owner of a sub-distributor"):
        move(shop, other_shop, by=person)


def test_the_distributor_moves_float_between_any_two_and_back_up(branch, below, clerk, shop):
    move(shop, below[1], by=clerk)
    move(below[1], branch, by=clerk)
    assert [float_of(row)[0] for row in (shop, below[1], branch)] == [D(70), D(0), D(130)]


def test_never_more_than_there_is_with_its_credit(branch, below, owner):
    with pytest.raises(MoneyError, match=r"at most 100\.00 USD can be moved"):
        move(branch, below[0], "100.01", by=owner)
    set_credit_limit(account_id=branch.float_account_id, credit_limit=D(5))
    move(branch, below[0], "105", by=owner)
    with pytest.raises(MoneyError, match=r"at most 0\.00 USD"):
        move(branch, below[0], "0.01", by=owner)
    assert float_of(branch) == (D(-5), D(0))


@pytest.mark.parametrize("amount", ["0", "-1", "0.001"])
def test_an_amount_that_is_none_is_not_moved(branch, below, owner, amount):
    with pytest.raises(MoneyError):
        move(branch, below[0], amount, by=owner)


def test_a_frozen_shop_receives_and_does_not_send(branch, below, owner, clerk):
    Shop.objects.filter(pk=below[0].pk).update(is_frozen=True)
    move(branch, below[0], by=owner)
    with pytest.raises(MoneyError, match="frozen"):
        move(below[0], branch, by=clerk)
    Shop.objects.filter(pk=branch.pk).update(is_frozen=True)
    with pytest.raises(MoneyError, match="frozen"):
        move(branch, below[0], by=owner)


def test_two_currencies_do_not_mix(branch, clerk):
    with pytest.raises(MoneyError, match="different currencies"):
        move(branch, open_shop(name="Paris", currency="EUR"), by=clerk)


def test_the_same_form_moves_once_even_when_the_shop_was_frozen_since(branch, below, owner):
    key = uuid4()
    first = move(branch, below[0], by=owner, key=key)
    Shop.objects.filter(pk=branch.pk).update(is_frozen=True)
    assert move(branch, below[0], by=owner, key=key) == first
    assert float_of(branch)[0] == D(70)


def test_a_key_that_was_used_for_something_else_moves_nothing(branch, below, owner, clerk):
    key = uuid4()
    move(branch, below[0], by=owner, key=key)
    for target, amount, by in ((below[0], "31", owner), (below[1], "30", owner),
                               (below[1], "30", clerk)):  # fmt: skip
        with pytest.raises(MoneyConflictError):
            move(branch, target, amount, by=by, key=key)
    assert float_of(branch)[0] == D(70)


def test_presses_at_the_same_moment_take_no_more_than_there_is(transactional_db, branch, below):
    owner = Person.objects.create_user("north", role=Role.OWNER, shop=branch)
    start, told = threading.Barrier(4), []

    def press():
        start.wait()
        try:
            move(branch, below[0], "40", by=owner)
            told.append("moved")
        except MoneyError:
            told.append("refused")
        connection.close()

    threads = [threading.Thread(target=press) for _count in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["moved", "moved", "refused", "refused"]
    assert (float_of(branch)[0], float_of(below[0])[0]) == (D(20), D(80))
