"""Stories of the books: what the database itself allows."""

import threading
from decimal import Decimal as D

import pytest
from django.db import DatabaseError, connection, transaction

from ledger import checks, services
from ledger.errors import HoldClosedError, InsufficientFloatError, KeyReusedError
from ledger.models import Account, AccountKind, Entry, EntryKind, Hold, HoldState, Line
from ledger.money import exact, round_up
from ledger.queries import house_balance
from tests.database import check_now

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    account = services.open_float(code="float:one", currency="USD")
    services.deposit(account=account, amount=D("100"), key="first")
    account.refresh_from_db()
    return account


def fresh(account):
    return Account.objects.get(pk=account.pk)


def test_a_deposit_is_on_the_float_and_in_the_bank(account):
    assert account.balance == D("100")
    assert house_balance(AccountKind.BANK, "USD") == D("100")


def test_a_deposit_with_the_same_key_is_posted_once(account):
    services.deposit(account=account, amount=D("100"), key="first")
    assert fresh(account).balance == D("100")
    with pytest.raises(KeyReusedError):
        services.deposit(account=account, amount=D("99"), key="first")


def test_a_hold_is_taken_and_given_back_once(account):
    hold = services.place_hold(account=account, amount=D("40"), key="a")
    assert (fresh(account).held, fresh(account).available) == (D("40"), D("60"))
    assert services.release_hold(hold_id=hold.pk) is True
    assert services.release_hold(hold_id=hold.pk) is False
    assert fresh(account).held == 0


def test_a_hold_beyond_the_float_is_refused_with_figures(account):
    services.place_hold(account=account, amount=D("60"), key="a")
    with pytest.raises(InsufficientFloatError) as refusal:
        services.place_hold(account=account, amount=D("40.0001"), key="b")
    assert (refusal.value.available, refusal.value.needed) == (D("40"), D("40.0001"))
    assert fresh(account).held == D("60")


def test_credit_is_spendable_down_to_its_limit(account):
    services.set_credit_limit(account_id=account.pk, credit_limit=D("10"))
    services.place_hold(account=account, amount=D("110"), key="a")
    with pytest.raises(InsufficientFloatError):
        services.place_hold(account=account, amount=D("0.01"), key="b")


def test_capture_posts_the_held_amount_and_the_books_balance(account):
    hold = services.place_hold(account=account, amount=D("9.60"), key="a")
    provider = services.house(AccountKind.PROVIDER, "USD")
    margin = services.house(AccountKind.INCOME, "USD")
    variance = services.house(AccountKind.VARIANCE, "USD")
    against = [(provider, D("9.25")), (margin, D("0.40")), (variance, D("-0.05"))]
    for _ in range(2):
        services.capture_hold(hold=hold, key="sale:a", against=against)
    assert (fresh(account).balance, fresh(account).held) == (D("90.40"), D(0))
    assert house_balance(AccountKind.PROVIDER, "USD") == D("-9.25")
    assert house_balance(AccountKind.INCOME, "USD") == D("0.40")
    assert house_balance(AccountKind.VARIANCE, "USD") == D("-0.05")
    assert list(checks.problems()) == []


def test_a_capture_is_never_refused_for_want_of_float(account):
    hold = services.place_hold(account=account, amount=D("100"), key="a")
    services.deposit(account=account, amount=D("-50"), key="correction")
    provider = services.house(AccountKind.PROVIDER, "USD")
    services.capture_hold(hold=hold, key="sale:a", against=[(provider, D("100"))])
    assert fresh(account).balance == D("-50")


def captured(account, hold, key, amount):
    provider = services.house(AccountKind.PROVIDER, "USD")
    return services.capture_hold(hold=hold, key=key, against=[(provider, amount)])


def test_a_released_hold_cannot_be_captured(account):
    hold = services.place_hold(account=account, amount=D("10"), key="a")
    services.release_hold(hold_id=hold.pk)
    with pytest.raises(HoldClosedError):
        captured(account, hold, "sale:a", D("10"))
    assert (fresh(account).balance, fresh(account).held) == (D(100), D(0))


