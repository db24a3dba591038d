"""Who looked at a code: rows that stay, and an alarm after many."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.topup.counter import PIN
from tests.topup.test_shifts import start
from topup.models import Alarm, CodeLook, CodeOf, Device, Paper, Person, Role, Voucher
from topup.models.alarm import AlarmKind
from topup.services import alarms, prints, receipts, timeline, vouchers
from topup.states import SaleState

pytestmark = pytest.mark.django_db


@pytest.fixture
def sale(counter):
    return counter.sell(sku=PIN)


@pytest.fixture
def till(counter):
    return Device.objects.create(shop=counter.shop, name="Till 1", enrolled_by=counter.agent)


def look(sale, person, **more):
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert vouchers.read(sale=sale, person=person, **more)
    return len(asked)


def make_print(sale, person, number=1, reason=""):
    return prints.start(
        sale=sale, person=person, number=number, paper=Paper.ROLL_58, language="en", reason=reason
    )


def rows():
    return [(row.of, row.number, row.who, row.where, row.how) for row in CodeLook.objects.all()]


def test_each_look_tells_who_where_and_how_the_first_too(counter, sale, till):
    boss = Person.objects.create_user("boss-of-shop", role=Role.OWNER, shop=counter.shop)
    first = look(sale, counter.agent)
    assert look(sale, counter.agent, device=till) == first
    look(sale, boss)
    made = make_print(sale, counter.agent)
    for _opened in ("page", "file"):
        look(sale, counter.agent, device=till, printed=made)
    assert rows() == [
        (CodeOf.GOODS, 1, "counter", "", "on the screen"),
        (CodeOf.GOODS, 2, "counter", "Till 1", "on the screen"),
        (CodeOf.GOODS, 3, "boss-of-shop", "", "on the screen"),
        (CodeOf.GOODS, 4, "counter", "Till 1", "for a print"),
    ]
    told = [(m.what, m.detail, m.who) for m in timeline.of(sale) if m.what.startswith("code ")]
    assert told == [
        ("code shown for the first time", "on the screen", "counter"),
        ("code looked at", "Till 1, on the screen", "counter"),
        ("code looked at", "on the screen", "boss-of-shop"),
        ("code looked at", "Till 1, for a print", "counter"),
    ]


def test_the_first_look_of_an_old_sale_keeps_its_moment(counter, sale):
    """It had no row then; it counts for the alarm all the same."""
    Voucher.objects.filter(sale=sale).update(first_shown_at=timezone.now(), read_count=1)
    for _time in range(4):
        look(sale, counter.agent)
    told = [(m.what, m.who) for m in timeline.of(sale) if m.what.startswith("code ")]
    again = [("code looked at", "counter")] * 4
    assert told == [("code shown for the first time", ""), *again]
    assert Alarm.objects.get().message.startswith("the code was looked at 5 times")


def test_a_first_look_for_a_print_is_no_look_at_a_screen(counter, sale, settings):
    settings.CODE_LOOKS = 3
    look(sale, counter.agent, printed=make_print(sale, counter.agent))
    for _time in range(2):
        look(sale, counter.agent)
    assert rows()[0] == (CodeOf.GOODS, 1, "counter", "", "for a print")
    assert not Alarm.objects.exists()
    look(sale, counter.agent)
    assert Alarm.objects.get().message.startswith("the code was looked at 3 times")


@pytest.mark.parametrize("deed", ["change", "remove"])
def test_a_look_stays(counter, sale, deed):
    look(sale, counter.agent)
    found = CodeLook.objects.all()
    with pytest.raises(DatabaseError), transaction.atomic():
        found.update(number=9) if deed == "change" else found.delete()
    assert len(rows()) == 1


def test_many_looks_at_a_screen_alarm_once_and_again_after_it_was_cleared(counter, sale, settings):
    settings.CODE_LOOKS = 3
    look(sale, counter.agent)
    for number, reason in ((1, ""), (2, "lost"), (3, "lost")):
        look(sale, counter.agent, printed=make_print(sale, counter.agent, number, reason))
    look(sale, counter.agent)
    assert not Alarm.objects.exists(), "prints have a limit of their own"
    for _time in range(2):
        look(sale, counter.agent)
    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.sale, alarm.about) == (AlarmKind.LOOKS, sale, CodeOf.GOODS)
    assert alarm.message == "the code was looked at 3 times, now by counter"
    alarms.clear_alarm(alarm_id=alarm.pk, by=None)
    look(sale, counter.agent)
    assert Alarm.objects.get(cleared_at=None).message.startswith("the code was looked at 5 times")


def test_looks_at_the_code_for_money_back_have_rows_too(shop, agent, sold, settings):
    settings.CODE_LOOKS = 2
    start(agent)
    done, refused = sold(SaleState.COMPLETED), sold(SaleState.DECLINED)
    before = sold(SaleState.PENDING)
    for sale in (done, done, done, before, refused, refused):
        assert receipts.build(sale=sale, person=agent).claim_code
    made = make_print(refused, agent)
    receipts.build(sale=refused, person=agent, printed=made)
    assert [(row.sale, row.of, row.number) for row in CodeLook.objects.all()] == [
        *((done, CodeOf.MONEY, number) for number in (1, 2, 3)), (before, CodeOf.MONEY, 1),
        (refused, CodeOf.MONEY, 1), (refused, CodeOf.MONEY, 2),
    ]  # fmt: skip
    told = [(m.what, m.who) for m in timeline.of(before) if m.what.startswith("code ")]
    assert told == [("code for money back looked at", agent.username)]
    assert (Alarm.objects.get().sale, Alarm.objects.get().about) == (refused, CodeOf.MONEY)
