"""Money of a customer whose sale came to nothing: every way into it, and the three out of it."""

from datetime import timedelta
from decimal import Decimal as D
from functools import partial
from threading import Barrier, Event, Thread
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from tests.topup.conftest import outcome, success
from tests.topup.test_shifts import cash, cash_of, count, start
from topup.errors import NoShiftError, OwedError, TenderError
from topup.evidence import Verdict
from topup.models import (
    CashKind,
    CashMove,
    Owed,
    OwedState,
    Paper,
    Person,
    Role,
    Sale,
    Shift,
    Tender,
)
from topup.services import claimcode, counting, opening, owed, polling, prints, shifts
from topup.services.moves import move
from topup.services.settling import apply_outcome
from topup.states import Basis, SaleState

pytestmark = pytest.mark.django_db
S = SaleState


@pytest.fixture
def shift(agent):
    return start(agent)


@pytest.fixture
def manager(shop):
    return Person.objects.create_user("manager", role=Role.MANAGER, shop=shop)


@pytest.fixture
def refused(shift, sold):
    """What is owed for a refused sale."""
    return sold(S.DECLINED).owed


def code_for(row):
    return claimcode.code_of(row.sale.correlation_id)


def wrong_for(row):
    return f"{(int(code_for(row)) + 1) % 10**6:06}"


def give_back(row, by, **more):
    values = {"shift": shifts.current_shift(by), "tender": Tender.CASH, "key": uuid4()} | more
    return owed.pay_out(owed_id=row.pk, by=by, **values)


def printed(sale, by):
    return prints.start(sale=sale, person=by, number=1, paper=Paper.ROLL_58, language="en")


def test_who_is_paid_by_the_code_of_a_slip_that_nobody_printed_is_told(sold, agent, shift, manager):
    """It was read from the screen. With a slip, or a reason instead of a code, nothing is told."""
    unprinted, with_slip, no_paper, excused = (sold(S.DECLINED) for _ in range(4))
    printed(with_slip, agent)
    prints.answer(printed=printed(no_paper, agent), person=agent, came_out=False)
    for sale in (unprinted, with_slip, no_paper):
        give_back(sale.owed, agent, code=code_for(sale.owed))
    give_back(excused.owed, manager, shift=shift, reason="he showed his own slip")
    told = Owed.objects.filter(never_printed=True).order_by("pk")
    assert [row.sale for row in told] == [unprinted, no_paper]
    amount = sum(row.amount for row in told)
    assert counting.totals(shift)["unprinted"] == [
        {"tender": "cash", "currency": "USD", "count": 2, "amount": f"{amount:f}"}
    ]


def cancelled_at_the_counter(sold, agent):
    sale = sold(S.CREATED)
    opening.cancel_sale(sale_id=sale.pk, by=agent)
    return sale


def not_sent_in_time(sold, agent):
    sale = sold(S.CREATED)
    Sale.objects.filter(pk=sale.pk).update(created_at=timezone.now() - timedelta(minutes=5))
    polling.cancel_stale()
    return sale


def answered(verdict, code="", **rest):
    def end(sold, agent):
        sale = sold()
        apply_outcome(sale_id=sale.pk, outcome=outcome(verdict, code, **rest))
        return sale

    return end


def absent(sold, agent):
    sale = sold(age=600)
    for minutes in (5, 2):
        at = timezone.now() - timedelta(minutes=minutes)
        apply_outcome(sale_id=sale.pk, outcome=outcome(Verdict.DENIED, "404", asked_at=at))
    sale.refresh_from_db()
    assert sale.basis == Basis.ABSENT
    return sale


def reversed_by_hand(sold, agent):
    sale = sold(S.PENDING)
    move(sale, S.IN_REVIEW)
    move(sale, S.REVERSED, settled_at=timezone.now())
    return sale


def refunded(sold, agent):
    sale = sold(S.COMPLETED)
    move(sale, S.REFUNDED)
    return sale


ENDS = [
    (cancelled_at_the_counter, S.CANCELLED), (not_sent_in_time, S.CANCELLED),
    (answered(Verdict.NOT_SENT), S.CANCELLED),
    (answered(Verdict.MISCONFIGURED, http_status=401), S.CANCELLED),
    (answered(Verdict.DECLINED, "501"), S.DECLINED), (absent, S.DECLINED),
    (reversed_by_hand, S.REVERSED), (refunded, S.REFUNDED),
]  # fmt: skip