def test_a_hold_is_captured_under_one_key_only(account):
    hold = services.place_hold(account=account, amount=D("10"), key="a")
    first = captured(account, hold, "sale:a", D("10"))
    with pytest.raises(HoldClosedError):
        captured(account, hold, "sale:b", D("10"))
    assert captured(account, hold, "sale:a", D("10")) == first
    assert fresh(account).balance == D(90)


def test_another_hold_does_not_hide_behind_a_key_that_was_used(account):
    holds = [services.place_hold(account=account, amount=D("10"), key=key) for key in "ab"]
    for hold in holds:
        captured(account, hold, "sale:a", D("10"))
    assert (fresh(account).balance, fresh(account).held) == (D(90), D(10))


def test_a_captured_hold_cannot_be_released(account):
    hold = services.place_hold(account=account, amount=D("10"), key="a")
    captured(account, hold, "sale:a", D("10"))
    assert services.release_hold(hold_id=hold.pk) is False
    assert (fresh(account).balance, fresh(account).held) == (D(90), D(0))


def test_a_capture_that_fails_leaves_the_hold_open(account):
    hold = services.place_hold(account=account, amount=D("10"), key="a")
    provider = services.house(AccountKind.PROVIDER, "USD")
    with pytest.raises(ValueError, match="finer"):
        services.capture_hold(hold=hold, key="x", against=[(provider, D("9.99999"))])
    hold.refresh_from_db()
    assert (hold.state, fresh(account).held) == (HoldState.OPEN, D(10))
    refused(lambda: captured(account, hold, "x", D("9.99")))


def test_a_correction_may_take_a_float_below_its_limit_and_stops_new_sales(account):
    hold = services.place_hold(account=account, amount=D("60"), key="a")
    services.deposit(account=account, amount=D("-130"), key="wrong shop")
    assert fresh(account).available == D("-90")
    with pytest.raises(InsufficientFloatError) as refusal:
        services.place_hold(account=account, amount=D("0.01"), key="b")
    assert refusal.value.available == D("-90")
    services.release_hold(hold_id=hold.pk)
    assert fresh(account).available == D("-30"), "neither release nor capture is refused"
    services.set_credit_limit(account_id=account.pk, credit_limit=D("30.01"))
    services.place_hold(account=account, amount=D("0.01"), key="b")


def test_a_lower_credit_limit_refuses_only_what_comes_after(account):
    services.set_credit_limit(account_id=account.pk, credit_limit=D("50"))
    hold = services.place_hold(account=account, amount=D("150"), key="a")
    services.set_credit_limit(account_id=account.pk, credit_limit=D(0))
    with pytest.raises(InsufficientFloatError):
        services.place_hold(account=account, amount=D("0.01"), key="b")
    captured(account, hold, "sale:a", D("150"))
    assert fresh(account).balance == D("-50")
    refused(lambda: services.set_credit_limit(account_id=account.pk, credit_limit=D("-1")))


def test_nothing_is_posted_by_an_entry_of_nothing(account):
    for amount in (D(0), D("0.0000")):
        with pytest.raises(ValueError, match="nothing"):
            services.deposit(account=account, amount=amount, key="nil")
    assert not Entry.objects.filter(key="nil").exists()


@pytest.mark.parametrize("amount", [D(0), D("-5"), D("1e16")])
def test_a_hold_is_more_than_nothing_and_less_than_everything(account, amount):
    refused(lambda: services.place_hold(account=account, amount=amount, key="odd"))
    assert fresh(account).held == 0


def test_money_of_the_house_cannot_be_held(account):
    bank = services.house(AccountKind.BANK, "USD")
    with pytest.raises(InsufficientFloatError):
        services.place_hold(account=bank, amount=D(1), key="a")


