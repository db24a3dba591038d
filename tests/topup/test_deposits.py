"""Deposits: asked for once, decided once, by others than who asked; duplicates are named."""

import re
import threading
from datetime import timedelta
from decimal import Decimal as D
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from ledger.models import AccountKind, Entry
from ledger.queries import house_balance
from tests.database import check_now
from tests.topup.conftest import float_of
from topup import books, locks
from topup.errors import DuplicateError, MoneyConflictError, MoneyError
from topup.models import DepositProof, DepositRequest, DepositState, PaidBy, Person, Role
from topup.services import deposits
from topup.services.pictures import Picture
from topup.services.shops import add_float_alone

S = DepositState


@pytest.fixture
def owner(shop):
    return Person.objects.create_user("owner", role=Role.OWNER, shop=shop)


@pytest.fixture
def clerks(db):
    """Two of the distributor's people."""
    return [Person.objects.create_user(name, role=Role.ADMIN) for name in ("ada", "ben")]


@pytest.fixture
def asked(shop, owner):
    """A request that waits; each of its own form unless told."""

    def make(amount="250", *, by=owner, of=shop, paid_by=PaidBy.BANK, key=None, proof=""):
        made = deposits.ask(
            by=by, shop=of, amount=D(amount), paid_by=paid_by, key=key or uuid4()
        ).deposit
        if proof:
            made = deposits.add_proof(deposit_id=made.pk, by=by, bank_reference=proof)
        return made

    return make


def approve(deposit, by, **options):
    return deposits.approve(deposit_id=deposit.pk, by=by, **options)


def test_a_reference_is_known_before_anything_is_paid(asked, owner, shop):
    deposit = asked()
    assert re.fullmatch("D-[34679ACDEFGHJKMNPQRTUVWXY]{6}", deposit.reference)
    told = (deposit.state, deposit.currency, deposit.asked_by, deposit.warning)
    assert told == (S.WAITING, "USD", owner, "")
    assert float_of(shop) == (D(100), D(0)), "nothing is on the float before it is approved"


def test_the_same_form_asks_once(asked, owner, shop):
    key = uuid4()
    first = asked(key=key)
    again = deposits.ask(by=owner, shop=shop, amount=D(250), paid_by=PaidBy.BANK, key=key)
    assert (again.deposit, again.is_new) == (first, False)
    with pytest.raises(MoneyConflictError):
        asked("251", key=key)
    assert DepositRequest.objects.count() == 1


def test_a_reference_that_was_given_out_is_not_given_again(asked, monkeypatch):
    taken = asked().reference
    given = iter([taken, taken, "D-777777"])
    monkeypatch.setattr(deposits, "new_reference", lambda: next(given))
    assert asked().reference == "D-777777"


@pytest.mark.parametrize("amount", ["0", "-5", "0.001", "1000000000"])
def test_an_amount_that_nobody_pays_is_not_asked_for(asked, amount):
    with pytest.raises(MoneyError):
        asked(amount)


def test_only_those_in_charge_of_the_shop_ask(asked, agent, other_shop):
    other = Person.objects.create_user("else", role=Role.OWNER, shop=other_shop)
    manager = Person.objects.create_user("manager", role=Role.MANAGER, shop=agent.shop)
    for person in (agent, other):
        with pytest.raises(MoneyError):
            asked(by=person)
    assert asked(by=manager).asked_by == manager


def test_the_queue_is_not_flooded(asked):
    first, *_others = [asked() for _count in range(deposits.MOST_WAITING)]
    with pytest.raises(MoneyError, match="Too many"):
        asked()
    deposits.take_back(deposit_id=first.pk, by=first.asked_by)
    asked()