@pytest.mark.parametrize(("end", "state"), ENDS)
def test_every_way_to_nothing_owes_the_customer_his_money(shift, agent, sold, end, state):
    sale = end(sold, agent)
    sale.refresh_from_db()
    assert sale.state == state
    row = Owed.objects.get()
    assert (row.sale, row.shift, row.state) == (sale, shift, OwedState.OWED)
    assert (row.tender, row.amount, row.currency) == (Tender.CASH, D(10), "USD")
    assert cash_of(shift).expected == D(60), "it lies in the drawer until it is given back"


def test_a_sale_without_a_shift_or_without_an_end_owes_nothing(agent, sold):
    sold(S.DECLINED)
    start(agent)
    for state in (S.CREATED, S.SUBMITTED, S.PENDING, S.IN_DOUBT, S.COMPLETED):
        sold(state)
    assert Owed.objects.count() == 0


def test_what_is_owed_and_the_state_come_together_or_not_at_all(shift, sold):
    sale = sold(S.PENDING)

    def die_before_the_commit():
        apply_outcome(sale_id=sale.pk, outcome=outcome(Verdict.DECLINED, "501"))
        assert Owed.objects.count() == 1
        raise RuntimeError

    with pytest.raises(RuntimeError), transaction.atomic():
        die_before_the_commit()
    assert (Owed.objects.count(), Sale.objects.get().state) == (0, S.PENDING)


def test_a_late_delivery_settles_what_is_still_owed(shift, agent, sold):
    late, paid = sold(S.DECLINED), sold(S.DECLINED)
    give_back(paid.owed, agent, code=code_for(paid.owed))
    for sale in (late, paid):
        apply_outcome(sale_id=sale.pk, outcome=success())
        sale.refresh_from_db()
        assert sale.state == S.DELIVERED_LATE
    states = [Owed.objects.get(sale=sale).state for sale in (late, paid)]
    assert states == [OwedState.DELIVERED, OwedState.PAID]
    with pytest.raises(OwedError, match="given back or used already"):
        give_back(late.owed, agent, code=code_for(late.owed))


def test_the_code_on_the_receipt_gives_the_money_back_once(shift, agent, refused):
    key = uuid4()
    paid = give_back(refused, agent, key=key, code=f" {claimcode.spoken(code_for(refused))} ")
    assert (paid.state, paid.closed_by, paid.without_code) == (OwedState.PAID, agent, "")
    assert (paid.move.kind, paid.move.amount) == (CashKind.PAY_OUT, D(-10))
    assert cash_of(shift).expected == D(50)
    assert give_back(refused, agent, key=key, code="").pk == paid.pk, "the same form again"
    with pytest.raises(OwedError, match="given back or used already"):
        give_back(refused, agent, code=code_for(refused))
    assert CashMove.objects.count() == 1


def test_five_wrong_codes_lock_it_to_somebody_in_charge(shift, agent, manager, refused):
    for left in ("4 tries are", "3 tries are", "2 tries are", "1 try is"):
        with pytest.raises(OwedError, match=f"{left} left"):
            give_back(refused, agent, code=wrong_for(refused))
    for code in (wrong_for(refused), code_for(refused)):
        with pytest.raises(OwedError, match="Only somebody in charge can give this back now"):
            give_back(refused, agent, code=code)
    refused.refresh_from_db()
    assert (refused.wrong_codes, refused.state) == (5, OwedState.OWED)
    assert give_back(refused, manager, shift=shift, code=code_for(refused)).state == OwedState.PAID


def test_a_right_code_is_no_wrong_one(shift, agent, refused):
    with pytest.raises(OwedError):
        give_back(refused, agent, code=wrong_for(refused))
    assert give_back(refused, agent, code=code_for(refused)).wrong_codes == 1


def test_without_a_code_somebody_in_charge_says_why(shift, agent, manager, refused):
    with pytest.raises(OwedError, match="Without it, ask somebody in charge"):
        give_back(refused, agent, reason="he lost it")
    with pytest.raises(OwedError, match="or write why there is none"):
        give_back(refused, manager, shift=shift, reason=" ")
    paid = give_back(refused, manager, shift=shift, reason="he lost it, I know him")
    assert (paid.without_code, paid.closed_by) == ("he lost it, I know him", manager)


