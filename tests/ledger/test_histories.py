"""Any history of deposits, holds, captures, releases and limits leaves right books."""

import random
import threading
from dataclasses import dataclass, field
from decimal import Decimal as D

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger import checks, services
from ledger.errors import InsufficientFloatError
from ledger.models import Account, AccountKind, Hold
from ledger.queries import balance_of, house_balance
from tests.database import check_now

amounts = st.decimals(min_value="0.0001", max_value="60", places=4)
steps = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["deposit", "correct", "hold", "limit"]), amounts),
        st.tuples(st.sampled_from(["capture", "release", "repeat"]), st.integers(0, 5)),
    ),
    max_size=25,
)


@dataclass
class Model:
    """What the books must say, by plain sums."""

    account: Account
    balance: D = D(0)
    limit: D = D(0)
    open: dict[str, D] = field(default_factory=dict)
    captured: dict[str, D] = field(default_factory=dict)
    deposited: D = D(0)

    @property
    def spendable(self) -> D:
        return self.balance - sum(self.open.values()) + self.limit


def deposit(model, number, amount):
    services.deposit(account=model.account, amount=amount, key=f"deposit-{number}")
    model.balance += amount
    model.deposited += amount


def correct(model, number, amount):
    deposit(model, number, -amount)


def hold(model, number, amount):
    key = f"hold-{number}"
    if amount > model.spendable:
        with pytest.raises(InsufficientFloatError) as refusal:
            services.place_hold(account=model.account, amount=amount, key=key)
        assert refusal.value.available == model.spendable
    else:
        services.place_hold(account=model.account, amount=amount, key=key)
        model.open[key] = amount


def limit(model, number, amount):
    services.set_credit_limit(account_id=model.account.pk, credit_limit=amount)
    model.limit = amount


def pick(keys, number):
    found = sorted(keys)
    return found[number % len(found)] if found else None


def post_capture(key):
    placed = Hold.objects.get(key=key)
    against = [(services.house(AccountKind.PROVIDER, "USD"), placed.amount)]
    services.capture_hold(hold=placed, key=f"sale:{key}", against=against)


def capture(model, number, which):
    if key := pick(model.open, which):
        post_capture(key)
        model.captured[key] = model.open.pop(key)
        model.balance -= model.captured[key]


def release(model, number, which):
    if key := pick(model.open, which):
        assert services.release_hold(hold_id=Hold.objects.get(key=key).pk) is True
        del model.open[key]


def repeat(model, number, which):
    """A message that comes twice changes nothing."""
    if key := pick(model.captured, which):
        post_capture(key)
        assert services.release_hold(hold_id=Hold.objects.get(key=key).pk) is False


STEPS = {step.__name__: step for step in (deposit, correct, hold, limit, capture, release, repeat)}


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(history=steps)
def test_any_history_leaves_right_books(history):
    with transaction.atomic():
        model = Model(services.open_float(code="float:history", currency="USD"))
        for number, (name, value) in enumerate(history):
            STEPS[name](model, number, value)
            check_now()
            assert list(checks.problems()) == []
            account = Account.objects.get(pk=model.account.pk)
            assert (account.balance, account.held) == (model.balance, sum(model.open.values()))
        assert balance_of(model.account) == model.balance
        assert house_balance(AccountKind.BANK, "USD") == model.deposited
        assert house_balance(AccountKind.PROVIDER, "USD") == -sum(model.captured.values())
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_eight_threads_at_two_floats_leave_right_books():
    floats = [services.open_float(code=f"float:{name}", currency="USD") for name in "ab"]
    for account in floats:
        services.deposit(account=account, amount=D(20), key=f"start:{account.code}")
    errors, done = [], []

    def work(number):
        dice = random.Random(number)
        mine = []
        try:
            for count in range(50):
                account = dice.choice(floats)
                amount = D(dice.randint(1, 90000)).scaleb(-4)
                key = f"{number}-{count}"
                kind = dice.random()
                if kind < 0.1:
                    services.deposit(account=account, amount=amount, key=key)
                elif kind < 0.6:
                    try:
                        mine.append(services.place_hold(account=account, amount=amount, key=key))
                    except InsufficientFloatError:
                        continue
                elif mine:
                    placed = mine.pop()
                    if kind < 0.8:
                        post_capture(placed.key)
                    else:
                        services.release_hold(hold_id=placed.pk)
                now = Account.objects.get(pk=account.pk)
                assert now.available >= 0, "overdrawn"
            done.append(number)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert sorted(done) == list(range(8))
    assert list(checks.problems()) == []
