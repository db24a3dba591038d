"""What a thief, a hurried hand or a bad moment would do to the money, and why it does not work."""

from decimal import Decimal as D
from functools import partial
from threading import Barrier, Event, Thread
from uuid import uuid4

import pytest
from django.db import connection

from ledger.models import Entry
from tests.topup.conftest import float_of, house, outcome, success
from tests.topup.test_owed import code_for
from tests.topup.test_shifts import cash_of, count, put, start
from topup import books
from topup.errors import ShiftError, TenderError
from topup.evidence import Verdict
from topup.models import (
    CashMove,
    Claim,
    DepositRequest,
    OwedState,
    PaidBy,
    Person,
    Refund,
    Role,
    Shift,
    Tender,
)
from topup.services import claims, counting, deposits, disputes, opening, owed, shifts
from topup.services.refunds import refund_sale
from topup.services.settling import apply_outcome
from topup.services.transfers import transfer_float
from topup.states import SaleState

pytestmark = pytest.mark.django_db
S = SaleState


def together(*deeds):
    """Threads that begin at once; what they returned or raised."""
    barrier, found = Barrier(len(deeds)), []

    def run(deed):
        try:
            barrier.wait(60)
            found.append(deed())
        except Exception as error:
            found.append(error)
        finally:
            connection.close()

    threads = [Thread(target=run, args=[deed]) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
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
    look, found, counted = shifts.current_shift, [], Event()

    def back():
        count(his, colleague, "20")
        counted.set()
        found.extend(together(partial(shifts.hand_over, shift_id=his.pk, to=agent, by=colleague)))
        connection.close()

    thread = Thread(target=back)

    def slow(person):
        shift = look(person)
        if person == colleague:
            thread.start()
            assert counted.wait(60)
            thread.join(0.5)
        return shift

    monkeypatch.setattr(shifts, "current_shift", slow)
    with pytest.raises(ShiftError, match="counted and not sealed"):
        shifts.hand_over(shift_id=mine.pk, to=colleague, by=agent)
    thread.join(60)
    assert [str(one) for one in found] == ["That colleague’s own shift is counted and not sealed."]
    assert not Shift.objects.exclude(handed_to=None).exists()


def said(found):
    """What each of several deeds came to: a state, or the sort of its error."""
    return sorted(str(getattr(one, "state", type(one).__name__)) for one in found)


@pytest.fixture
def owner(shop):
    return Person.objects.create_user("owner", role=Role.OWNER, shop=shop)


@pytest.fixture
def asked(shop, owner):
    return deposits.ask(
        by=owner, shop=shop, amount=D(50), paid_by=PaidBy.BANK, key=uuid4()
    ).deposit.pk


@pytest.mark.django_db(transaction=True)
def test_of_all_who_decide_about_a_deposit_at_once_one_does(
    shop, owner, boss, second, asked, settings
):
    yes = [partial(deposits.approve, deposit_id=asked, by=by) for by in (boss, boss, second)]
    no = partial(deposits.refuse, deposit_id=asked, by=second, reason="nothing came")
    back = partial(deposits.take_back, deposit_id=asked, by=owner)
    together(*yes, no, back)
    state = DepositRequest.objects.get().state
    assert state in {"approved", "refused", "cancelled"}
    assert float_of(shop)[0] == (150 if state == "approved" else 100)
    settings.SECOND_PERSON_ABOVE = 10
    other = deposits.ask(by=owner, shop=shop, amount=D(20), paid_by=PaidBy.BANK, key=uuid4())
    alone = partial(deposits.approve, deposit_id=other.deposit.pk, by=boss)
    assert said(together(*[alone] * 3)) == ["MoneyError", "MoneyError", "approved_once"]
    assert list(books.problems()) == []


@pytest.mark.django_db(transaction=True)
def test_the_same_float_is_not_moved_and_sold_at_once(
    shop, other_shop, agent, boss, quoted, monkeypatch
):
    monkeypatch.setattr(opening, "nudge", lambda sale_id: None)
    key = uuid4()
    terms = {"source": shop, "target": other_shop, "amount": D(95), "by": boss, "memo": "x"}
    same = [partial(transfer_float, key=key, **terms)] * 2
    another = partial(transfer_float, key=uuid4(), **terms)
    sell = partial(opening.open_sale, agent=agent, quote=quoted())
    back = {"source": other_shop, "target": shop, "amount": D(1)}
    cross = partial(transfer_float, key=uuid4(), **(terms | back))
    found = together(*same, another, sell, cross)
    assert not [one for one in found if type(one).__name__ in {"OperationalError", "DatabaseError"}]
    balance, held = float_of(shop)
    assert balance - held >= 0
    assert balance + float_of(other_shop)[0] == 200
    assert Entry.objects.filter(key=f"transfer:{key}").count() <= 1
    assert list(books.problems()) == []


@pytest.mark.django_db(transaction=True)
def test_a_sale_is_refunded_once_by_all_who_try_at_once(shop, owner, boss, second, sold):
    sale = sold(S.COMPLETED)
    raised = disputes.raise_dispute(sale=sale, by=owner, reason="not_received")
    one = partial(disputes.refund, dispute_id=raised.pk, answer="you are right")
    found = together(
        partial(one, by=boss), partial(one, by=second),
        partial(refund_sale, sale=sale, by=boss, reason="again"),
        partial(disputes.withdraw, dispute_id=raised.pk, by=owner),
    )  # fmt: skip
    raised.refresh_from_db()
    assert raised.state in {"refunded", "withdrawn"}, found  # and then refunded without it
    balance = 100 if Refund.objects.exists() else D("90.40")
    assert (float_of(shop), Refund.objects.count()) == ((balance, 0), balance == 100)
    assert list(books.problems()) == []


@pytest.mark.django_db(transaction=True)
def test_a_claim_is_closed_once_by_all_who_try_at_once(boss, second, sold):
    refund_sale(sale=sold(S.COMPLETED), by=boss, reason="wrong")
    claim = Claim.objects.get()
    claims.ask_write_off(claim_id=claim.pk, by=boss, note="they will not")
    together(
        partial(claims.write_off, claim_id=claim.pk, by=second),
        partial(claims.write_off, claim_id=claim.pk, by=boss),
        partial(claims.claim_credited, claim_id=claim.pk, by=boss, reference="C1"),
        partial(claims.claim_credited, claim_id=claim.pk, by=second, reference="C2"),
    )
    claim.refresh_from_db()
    assert claim.state in {"written_off", "credited"}
    assert house("claims") == 0
    assert list(books.problems()) == []


@pytest.mark.parametrize("end", [S.DECLINED, S.COMPLETED])
@pytest.mark.django_db(transaction=True)
def test_a_shift_sealed_while_its_sale_ends_has_all_of_it(agent, sold, end):
    shift = start(agent)
    sale = sold(S.PENDING)
    count(shift, agent, "60")
    last = success() if end == S.COMPLETED else outcome(Verdict.DECLINED, "501")
    deeds = [partial(apply_outcome, sale_id=sale.pk, outcome=last)]
    deeds += [partial(shifts.seal_shift, shift_id=shift.pk, by=agent)] * 2
    together(*deeds)
    shift = shifts.seal_shift(shift_id=shift.pk, by=agent)
    (figures,) = shift.totals["figures"]
    assert (figures["collected"], figures["gap"]) == ("10.0000", "0.0000")
    assert figures["refused"] == len(shift.totals["owed"]) == (end == S.DECLINED)
    assert list(books.problems()) == []


@pytest.mark.parametrize(("price", "is_sold"), [("8.00", False), ("10.00", True), ("12.00", True)])
def test_a_card_gives_no_change_for_money_owed(agent, sold, quoted, price, is_sold):
    """The rest would come out of the cash, and be missing there."""
    shift = start(agent)
    row = sold(S.DECLINED).owed
    quote = quoted(price=D(price), commission=D("0.40"), cost=D(7))
    pay = {"tender": Tender.CARD, "owed_id": row.pk, "code": code_for(row)}
    if is_sold:
        opening.open_sale(agent=agent, quote=quote, **pay)
    else:
        with pytest.raises(TenderError, match="in cash"):
            opening.open_sale(agent=agent, quote=quote, **pay)
        opening.open_sale(agent=agent, quote=quote, **pay | {"tender": Tender.CASH})
    assert all(one.expected >= 0 for one in counting.figures(shift))