def test_money_comes_out_of_an_open_shift_of_this_shop(shift, agent, manager, refused, other_agent):
    code = code_for(refused)
    with pytest.raises(NoShiftError, match="comes out of an open shift"):
        give_back(refused, manager, code=code)
    with pytest.raises(PermissionDenied):
        give_back(refused, other_agent, shift=start(other_agent), code=code)
    with pytest.raises(NoShiftError):
        give_back(refused, agent, shift=shifts.current_shift(other_agent), code=code)
    count(shift, agent, "60")
    shifts.seal_shift(shift_id=shift.pk, by=agent)
    shift.refresh_from_db()
    with pytest.raises(NoShiftError):
        give_back(refused, agent, shift=shift, code=code)
    later = start(agent, "60")
    give_back(refused, agent, code=code)
    assert cash_of(later).expected == D(50), "a later shift pays what an earlier one owes"
    assert [one.pk for one in owed.shifts_that_pay(manager)] == [later.pk]
    assert owed.shifts_that_pay(other_agent) != owed.shifts_that_pay(manager)


def test_what_was_paid_by_card_may_be_given_back_by_card(shift, agent, quoted, sold):
    sold()
    paid = opening.open_sale(agent=agent, quote=quoted(), tender=Tender.CARD).sale
    opening.cancel_sale(sale_id=paid.pk)
    give_back(paid.owed, agent, tender=Tender.CARD, code=code_for(paid.owed))
    assert paid.owed.tender == Tender.CARD
    assert cash_of(shift).expected == D(60), "the drawer is not touched"


@pytest.mark.parametrize(("price", "left"), [("12.00", D(2)), ("10.00", D(0)), ("8.00", D(-2))])
def test_it_pays_for_another_sale_and_the_difference_is_collected_or_returned(
    shift, agent, quoted, refused, price, left
):
    quote = quoted(price=D(price), commission=D("0.40"), cost=D(7))
    asked = {"owed_id": refused.pk, "code": code_for(refused)}
    opened = opening.open_sale(agent=agent, quote=quote, **asked)
    assert (opened.left, opened.sale.collected_amount) == (left, D(price))
    refused.refresh_from_db()
    assert (refused.state, refused.used_for) == (OwedState.USED, opened.sale)
    assert refused.move.kind == CashKind.USED
    assert cash_of(shift).expected == D(60) + left
    again = opening.open_sale(agent=agent, quote=quote, **asked)
    assert (again.sale, again.is_new) == (opened.sale, False)
    with pytest.raises(OwedError, match="given back or used already"):
        opening.open_sale(agent=agent, quote=quoted(), **asked)
    opening.cancel_sale(sale_id=opened.sale.pk)
    assert opened.sale.owed.amount == D(price), "the other sale owes all that was collected for it"


def test_it_is_used_only_with_its_code_in_its_currency_and_in_a_shift(
    shop, shift, agent, quoted, refused, manager
):
    def sell(by=agent, **more):
        return opening.open_sale(agent=by, quote=quoted(), owed_id=refused.pk, **more)

    for wrong in ("", wrong_for(refused)):
        with pytest.raises(OwedError, match="code"):
            sell(code=wrong)
    refused.refresh_from_db()
    assert refused.wrong_codes == 1
    with pytest.raises(NoShiftError):
        sell(manager, code=code_for(refused))
    shop.second_currency, shop.second_rate = "JMD", D(155)
    shop.save()
    shop.refresh_from_db()
    local = quoted(second_price=D(1550), second_currency="JMD")
    with pytest.raises(TenderError, match="owed is in USD"):
        opening.open_sale(agent=agent, quote=local, owed_id=refused.pk,
                          code=code_for(refused), collected_currency="JMD")  # fmt: skip
    assert Sale.objects.count() == 1, "only the refused one"


def test_a_refund_after_the_seal_is_owed_and_paid_by_a_later_shift(shift, agent, sold):
    sale = sold(S.COMPLETED)
    count(shift, agent, "60")
    shifts.seal_shift(shift_id=shift.pk, by=agent)
    move(sale, S.REFUNDED)
    assert sale.owed.shift == shift
    later = start(agent, "60")
    give_back(sale.owed, agent, code=code_for(sale.owed))
    assert cash_of(later).expected == D(50)


