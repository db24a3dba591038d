"""Transfers, the order of a float's lines, and balances that need no old lines."""

from decimal import Decimal as D

import pytest
from django.db import connection

from ledger import checks, services
from ledger.errors import InsufficientFloatError
from ledger.models import Account, AccountKind, Checkpoint, EntryKind
from ledger.queries import balance_of, house_balance

pytestmark = pytest.mark.django_db


@pytest.fixture
def floats():
    """Two floats, the first with 100."""
    found = [services.open_float(code=f"float:{name}", currency="USD") for name in "ab"]
    services.deposit(account=found[0], amount=D(100), key="start")
    return found


def balances(floats):
    return [Account.objects.get(pk=account.pk).balance for account in floats]


def test_a_transfer_moves_float_once(floats):
    for _ in range(2):
        services.transfer(source=floats[0], target=floats[1], amount=D(30), key="t")
    assert balances(floats) == [D(70), D(30)]
    assert list(checks.problems()) == []


def test_a_transfer_takes_no_held_money_and_stops_at_the_credit_limit(floats):
    services.place_hold(account=floats[0], amount=D(60), key="h")
    services.set_credit_limit(account_id=floats[0].pk, credit_limit=D(5))
    with pytest.raises(InsufficientFloatError) as refusal:
        services.transfer(source=floats[0], target=floats[1], amount=D("45.0001"), key="t")
    assert (refusal.value.available, refusal.value.needed) == (D(45), D("45.0001"))
    services.transfer(source=floats[0], target=floats[1], amount=D(45), key="t")
    assert balances(floats) == [D(55), D(45)]


@pytest.mark.parametrize("amount", [D(0), D(-1)])
def test_a_transfer_moves_more_than_nothing(floats, amount):
    with pytest.raises(ValueError, match="more than zero"):
        services.transfer(source=floats[0], target=floats[1], amount=amount, key="t")


def test_a_correction_is_never_refused(floats):
    services.deposit(account=floats[0], amount=D(-150), key="correct")
    assert balances(floats) == [D(-50), D(0)]


def test_the_lines_of_a_float_tell_its_running_balance(floats):
    services.transfer(source=floats[0], target=floats[1], amount=D(30), key="t")
    services.deposit(account=floats[0], amount=D(5), key="more")
    told = floats[0].lines.order_by("position").values_list("position", "balance_after")
    assert list(told) == [(1, D(100)), (2, D(70)), (3, D(75))]


def test_a_house_account_counts_no_positions(floats):
    assert set(services.house(AccountKind.BANK, "USD").lines.values_list("position")) == {(None,)}


def test_a_balance_reads_a_checkpoint_and_the_tail(floats):
    bank = services.house(AccountKind.BANK, "USD")
    assert services.make_checkpoints() == 1
    assert services.make_checkpoints() == 0
    services.deposit(account=floats[0], amount=D(7), key="more")
    assert balance_of(bank) == house_balance(AccountKind.BANK, "USD") == D(107)
    assert services.make_checkpoints() == 1
    assert [c.balance for c in Checkpoint.objects.order_by("id")] == [D(-100), D(-107)]
    assert list(checks.problems()) == []


def test_an_entry_is_reversed_once(floats):
    first = services.deposit(account=floats[0], amount=D(1), key="d")
    bank = services.house(AccountKind.BANK, "USD")
    lines = [(floats[0], D(-1)), (bank, D(1))]
    back = services.post(kind=EntryKind.CORRECTION, key="back", lines=lines, reverses=first)
    assert first.reversed_by == back


def sql(text, *values):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(text, values)


def test_a_false_checkpoint_is_found_and_named(floats):
    services.make_checkpoints()
    sql("UPDATE ledger_checkpoint SET balance = balance - 1")
    [found] = checks.problems()
    assert found.startswith("checkpoint of bank:USD at line")
    assert found.endswith("says -101.0000, its lines say -100.0000")


def test_a_line_taken_from_a_float_with_its_money_is_found_and_named(floats):
    services.deposit(account=floats[0], amount=D(5), key="more")
    sql("DELETE FROM ledger_line WHERE entry_id = (SELECT id FROM ledger_entry WHERE key = 'more')")
    sql("DELETE FROM ledger_entry WHERE key = 'more'")
    sql("UPDATE ledger_account SET balance = 100 WHERE code = 'float:a'")
    assert list(checks.problems()) == ["account float:a: its lines do not follow each other at 1"]