def refused(work):
    def work_and_check():
        with transaction.atomic():
            work()
            check_now()

    with pytest.raises(DatabaseError):
        work_and_check()


def test_the_database_refuses_an_entry_that_does_not_sum_to_zero(account):
    refused(lambda: services.post(kind=EntryKind.CORRECTION, key="x", lines=[(account, D(1))]))
    assert not Entry.objects.filter(key="x").exists()


def test_the_database_refuses_to_change_or_remove_what_was_posted(account):
    refused(lambda: Line.objects.update(amount=D(1)))
    refused(lambda: Line.objects.all().delete())
    refused(lambda: Entry.objects.update(memo="x"))
    refused(lambda: Entry.objects.filter(key="first").delete())
    refused(lambda: Account.objects.filter(pk=account.pk).delete())


def test_the_database_refuses_a_balance_written_by_hand(account):
    refused(lambda: Account.objects.filter(pk=account.pk).update(balance=D(1000)))
    refused(lambda: Account.objects.filter(pk=account.pk).update(held=D(0)))


def test_the_database_refuses_a_line_in_another_currency(account):
    bank = services.house(AccountKind.BANK, "EUR")
    refused(
        lambda: services.post(
            kind=EntryKind.CORRECTION, key="x", lines=[(account, D(1)), (bank, D(-1))]
        )
    )

    def wrong():
        entry = Entry.objects.create(kind=EntryKind.CORRECTION, key="y")
        Line.objects.create(entry=entry, account=account, amount=D(1), currency="EUR")
        Line.objects.create(entry=entry, account=bank, amount=D(-1), currency="EUR")

    refused(wrong)


def test_a_closed_hold_never_opens_again(account):
    hold = services.place_hold(account=account, amount=D("5"), key="a")
    services.release_hold(hold_id=hold.pk)
    refused(lambda: Hold.objects.filter(pk=hold.pk).update(state=HoldState.OPEN, closed_at=None))
    refused(lambda: Hold.objects.filter(pk=hold.pk).delete())
    refused(lambda: Hold.objects.filter(pk=hold.pk).update(amount=D(1)))
    other = services.place_hold(account=account, amount=D("5"), key="b")
    refused(lambda: Hold.objects.filter(pk=hold.pk).update(state=HoldState.CAPTURED))
    refused(lambda: Hold.objects.filter(pk=other.pk).update(amount=D(1)))
    refused(lambda: Hold.objects.filter(pk=other.pk).update(key="c"))
    assert fresh(account).held == D("5")


@pytest.mark.django_db(transaction=True)
def test_two_sales_at_once_cannot_spend_the_same_money():
    account = services.open_float(code="float:race", currency="USD")
    services.deposit(account=account, amount=D("50"), key="race")
    gate, results = threading.Barrier(8), []

    def sell(number):
        gate.wait()
        try:
            services.place_hold(account=account, amount=D("10"), key=f"race-{number}")
            results.append(True)
        except InsufficientFloatError:
            results.append(False)
        finally:
            connection.close()

    threads = [threading.Thread(target=sell, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False] * 3 + [True] * 5
    assert fresh(account).held == D("50")


def test_the_check_of_the_books_sees_a_wrong_balance(account):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_account DISABLE TRIGGER USER")
        cursor.execute("UPDATE ledger_account SET balance = 7 WHERE id = %s", [account.pk])
        cursor.execute("ALTER TABLE ledger_account ENABLE TRIGGER USER")
    assert list(checks.problems()) == ["account float:one says 7.0000, its lines say 100.0000"]


def test_amounts_are_exact():
    assert exact("0.0125") == D("0.0125")
    with pytest.raises(ValueError, match="finer"):
        exact("0.00001")
    with pytest.raises(TypeError):
        exact(0.1)
    assert round_up(D("10.001"), "USD") == D("10.01")
    assert round_up(D("10.001"), "XOF") == D("11")
