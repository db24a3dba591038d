"""A shift from its first count to the seal, with what the database itself refuses."""

from contextlib import suppress
from decimal import Decimal as D
from threading import Thread
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction

from tests.database import check_now
from tests.topup.conftest import outcome
from topup.errors import NoShiftError, ShiftError, ShiftOverError, TenderError
from topup.evidence import Verdict
from topup.models import (
    CashKind,
    CashMove,
    Owed,
    Person,
    Role,
    Sale,
    Shift,
    ShiftCount,
    ShiftState,
    Tender,
)
from topup.models.shift import Moment
from topup.services import counting, opening, shifts
from topup.services.counting import Counted
from topup.services.settling import apply_outcome
from topup.states import SaleState

pytestmark = pytest.mark.django_db


def cash(amount, currency="USD", **notes):
    return Counted(Tender.CASH, currency, D(amount), notes)


def start(person, amount="50"):
    return shifts.open_shift(person=person, counts=[cash(amount)])


def put(shift, by, amount, kind=CashKind.IN, **more):
    values = {"key": uuid4(), "currency": "USD", "reason": "change", "by": by} | more
    return shifts.record_move(shift=shift, kind=kind, amount=D(amount), **values)


def count(shift, by, amount, **more):
    return shifts.count_shift(shift_id=shift.pk, counts=[cash(amount)], by=by, **more)


def seal(shift, by, note=""):
    return shifts.seal_shift(shift_id=shift.pk, by=by, note=note)


def cash_of(shift):
    return next(one for one in counting.figures(shift) if one.tender == Tender.CASH)


@pytest.fixture
def shift(agent):
    return start(agent)


@pytest.fixture
def manager(shop):
    return Person.objects.create_user("manager", role=Role.MANAGER, shop=shop)


@pytest.fixture
def colleague(shop):
    return Person.objects.create_user("colleague", role=Role.CASHIER, shop=shop)


def test_a_shift_opens_once_with_what_was_counted(agent, other_agent):
    first = shifts.open_shift(person=agent, counts=[cash("70.50", **{"50": 1, "20": 1, "0.50": 1})])
    again = start(agent, "3")
    assert (again.pk, first.number) == (first.pk, 1)
    row = ShiftCount.objects.get()
    assert (row.moment, row.amount, row.denominations) == (
        Moment.OPENING, D("70.50"), {"50": 1, "20": 1, "0.50": 1},
    )  # fmt: skip
    assert start(other_agent).number == 1, "each shop counts its own"


def test_a_person_has_one_open_shift_by_the_word_of_the_database(shift, agent, shop):
    with pytest.raises(DatabaseError, match="one_open_shift"), transaction.atomic():
        Shift.objects.create(shop=shop, person=agent, number=2)


def test_a_sale_carries_the_shift_of_the_one_who_sells(shift, sold):
    sale = sold()
    assert (sale.shift, sale.tender) == (shift, Tender.CASH)
    assert (sale.collected_amount, sale.collected_currency) == (D(10), "USD")


def test_a_shop_that_asks_for_shifts_sells_nothing_without_one(shop, agent, sold):
    assert sold().shift is None, "others may do without"
    shop.requires_shift = True
    shop.save()
    with pytest.raises(NoShiftError, match="Open a shift, then press again"):
        sold()
    start(agent)
    assert sold().shift is not None


def test_nobody_sells_in_a_shift_that_is_counted(shift, agent, sold):
    count(shift, agent, "50")
    with pytest.raises(ShiftOverError):
        sold()
    with pytest.raises(ShiftOverError):
        sold(correlation_id=str(uuid4()))
    assert Sale.objects.count() == 0


def test_a_count_between_look_and_sale_is_seen_by_the_database(shift, agent, quoted):
    stale = Shift.objects.get(pk=shift.pk)
    count(shift, agent, "50")
    with pytest.raises(ShiftOverError):
        opening.open_sale(agent=agent, quote=quoted(), shift=stale)
    assert Sale.objects.count() == 0


