"""The provider a database belongs to, and the money that lies there."""

from decimal import Decimal as D

import pytest

from ledger import services as ledger
from ledger.models import AccountKind, Entry
from ledger.queries import house_balance
from tests.topup.counter import make_counter
from topup import gateway
from topup.errors import WrongProviderError
from topup.models import Alarm, ProviderIdentity, Sale
from topup.models.alarm import AlarmKind
from topup.services import provider, sales
from topup.states import SaleState

pytestmark = pytest.mark.django_db


def at_provider():
    return house_balance(AccountKind.PROVIDER, "USD")


def alarm_kinds():
    return list(Alarm.objects.values_list("kind", flat=True))


def test_the_provider_is_recorded_once_and_another_is_refused(settings):
    settings.VALUETOPUP_BASE_URL = "https://www.example.com/api/v2"
    settings.PROVIDER_IS_LOOPBACK = False
    recorded = provider.check_identity()
    assert provider.check_identity() == recorded == ProviderIdentity.objects.get()
    for name, value in (
        ("VALUETOPUP_BASE_URL", "https://sandbox.example.com/api/v2"),
        ("VALUETOPUP_USER_ID", "somebody"), ("VALUETOPUP_WALLET_CURRENCY", "EUR"),
    ):  # fmt: skip
        kept = getattr(settings, name)
        setattr(settings, name, value)
        with pytest.raises(WrongProviderError, match=value):
            provider.check_identity()
        setattr(settings, name, kept)


def test_a_database_of_the_simulator_never_meets_the_real_provider(settings):
    provider.check_identity()
    settings.VALUETOPUP_BASE_URL = "https://www.example.com/api/v2"
    settings.PROVIDER_IS_LOOPBACK = False
    with pytest.raises(WrongProviderError):
        provider.check_identity()


def test_the_simulator_may_come_up_on_another_port(settings):
    provider.check_identity()
    settings.VALUETOPUP_BASE_URL = "http://127.0.0.1:9999/api/v2"
    provider.check_identity()


def test_money_to_spend_is_negative_for_the_provider_and_positive_for_us(simulator):
    assert (gateway.balance(), provider.available_at_provider()) == (D(-10000), D(10000))


def test_the_account_is_opened_once_with_what_the_provider_tells(simulator):
    for _ in range(2):
        provider.open_provider_account()
    assert (at_provider(), Entry.objects.count()) == (D(10000), 1)


def test_the_opening_leaves_room_for_sales_that_were_posted_before_it(counter):
    counter.sell()
    provider.open_provider_account()
    assert at_provider() == D("9990.70") == provider.available_at_provider()


def test_right_balances_are_no_alarm(counter):
    counter.sell()
    assert provider.check_balance() == 0
    assert alarm_kinds() == []


def test_money_that_the_books_do_not_know_of_is_an_alarm(counter):
    house = [ledger.house(kind, "USD") for kind in (AccountKind.PROVIDER, AccountKind.BANK)]
    lines = [(house[0], D("1.01")), (house[1], D("-1.01"))]
    ledger.post(kind="correction", key="gone", lines=lines)
    assert provider.check_balance() == D("1.01")
    assert alarm_kinds() == [AlarmKind.BALANCE]
    assert "10000" in Alarm.objects.get().message


def test_a_sale_on_its_way_explains_a_difference_up_to_its_cost(counter):
    sale = counter.sell("18765550503")
    assert sale.state == SaleState.IN_DOUBT
    assert provider.check_balance() == D("-9.30"), "charged, and not in the books yet"
    assert alarm_kinds() == []
    Sale.objects.filter(pk=sale.pk).update(next_poll_at=None)
    sales.poll_sale(sale_id=sale.pk)
    assert provider.check_balance() == 0


def test_little_money_hides_no_difference(simulator, settings):
    settings.VALUETOPUP_TERMS, settings.LOW_BALANCE = "prepaid", 100
    simulator.control("reset", "POST", {"wallet": "99.99"})
    make_counter(simulator)
    provider.check_balance()
    house = [ledger.house(kind, "USD") for kind in (AccountKind.PROVIDER, AccountKind.BANK)]
    ledger.post(kind="correction", key="gone", lines=[(house[0], D("5")), (house[1], D("-5"))])
    for _ in range(2):
        provider.check_balance()
    told = [alarm.message.split()[0] for alarm in Alarm.objects.order_by("id")]
    assert told == ["only", "the"]


@pytest.mark.parametrize("when", ["before it tells", "after it tells"])
def test_a_sale_that_ends_while_the_provider_is_asked_is_no_alarm(counter, monkeypatch, when):
    ask = gateway.balance

    def balance():
        if when == "before it tells":
            counter.sell()
        told = ask()
        if when == "after it tells":
            counter.sell()
        return told

    provider.open_provider_account()
    monkeypatch.setattr(gateway, "balance", balance)
    provider.check_balance()
    assert alarm_kinds() == []


def test_a_sale_sent_while_the_provider_is_asked_is_no_alarm(counter, monkeypatch):
    ask = gateway.balance

    def balance():
        counter.sell("18765550121")  # charged, and the answer lost
        return ask()

    monkeypatch.setattr(gateway, "balance", balance)
    provider.check_balance()
    assert alarm_kinds() == []


@pytest.mark.parametrize(("terms", "alarms"), [("prepaid", [AlarmKind.BALANCE]), ("credit", [])])
def test_little_money_at_the_provider_is_an_alarm_once(simulator, settings, terms, alarms):
    settings.VALUETOPUP_TERMS, settings.LOW_BALANCE = terms, 100
    simulator.control("reset", "POST", {"wallet": "99.99"})
    make_counter(simulator)
    for _ in range(2):
        provider.check_balance()
    assert alarm_kinds() == alarms
