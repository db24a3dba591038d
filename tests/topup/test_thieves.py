"""What a thief, a hurried hand or a bad moment would do to the money, and why it does not work."""

from decimal import Decimal as D
from functools import partial
from threading import Barrier, Thread
from uuid import uuid4

import pytest
from django.db import connection

from tests.topup.test_owed import code_for
from tests.topup.test_shifts import cash_of, count, put, start
from topup.errors import ShiftError
from topup.models import (
    CashMove,
    OwedState,
    Person,
    Role,
    Shift,
    Tender,
)
from topup.services import owed, shifts
from topup.states import SaleState

pytestmark = pytest.mark.django_db
S = SaleState


def together(*deeds):
    """Threads that begin at once; what they returned or raised."""
    barrier, found = Barrier(len(deeds)), []

    def run(deed):
        try:
            barrier.wait(5)
            found.append(deed())
        except Exception as error:
            found.append(error)
        finally:
            connection.close()

    threads = [Thread(target=run, args=[deed]) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    return found


@pytest.mark.django_db(transaction=True)
def test_a_double_click_pays_once_and_both_are_told_so(shop, agent, sold):
    shift = start(agent)
    row = sold(S.DECLINED).owed
    key, code = uuid4(), code_for(row)
    pay = partial(owed.pay_out, owed_id=row.pk, shift=shift, tender=Tender.CASH, key=key,
                  by=agent, code=code)  # fmt: skip
    found = together(*[pay] * 4)
    assert [getattr(one, "state", one) for one in found] == [OwedState.PAID] * 4
    assert CashMove.objects.count() == 1


@pytest.fixture
def moved(shop, other_shop, agent):
    """An agent who works at another shop now; his shift is open at the old one."""
    shift = start(agent)
    agent.shop = other_shop
    agent.save()
    return shift


def test_a_drawer_left_open_at_another_shop_takes_no_sale(moved, agent, other_shop):
    assert shifts.current_shift(agent) is None
    assert shifts.shift_for_sale(agent, other_shop) is None
    with pytest.raises(ShiftError, match="Corner"):
        start(agent)


def test_nothing_is_handed_over_into_a_drawer_of_another_shop(moved, agent, other_agent):
    mine = start(other_agent)
    count(mine, other_agent, "50")
    with pytest.raises(ShiftError, match="Corner"):
        shifts.hand_over(shift_id=mine.pk, to=agent, by=other_agent)
    assert CashMove.objects.count() == 0


@pytest.mark.parametrize("amount", ["0.005", "0.0001", "0", "-5"])
def test_money_is_moved_in_coins_that_there_are(agent, amount):
    shift = start(agent)
    with pytest.raises(ShiftError):
        put(shift, agent, amount)
    assert cash_of(shift).expected == D(50)


@pytest.mark.django_db(transaction=True)
def test_cash_is_not_handed_into_a_drawer_that_was_counted_meanwhile(shop, agent, monkeypatch):
    colleague = Person.objects.create_user("colleague", role=Role.CASHIER, shop=shop)
    mine, his = start(agent), start(colleague, "20")
    count(mine, agent, "50")
    look = shifts.current_shift

    def slow(person):
        found = look(person)
        together(partial(count, his, colleague, "20"))
        return found

    monkeypatch.setattr(shifts, "current_shift", slow)
    with pytest.raises(ShiftError, match="counted and not sealed"):
        shifts.hand_over(shift_id=mine.pk, to=colleague, by=agent)
    monkeypatch.undo()
    assert cash_of(his).expected == D(20)
    assert Shift.objects.get(pk=mine.pk).handed_to is None


@pytest.mark.django_db(transaction=True)
def test_two_who_hand_over_to_each_other_at_once_do_not_block_each_other(shop, agent, monkeypatch):
    colleague = Person.objects.create_user("colleague", role=Role.CASHIER, shop=shop)
    mine, his = start(agent), start(colleague, "20")
    count(mine, agent, "50")
    look, found = shifts.current_shift, []

    def back():
        count(his, colleague, "20")
        found.extend(together(partial(shifts.hand_over, shift_id=his.pk, to=agent, by=colleague)))
        connection.close()

    thread = Thread(target=back)

    def slow(person):
        shift = look(person)
        if person == colleague:
            thread.start()
            thread.join(0.5)
        return shift

    monkeypatch.setattr(shifts, "current_shift", slow)
    with pytest.raises(ShiftError, match="counted and not sealed"):
        shifts.hand_over(shift_id=mine.pk, to=colleague, by=agent)
    thread.join(10)
    assert [str(one) for one in found] == ["That colleague’s own shift is counted and not sealed."]
    assert not Shift.objects.exclude(handed_to=None).exists()