def test_what_should_be_there_is_all_that_came_in_less_what_went_out(shift, agent, sold):
    sold()
    sold(SaleState.COMPLETED)
    sold(SaleState.DECLINED)
    put(shift, agent, "5.00")
    put(shift, agent, "20.00", CashKind.OUT)
    one = cash_of(shift)
    assert (one.opening, one.sales, one.collected) == (D(50), 3, D(30))
    assert (one.refused, one.refused_sum) == (1, D(10))
    assert (one.put_in, one.taken_out, one.expected) == (D(5), D(-20), D(65))
    assert (one.counted, one.gap) == (None, 0)


def test_each_tender_and_currency_is_reckoned_alone(shop, shift, agent, quoted):
    shop.second_currency, shop.second_rate = "JMD", D("155")
    shop.save()
    shop.refresh_from_db()

    def sell(**paid):
        quote = quoted(second_price=D("1550"), second_currency="JMD")
        return opening.open_sale(agent=agent, quote=quote, **paid).sale

    sell(tender=Tender.CARD)
    local = sell(collected_currency="JMD")
    assert (local.collected_amount, local.collected_currency, local.price) == (
        D(1550), "JMD", D(10),
    )  # fmt: skip
    sell(tender=Tender.E_MONEY, collected_currency="JMD")
    found = {(one.tender, one.currency): one.expected for one in counting.figures(shift)}
    assert found == {
        ("cash", "USD"): D(50), ("cash", "JMD"): D(1550), ("card", "USD"): D(10),
        ("e_money", "JMD"): D(1550),
    }  # fmt: skip
    for wrong in ({"collected_currency": "EUR"}, {"tender": "cheque"}):
        with pytest.raises(TenderError):
            sell(**wrong)
    assert counting.to_count(shift, shop)[:2] == [("cash", "USD"), ("cash", "JMD")]


def test_a_second_currency_that_is_not_taken_is_refused(agent, quoted):
    with pytest.raises(TenderError):
        opening.open_sale(agent=agent, quote=quoted(), collected_currency="JMD")


def test_the_same_key_with_another_tender_is_the_same_sale(shift, agent, quoted):
    quote = quoted()
    first = opening.open_sale(agent=agent, quote=quote, tender=Tender.CARD)
    again = opening.open_sale(agent=agent, quote=quote, tender=Tender.CASH)
    assert (again.sale.pk, again.is_new, again.sale.tender) == (first.sale.pk, False, Tender.CARD)


def test_cash_in_and_out_is_recorded_once_for_each_key(shift, agent):
    key = uuid4()
    first, again = put(shift, agent, "5", key=key), put(shift, agent, "5", key=key)
    assert first == again
    with pytest.raises(ShiftError, match="used before with other figures"):
        put(shift, agent, "6", key=key)
    assert CashMove.objects.count() == 1


def test_only_the_one_whose_shift_it_is_and_those_in_charge_may_act(
    shift, agent, colleague, manager, other_agent
):
    for stranger in (colleague, other_agent):
        with pytest.raises(PermissionDenied):
            put(shift, stranger, "5")
        with pytest.raises(PermissionDenied):
            count(shift, stranger, "50")
        with pytest.raises(PermissionDenied):
            seal(shift, stranger)
        with pytest.raises(PermissionDenied):
            shifts.hand_over(shift_id=shift.pk, to=stranger, by=stranger)
    count(shift, manager, "50")
    assert seal(shift, manager).sealed_by == manager
    assert list(shifts.shifts_for(colleague)) == []
    assert list(shifts.shifts_for(manager)) == [shift]
    assert list(shifts.shifts_for(other_agent)) == []


def test_a_new_count_is_a_new_attempt_and_all_are_kept(shift, agent):
    count(shift, agent, "49")
    assert cash_of(shift).gap == D(-1)
    count(shift, agent, "50", attempt=2)
    count(shift, agent, "7", attempt=2)  # the same form again
    attempts = ShiftCount.objects.filter(moment=Moment.CLOSING).values_list("attempt", "amount")
    assert list(attempts) == [(1, D(49)), (2, D(50))]
    assert cash_of(shift).gap == 0