def test_an_approval_puts_it_on_the_float_once(asked, clerks, shop):
    deposit = asked(proof="FT 77")
    approve(deposit, clerks[0])
    approve(deposit, clerks[0])
    done = approve(deposit, clerks[1])
    check_now()
    assert (done.state, done.decided_by, float_of(shop)) == (S.APPROVED, clerks[0], (D(350), 0))
    entry = Entry.objects.get(key=f"deposit:{deposit.reference}")
    assert (done.entry, entry.posted_by) == (entry, clerks[0])
    assert entry.memo == f"{deposit.reference} FT 77"
    assert list(books.problems()) == []


def test_two_presses_at_the_same_moment_are_one_deposit(transactional_db, shop):
    owner = Person.objects.create_user("owner", role=Role.OWNER, shop=shop)
    clerk = Person.objects.create_user("ada", role=Role.ADMIN)
    made = deposits.ask(by=owner, shop=shop, amount=D(40), paid_by=PaidBy.CASH, key=uuid4())
    start, states = threading.Barrier(4), []

    def press():
        start.wait()
        states.append(approve(made.deposit, clerk).state)
        connection.close()

    threads = [threading.Thread(target=press) for _count in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (states, float_of(shop)) == ([S.APPROVED] * 4, (D(140), D(0)))


def test_without_the_lock_a_refusal_and_an_approval_would_both_be_told_yes(
    asked, clerks, monkeypatch
):
    """The lock is what makes the second one look again; the database refuses what is left."""
    deposit = asked()
    seen = DepositRequest.objects.select_related("shop__float_account").get(pk=deposit.pk)
    monkeypatch.setattr(deposits, "lock_deposit", lambda deposit_id: seen)
    DepositRequest.objects.filter(pk=deposit.pk).update(state=S.REFUSED, decided_by=clerks[1])
    with pytest.raises(DatabaseError, match="is decided"), transaction.atomic():
        approve(deposit, clerks[0])
    monkeypatch.setattr(deposits, "lock_deposit", locks.lock_deposit)
    with pytest.raises(MoneyError, match="decided already: refused"):
        approve(deposit, clerks[0])


def test_who_asked_never_decides(asked, owner):
    deposit = asked()
    Person.objects.filter(pk=owner.pk).update(role=Role.ADMIN)
    owner.refresh_from_db()
    with pytest.raises(MoneyError, match="asked for it yourself"):
        approve(deposit, owner)
    with pytest.raises(MoneyError, match="asked for it yourself"):
        deposits.refuse(deposit_id=deposit.pk, by=owner, reason="no")


def test_people_of_a_shop_decide_nothing(asked, other_agent):
    with pytest.raises(MoneyError, match="Only the distributor"):
        approve(asked(), other_agent)


def test_above_the_limit_two_people_must_approve(asked, clerks, shop, settings):
    settings.SECOND_PERSON_ABOVE = 200
    deposit = asked("200.01")
    assert approve(deposit, clerks[0]).state == S.APPROVED_ONCE
    assert float_of(shop) == (D(100), D(0))
    with pytest.raises(MoneyError, match="second person"):
        approve(deposit, clerks[0])
    done = approve(deposit, clerks[1])
    assert (done.first_by, done.decided_by, done.state) == (*clerks, S.APPROVED)
    assert float_of(shop) == (D("300.01"), D(0))
    assert approve(asked("200"), clerks[0], is_checked=True).state == S.APPROVED


def test_small_parts_within_a_day_need_two_people_like_the_whole(
    asked, clerks, shop, other_shop, settings, clock
):
    settings.SECOND_PERSON_ABOVE = 500
    ada, ben = clerks
    assert approve(asked("300"), ada).state == S.APPROVED
    part = asked("200.01")
    assert (deposits.needs_two(part, ada), deposits.needs_two(part, ben)) == (True, False)
    assert approve(part, ada).state == S.APPROVED_ONCE
    assert approve(part, ben).state == S.APPROVED
    assert approve(asked("200"), ada, is_checked=True).state == S.APPROVED, "two agreed to the part"
    elsewhere = DepositRequest(shop=other_shop, amount=D(500))
    assert not deposits.needs_two(elsewhere, ada)
    with pytest.raises(MoneyError, match="within a day this is above 500"):
        add_float_alone(shop=shop, amount=D("0.01"), by=ada, memo="slip", key="by hand")
    assert float_of(shop) == (D("800.01"), D(0))
    clock.jump(25 * 3600)
    add_float_alone(shop=shop, amount=D(500), by=ada, memo="slip", key="by hand")
    assert deposits.needs_two(asked("0.01"), ada), "what was put in by hand counts, too"


def test_two_words_at_the_same_moment_are_counted_one_after_another(transactional_db, shop):
    ada = Person.objects.create_user("ada", role=Role.ADMIN)
    told = []

    def press(key):
        try:
            add_float_alone(shop=shop, amount=D(600), by=ada, memo="slip", key=key)
        except MoneyError:
            told.append(key)
        finally:
            connection.close()

    presses = [threading.Thread(target=press, args=(key,)) for key in ("one", "two", "three")]
    for one in presses:
        one.start()
    for one in presses:
        one.join()
    assert (len(told), float_of(shop)) == (2, (D(700), D(0)))


def test_a_second_person_who_was_needed_stays_needed_when_the_limit_is_raised(
    asked, clerks, settings
):
    settings.SECOND_PERSON_ABOVE = 200
    deposit = asked()
    approve(deposit, clerks[0])
    settings.SECOND_PERSON_ABOVE = 5000
    with pytest.raises(MoneyError, match="second person"):
        approve(deposit, clerks[0])


def test_the_database_holds_the_rules_about_people(asked, clerks, owner):
    deposit = asked()
    rows = DepositRequest.objects.filter(pk=deposit.pk)
    entry = Entry.objects.first()
    ada = clerks[0]
    for wrong in (
        {"state": S.APPROVED, "entry": entry, "decided_by": owner},
        {"state": S.APPROVED, "entry": entry, "decided_by": None},
        {"state": S.APPROVED, "entry": entry, "decided_by": ada, "first_by": ada},
        {"state": S.APPROVED, "entry": None, "decided_by": ada},
        {"state": S.APPROVED_ONCE, "first_by": owner},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**wrong)


def test_the_database_lets_no_deposit_be_changed_or_removed(asked, clerks):
    deposit = asked()
    rows = DepositRequest.objects.filter(pk=deposit.pk)
    with pytest.raises(DatabaseError, match="terms of a deposit"), transaction.atomic():
        rows.update(amount=D(9))
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.delete()
    approve(deposit, clerks[0])
    with pytest.raises(DatabaseError, match="is decided"), transaction.atomic():
        rows.update(note="x")


def test_a_refusal_tells_the_shop_why(asked, clerks, shop):
    deposit = asked()
    with pytest.raises(MoneyError, match="Say why"):
        deposits.refuse(deposit_id=deposit.pk, by=clerks[0], reason=" ")
    done = deposits.refuse(deposit_id=deposit.pk, by=clerks[0], reason="Nothing has come.")
    assert (done.state, done.note) == (S.REFUSED, "Nothing has come.")
    assert float_of(shop) == (D(100), D(0))
    with pytest.raises(MoneyError, match="decided already"):
        approve(deposit, clerks[1])


def test_one_who_approved_first_may_refuse_after_all(asked, clerks, settings):
    settings.SECOND_PERSON_ABOVE = 1
    deposit = asked()
    approve(deposit, clerks[0])
    done = deposits.refuse(deposit_id=deposit.pk, by=clerks[0], reason="I was wrong.")
    assert done.state == S.REFUSED


def test_a_shop_takes_back_what_waits_and_nothing_else(asked, owner, clerks, other_agent):
    deposit = asked()
    with pytest.raises(MoneyError):
        deposits.take_back(deposit_id=deposit.pk, by=other_agent)
    for _press in range(2):
        assert deposits.take_back(deposit_id=deposit.pk, by=owner).state == S.CANCELLED
    done = approve(asked(), clerks[0])
    with pytest.raises(MoneyError, match="on the float"):
        deposits.take_back(deposit_id=done.pk, by=owner)


def test_what_was_approved_once_is_not_changed_under_the_second_persons_eyes(
    asked, owner, clerks, settings
):
    settings.SECOND_PERSON_ABOVE = 1
    deposit = asked(proof="FT 1")
    approve(deposit, clerks[0])
    with pytest.raises(MoneyError, match="One person has approved"):
        deposits.add_proof(deposit_id=deposit.pk, by=owner, bank_reference="FT 2")


def test_a_new_picture_takes_the_place_of_the_old(asked, owner):
    deposit = asked()
    for digest in ("a" * 64, "b" * 64):
        deposits.add_proof(
            deposit_id=deposit.pk, by=owner, bank_reference="", picture=Picture(b"x", digest)
        )
    assert DepositProof.objects.get(deposit=deposit).digest == "b" * 64


def test_the_same_bank_reference_anywhere_is_named_in_any_spelling(asked, other_shop):
    first = asked("80", proof="FT-2026/1125 9")
    other = Person.objects.create_user("else", role=Role.OWNER, shop=other_shop)
    second = asked("30", by=other, of=other_shop, proof="ft 2026 11259")
    assert second.warning == f"The same bank reference as {first.reference} (Corner, waiting)."
    assert asked("31", by=other, of=other_shop, proof="cash").warning == ""
    assert asked("32", proof="cash").warning == "", "a word is no reference"


def test_the_same_picture_anywhere_is_named(asked, owner, other_shop):
    first = asked("80")
    other = Person.objects.create_user("else", role=Role.OWNER, shop=other_shop)
    second = asked("30", by=other, of=other_shop)
    for deposit in (first, second):
        told = deposits.add_proof(
            deposit_id=deposit.pk, by=deposit.asked_by, bank_reference="",
            picture=Picture(b"x", "c" * 64),
        )  # fmt: skip
    assert told.warning == f"The same picture as {first.reference} (Corner, waiting)."


def test_the_same_amount_of_a_shop_is_named_for_three_days(asked, clerks, monkeypatch):
    first = approve(asked("80"), clerks[0])
    second = asked("80")
    assert second.warning == (
        f"The same amount within three days as {first.reference} (Corner, on the float)."
    )
    real = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: real() + timedelta(days=3, minutes=1))
    assert asked("80").warning == ""