def at_once(*deeds):
    """Threads that begin together; how many of them got through."""
    barrier, done = Barrier(len(deeds)), []

    def run(deed):
        try:
            barrier.wait(60)
            deed()
            done.append(deed)
        except OwedError:
            pass
        finally:
            connection.close()

    threads = [Thread(target=run, args=[deed]) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return len(done)


@pytest.mark.django_db(transaction=True)
def test_of_four_who_pay_at_once_one_pays(shift, agent, refused, quoted):
    code = code_for(refused)
    quote = quoted()

    def use():
        opening.open_sale(agent=agent, quote=quote, owed_id=refused.pk, code=code)

    deeds = [partial(give_back, refused, agent, code=code) for _ in range(3)]
    assert at_once(*deeds, use) == 1
    assert CashMove.objects.count() == 1
    assert Sale.objects.count() == 1 + (CashMove.objects.get().kind == CashKind.USED)


@pytest.mark.django_db(transaction=True)
def test_five_tries_at_once_are_five(shift, agent, refused):
    wrong = wrong_for(refused)
    at_once(*[partial(give_back, refused, agent, code=wrong) for _ in range(8)])
    refused.refresh_from_db()
    assert (refused.wrong_codes, refused.state) == (5, OwedState.OWED)


@pytest.mark.parametrize("is_locked", [True, False])
@pytest.mark.django_db(transaction=True)
def test_a_refusal_during_a_hand_over_is_owed_by_the_one_who_took_over(
    shift, agent, sold, shop, is_locked, monkeypatch
):
    """Without the lock it would stay with a shift that is over."""
    sale = sold(S.PENDING)
    colleague = Person.objects.create_user("colleague", role=Role.CASHIER, shop=shop)
    count(shift, agent, "60")
    looked = Event()

    def look_without_the_lock(pk):
        found = Shift.objects.get(pk=pk)
        looked.set()
        return found

    if not is_locked:
        monkeypatch.setattr(owed, "share_shift", look_without_the_lock)

    def refuse():
        try:
            apply_outcome(sale_id=sale.pk, outcome=outcome(Verdict.DECLINED, "501"))
        finally:
            connection.close()

    thread = Thread(target=refuse)
    with transaction.atomic():
        taker = shifts.hand_over(shift_id=shift.pk, to=colleague, by=agent)
        thread.start()
        looked.wait(0.4 if is_locked else 60)
    thread.join(60)
    assert Owed.objects.get().shift == (taker if is_locked else shift)


def test_the_database_keeps_what_is_settled(shift, agent, refused):
    give_back(refused, agent, code=code_for(refused))
    for change in ({"state": "owed", "move": None}, {"without_code": "x"}):
        with pytest.raises(DatabaseError, match="is settled"), transaction.atomic():
            Owed.objects.filter(pk=refused.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        Owed.objects.filter(pk=refused.pk).delete()


@pytest.mark.parametrize("change", [{"amount": 1}, {"currency": "EUR"}, {"state": "paid"}], ids=str)
def test_the_database_lets_nobody_settle_it_without_money_moving(refused, change):
    with pytest.raises(DatabaseError), transaction.atomic():
        Owed.objects.filter(pk=refused.pk).update(**change)


def test_a_code_is_six_digits_and_every_sale_has_another(settings):
    codes = {claimcode.code_of(str(uuid4())) for _ in range(50)}
    assert len(codes) > 45
    assert {len(code) for code in codes} == {6}
    name = str(uuid4())
    old, typed = (
        claimcode.code_of(name),
        "".join(chr(0x660 + int(d)) for d in claimcode.code_of(name)),
    )
    assert claimcode.fits(name, typed), "typed in Arabic digits"
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new" * 20, [settings.SECRET_KEY]
    assert claimcode.code_of(name) != old
    assert claimcode.fits(name, old), "a receipt from before the key was changed"
    assert not claimcode.fits(name, "")


def test_opening_cash_is_counted_by_currency(agent):
    shift = shifts.open_shift(person=agent, counts=[cash("5"), cash("900", "JMD")])
    assert shift.counts.count() == 2