def test_a_gap_needs_a_word_before_the_seal(shift, agent):
    with pytest.raises(ShiftError, match="Count the shift first"):
        seal(shift, agent)
    count(shift, agent, "48.75")
    with pytest.raises(ShiftError, match="Write down why") as refusal:
        seal(shift, agent, note="  ")
    assert refusal.value.field == "note"
    sealed = seal(shift, agent, note="a coin fell behind the counter")
    assert (sealed.state, sealed.totals["has_gap"]) == (ShiftState.SEALED, True)
    assert sealed.totals["figures"][0]["gap"] == "-1.2500"


def test_sealed_totals_say_everything_and_their_digest_fits(shift, agent, sold):
    sold(SaleState.COMPLETED)
    sold(SaleState.DECLINED)
    count(shift, agent, "70")
    sealed = seal(shift, agent)
    assert seal(shift, agent).closed_at == sealed.closed_at, "once"
    sealed.refresh_from_db()
    assert sealed.totals["figures"] == [{
        "tender": "cash", "currency": "USD", "opening": "50.0000", "sales": 2,
        "collected": "20.0000", "refused": 1, "refused_sum": "10.0000", "put_in": "0",
        "taken_out": "0", "paid_back": "0", "used": "0", "expected": "70.0000",
        "counted": "70.0000", "gap": "0.0000",
    }]  # fmt: skip
    assert sealed.totals["commission"] == [{"currency": "USD", "amount": "0.4000"}]
    assert sealed.totals["owed"] == [
        {"tender": "cash", "currency": "USD", "count": 1, "amount": "10.0000"}
    ]
    assert shifts.is_intact(sealed)
    sealed.totals["figures"][0]["counted"] = "71.0000"
    assert not shifts.is_intact(sealed)


@pytest.fixture
def sealed(shift, agent):
    put(shift, agent, "1")
    count(shift, agent, "51")
    return seal(shift, agent)


@pytest.mark.parametrize(
    "change",
    [
        {"totals": {}},
        {"digest": "0" * 64},
        {"state": "open"},
        {"gap_note": "x"},
        {"sealed_by": None},
    ],
    ids=str,
)
def test_the_database_changes_nothing_of_a_sealed_shift(sealed, change):
    with pytest.raises(DatabaseError, match=r"is sealed|Invalid transition"), transaction.atomic():
        Shift.objects.filter(pk=sealed.pk).update(**change)


def test_the_database_adds_nothing_to_a_sealed_shift(sealed, agent, quoted):
    with pytest.raises(ShiftOverError):
        put(sealed, agent, "5")
    with pytest.raises(ShiftOverError):
        count(sealed, agent, "5")
    with pytest.raises(DatabaseError, match="is sealed"), transaction.atomic():
        counting.write_count(
            shift=sealed, moment=Moment.CLOSING, counts=[cash("1")], by=agent, attempt=9
        )
    with pytest.raises(ShiftOverError):
        opening.open_sale(agent=agent, quote=quoted(), shift=sealed)
    with connection.cursor() as cursor:
        for table in ("topup_cashmove", "topup_shiftcount"):
            with pytest.raises(DatabaseError), transaction.atomic():
                cursor.execute(f"UPDATE {table} SET amount = 0")  # noqa: S608
            with pytest.raises(DatabaseError), transaction.atomic():
                cursor.execute(f"DELETE FROM {table}")  # noqa: S608
    with pytest.raises(DatabaseError), transaction.atomic():
        Shift.objects.filter(pk=sealed.pk).delete()


@pytest.mark.parametrize(("old", "new"), [("open", "sealed"), ("open", "handed_over")])
def test_a_shift_skips_no_step(shift, agent, old, new):
    with pytest.raises(DatabaseError), transaction.atomic():
        Shift.objects.filter(state=old).update(state=new, sealed_by=agent, digest="x")