def test_what_the_shop_took_back_is_no_duplicate(asked, owner):
    first = asked("80", proof="FT 5")
    deposits.take_back(deposit_id=first.pk, by=owner)
    assert asked("80", proof="FT 5").warning == ""


def test_a_duplicate_is_approved_only_by_one_who_says_that_he_has_checked_it(asked, clerks, shop):
    first, second = asked("80"), asked("80")
    assert first.warning == "", "nothing was like it when it was asked for"
    for deposit in (first, second):
        with pytest.raises(DuplicateError):
            approve(deposit, clerks[0])
    approve(first, clerks[0], is_checked=True)
    assert float_of(shop) == (D(180), D(0))
    with pytest.raises(DuplicateError):
        approve(second, clerks[0])


def test_a_days_deposit_as_it_is_told_in_the_docs(asked, owner, clerks, shop, settings):
    """docs/money.md, "Float": asked, paid, shown, approved by two, and in the books once."""
    settings.SECOND_PERSON_ABOVE = 1000
    deposit = asked("1500")
    deposits.add_proof(deposit_id=deposit.pk, by=owner, bank_reference="FT26330")
    assert approve(deposit, clerks[0]).state == S.APPROVED_ONCE
    assert approve(deposit, clerks[1]).state == S.APPROVED
    lines = Entry.objects.get(key=f"deposit:{deposit.reference}").lines
    assert sorted(lines.values_list("account__kind", "amount")) == [
        ("bank", D(-1500)), ("float", D(1500)),
    ]  # fmt: skip
    assert float_of(shop) == (D(1600), D(0))
    assert house_balance(AccountKind.BANK, "USD") == D(1600)
    assert list(books.problems()) == []