def test_a_shift_with_open_sales_is_handed_over_and_sealed_later(
    shift, agent, colleague, sold, manager
):
    refused, pending = sold(SaleState.DECLINED), sold(SaleState.PENDING)
    count(shift, agent, "70")
    with pytest.raises(ShiftError, match="1 sale has no final word yet"):
        seal(shift, agent)
    taker = shifts.hand_over(shift_id=shift.pk, to=colleague, by=agent)
    assert shifts.hand_over(shift_id=shift.pk, to=agent, by=agent) == taker, "once"
    shift.refresh_from_db()
    assert (shift.state, shift.handed_to) == (ShiftState.HANDED_OVER, taker)
    assert (taker.person, taker.number, cash_of(taker).expected) == (colleague, 2, D(70))
    assert refused.owed.shift == taker, "what is owed goes with the drawer"
    with pytest.raises(ShiftError, match="1 sale has no final word yet"):
        seal(shift, agent)
    apply_outcome(sale_id=pending.pk, outcome=outcome(Verdict.DECLINED, "501"))
    assert Owed.objects.get(sale=pending).shift == taker, "also what is owed only later"
    done = seal(shift, manager)
    assert (done.totals["figures"][0]["refused"], done.totals["has_gap"]) == (2, False)


def test_a_colleague_with_an_open_shift_takes_the_cash_in(shift, agent, colleague):
    own = start(colleague, "20")
    count(shift, agent, "50")
    assert shifts.hand_over(shift_id=shift.pk, to=colleague, by=agent) == own
    assert (cash_of(own).put_in, cash_of(own).expected) == (D(50), D(70))
    assert own.moves.get().reason == "taken over from shift 1"


def test_two_may_hand_over_to_one(shift, agent, colleague, manager):
    other = start(colleague, "7")
    own = start(manager, "0")
    for one, person in ((shift, agent), (other, colleague)):
        count(one, person, "5")
        shifts.hand_over(shift_id=one.pk, to=manager, by=person)
    assert cash_of(own).expected == D(10)


def test_who_is_alone_goes_on_in_a_shift_of_his_own(shift, agent, sold):
    sold(SaleState.PENDING)
    count(shift, agent, "60")
    taker = shifts.hand_over(shift_id=shift.pk, to=agent, by=agent)
    assert (taker.person, taker.state, cash_of(taker).opening) == (agent, "open", D(60))


def test_a_shift_is_handed_over_to_somebody(shift, agent):
    def hand_to_nobody():
        Shift.objects.filter(pk=shift.pk).update(state="handed_over")
        check_now()

    count(shift, agent, "50")
    with pytest.raises(DatabaseError, match="to nobody"), transaction.atomic():
        hand_to_nobody()


def test_a_hand_over_needs_a_count_and_a_colleague(shift, agent, colleague, other_agent):
    with pytest.raises(ShiftError, match="Count the shift first"):
        shifts.hand_over(shift_id=shift.pk, to=colleague, by=agent)
    count(shift, agent, "50")
    with pytest.raises(ShiftError, match="Choose a colleague"):
        shifts.hand_over(shift_id=shift.pk, to=other_agent, by=agent)
    theirs = start(colleague)
    count(theirs, colleague, "50")
    with pytest.raises(ShiftError, match="own shift is counted"):
        shifts.hand_over(shift_id=shift.pk, to=colleague, by=agent)
    shift.refresh_from_db()
    assert shift.state == ShiftState.COUNTED, "nothing of it is kept"
    with pytest.raises(ShiftError, match="is counted and not sealed"):
        start(agent)


@pytest.mark.django_db(transaction=True)
def test_a_sale_under_way_holds_the_count_back(shift, agent, sold):
    """Money that is being collected is in the count, or refused: never in between."""
    told = []

    def counts():
        with suppress(Exception):
            count(shift, agent, "50")
            told.append(Shift.objects.get(pk=shift.pk).totals["figures"][0]["sales"])
        connection.close()

    with transaction.atomic():
        sold(SaleState.CREATED)
        thread = Thread(target=counts)
        thread.start()
        thread.join(0.4)
        assert (thread.is_alive(), told) == (True, [])
    thread.join(60)
    assert told == [1]
