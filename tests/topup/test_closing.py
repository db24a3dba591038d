"""The daily close: what it counts, what the provider says of it, and a seal that holds."""

from contextlib import nullcontext
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from tests.topup.conftest import answer, house, outcome, success, topup_payload
from topup import books, gateway
from topup.errors import DecisionError
from topup.evidence import Verdict, judge_status
from topup.models import DayClose, Sale
from topup.services import closing, dayfigures, reconciling
from topup.services.refunds import refund_sale
from topup.services.shops import add_float
from topup.states import SaleState

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
S, V = SaleState, Verdict
ALL = {"seconds": 30.0, "pause": 0.0}


@pytest.fixture
def night(monkeypatch):
    """Some minutes after the next midnight; returns the day that is over then."""
    now = timezone.now
    day = now().astimezone(UTC).date()

    def pass_over(days=1):
        later = datetime.combine(day + timedelta(days=days), datetime.min.time(), UTC)
        shift = later + timedelta(minutes=20) - now()
        monkeypatch.setattr(timezone, "now", lambda: now() + shift)
        return day

    return pass_over


@pytest.fixture
def told(monkeypatch):
    """The provider's answers to status calls, by correlation id; 000 where nothing is said."""
    answers = {}
    monkeypatch.setattr(gateway, "balance", lambda: -house("provider"))  # negative: money
    monkeypatch.setattr(gateway, "status", lambda sale: answers.get(sale.correlation_id, success()))
    return answers


def test_a_day_counts_what_ended_on_it_with_its_sums(sold, boss, night, told):
    for state in (S.COMPLETED, S.COMPLETED, S.DECLINED, S.PENDING):
        sale = sold(state)
    refund_sale(sale=Sale.objects.filter(state=S.COMPLETED).first(), by=boss, reason="x")
    found = closing.close_day(day=night()).figures
    assert {state: row["count"] for state, row in found["sales"].items()} == {
        "completed": 2, "declined": 1, "refunded": 1,
    }  # fmt: skip
    done = found["sales"]["completed"]
    assert (done["price"], done["charge"], done["invoice_amount"]) == (
        "20.0000", "19.2000", "18.5000",
    )  # fmt: skip
    assert (found["unfinished"], found["claims"], found["refunds"]) == (
        {"count": 1, "sum": "9.6000"}, {"count": 1, "sum": "9.2500"}, {"count": 1, "sum": "9.6000"},
    )  # fmt: skip
    assert sale.state == S.PENDING
    assert found["accounts"]["float:USD"] == {
        "opening": "0.0000", "closing": "90.4000",
        "moved": {"deposit": "100.0000", "sale": "-19.2000", "refund": "9.6000"},
    }  # fmt: skip
    assert found["accounts"]["claims:USD"]["moved"] == {"refund": "9.2500"}
    assert found["accounts"]["provider:USD"]["closing"] == "-18.5000"


def test_a_day_counted_later_is_the_same_day(shop, sold, night, told):
    sold(S.COMPLETED)
    day = night()
    first = closing.close_day(day=day).figures
    night(3)
    add_float(shop=shop, amount=D(7), by=None, memo="x", key="later")
    again = closing.close_day(day=day).figures
    assert (again["accounts"], again["sales"]) == (first["accounts"], first["sales"])


def test_midnight_is_the_distributors(settings):
    settings.TIME_ZONE = "America/Jamaica"
    start, end = dayfigures.bounds(date(2026, 3, 1))
    assert (start, end) == (
        datetime(2026, 3, 1, 5, tzinfo=UTC), datetime(2026, 3, 2, 5, tzinfo=UTC),
    )  # fmt: skip
    assert dayfigures.date_at(datetime(2026, 3, 1, 4, 59, tzinfo=UTC)) == date(2026, 2, 28)


def test_a_day_that_is_not_over_is_not_closed(db):
    with pytest.raises(DecisionError, match="not over"):
        closing.close_day(day=dayfigures.date_at(timezone.now()))


def test_what_is_not_as_it_should_be_is_told_in_words(sold, night, told, monkeypatch):
    sold(S.PENDING)
    sold(S.COMPLETED)
    monkeypatch.setattr(gateway, "balance", lambda: D(20))
    close = closing.close_day(day=night(), book_problems=["entry x sums to 1"])
    assert close.problems == [
        "The provider has -20.0000, the books say -9.2500: -10.7500 unexplained.",
        "1 sale has no final word yet.",
        "entry x sums to 1",
    ]


def test_a_balance_within_the_cost_of_sales_on_their_way_is_explained(
    sold, night, told, monkeypatch
):
    sold(S.PENDING)
    monkeypatch.setattr(gateway, "balance", lambda: D("9.2"))
    told_ = closing.close_day(day=night()).figures["provider"]
    assert (told_["difference"], told_["on_the_way"], told_["is_explained"]) == (
        "-9.2000", "9.2000", True,
    )  # fmt: skip


def test_a_provider_that_is_away_is_a_problem_and_no_error(db, night, settings):
    settings.VALUETOPUP_BASE_URL = "http://127.0.0.1:9/api/v2"
    assert closing.close_day(day=night()).problems == ["The provider did not tell its balance."]


def test_yesterday_is_closed_by_itself_and_every_sale_asked_about(sold, night, told):
    done, refused = sold(S.COMPLETED), sold(S.DECLINED)
    told[refused.correlation_id] = outcome(V.DECLINED, "501")
    day = night()
    for _round in range(2):
        reconciling.work(**ALL)
    close = DayClose.objects.get()
    status = close.figures["status"]
    assert (close.day, closing.is_asked(close)) == (day, True)
    assert {name: status[name] for name in ("of", "asked", "agrees", "differs", "silent")} == {
        "of": 2, "asked": 2, "agrees": 2, "differs": 0, "silent": 0,
    }  # fmt: skip
    assert status["last"] == max(done.pk, refused.pk)


def test_nothing_is_closed_before_anything_was_sold(db, told):
    reconciling.work(**ALL)
    assert DayClose.objects.count() == 0


def test_missed_days_are_made_up(sold, night, told):
    sold(S.COMPLETED)
    day = night()
    closing.close_day(day=day)
    night(4)
    assert closing.due_days() == [day + timedelta(days=number) for number in (1, 2, 3)]
    reconciling.work(**ALL)
    assert DayClose.objects.count() == 4
    assert closing.due_days() == []


def test_a_word_that_differs_is_listed_and_applied(sold, night, told):
    done, refused = sold(S.COMPLETED), sold(S.DECLINED)
    told[done.correlation_id] = outcome(V.DECLINED, "502")
    day = night()
    reconciling.work(**ALL)
    close = DayClose.objects.get(day=day)
    assert close.figures["status"]["differs"] == 2
    names = (done.correlation_id, refused.correlation_id)
    assert close.problems == [
        f"sale {names[0]} is completed, the provider says declined (502)",
        f"sale {names[1]} is declined, the provider says succeeded (000)",
    ]
    refused.refresh_from_db()
    assert refused.state == S.DELIVERED_LATE, "never silent"
    assert list(books.problems()) == []


@pytest.mark.parametrize(
    ("state", "found", "verdict"),
    [
        (S.COMPLETED, success(), "agrees"),
        (S.COMPLETED, success(topup_payload("9.26")), "differs"),
        (S.COMPLETED, judge_status(answer("000")), "agrees"),
        (S.COMPLETED, outcome(V.DENIED, "898"), "differs"),
        (S.COMPLETED, outcome(V.DENIED, "999"), "silent"),
        (S.COMPLETED, outcome(V.PENDING, "852"), "differs"),
        (S.COMPLETED, outcome(V.UNKNOWN), "silent"),
        (S.DECLINED, outcome(V.DENIED, "898"), "agrees"),
        (S.DECLINED, outcome(V.DECLINED, "502"), "agrees"),
        (S.DECLINED, success(), "differs"),
    ],
)
def test_what_the_providers_word_is_beside_ours(sold, state, found, verdict):
    assert reconciling.judge(sold(state), found) == verdict


def test_asking_goes_on_where_it_was_killed(sold, night, told, monkeypatch):
    for _ in range(3):
        sold(S.COMPLETED)
    close = closing.close_day(day=night())
    asked = []

    def dies(sale):
        if len(asked) == 2:
            raise KeyboardInterrupt
        asked.append(sale.pk)
        return success()

    monkeypatch.setattr(gateway, "status", dies)
    with pytest.raises(KeyboardInterrupt):
        reconciling.work(**ALL)
    close.refresh_from_db()
    assert (close.figures["status"]["asked"], closing.is_asked(close)) == (2, False)
    monkeypatch.setattr(gateway, "status", lambda sale: asked.append(sale.pk) or success())
    reconciling.work(**ALL)
    close.refresh_from_db()
    assert (asked, closing.is_asked(close)) == (sorted(set(asked)), True)
    assert close.figures["status"]["agrees"] == 3


def test_two_rounds_at_once_ask_once(sold, night, told, monkeypatch):
    sold(S.COMPLETED)
    night()
    monkeypatch.setattr(reconciling, "alone", lambda number: nullcontext(False))
    reconciling.work(**ALL)
    assert DayClose.objects.count() == 0


@pytest.fixture
def asked(sold, night, told):
    """Yesterday, counted and asked about."""
    sold(S.COMPLETED)
    night()
    reconciling.work(**ALL)
    return DayClose.objects.get()


def test_a_sealed_day_does_not_change(asked, boss):
    for _ in range(2):
        sealed = closing.seal_close(close_id=asked.pk, by=boss)
    assert (sealed.sealed_by, len(sealed.digest)) == (boss, 64)
    for change in ({"note": "x"}, {"figures": {}}, {"sealed_at": None}):
        with pytest.raises(DatabaseError, match="sealed"), transaction.atomic():
            DayClose.objects.update(**change)
    with pytest.raises(DecisionError, match="sealed already"):
        closing.close_day(day=asked.day)
    reconciling.work(**ALL)
    assert DayClose.objects.get(pk=asked.pk).digest == sealed.digest


def test_problems_are_sealed_only_with_a_word_about_them(asked, boss):
    DayClose.objects.update(problems=["something"])
    with pytest.raises(DecisionError, match="Write what you know") as refusal:
        closing.seal_close(close_id=asked.pk, by=boss, note=" ")
    assert refusal.value.field == "note"
    assert closing.seal_close(close_id=asked.pk, by=boss, note="known").note == "known"


def test_a_day_is_sealed_by_the_distributor_when_all_is_asked(asked, boss, agent):
    with pytest.raises(DecisionError, match="distributor"):
        closing.seal_close(close_id=asked.pk, by=agent)
    asked.figures["status"]["asked"] = 0
    asked.save(update_fields=["figures"])
    with pytest.raises(DecisionError, match="still being asked"):
        closing.seal_close(close_id=asked.pk, by=boss)


def test_days_are_sealed_in_order_and_each_covers_the_one_before(asked, boss, night):
    night(3)
    reconciling.work(**ALL)
    first, second, third = DayClose.objects.order_by("day")
    with pytest.raises(DecisionError, match=f"Seal {first.day} first"):
        closing.seal_close(close_id=second.pk, by=boss)
    for close in (first, second, third):
        closing.seal_close(close_id=close.pk, by=boss)
    assert list(books.problems()) == []
    behind_the_door("UPDATE topup_dayclose SET note = 'x' WHERE day = %s", second.day)
    told = "is not what was sealed, or the day before it is gone"
    assert list(books.problems()) == [f"the close of {second.day} {told}"]
    behind_the_door("DELETE FROM topup_dayclose WHERE day = %s", second.day)
    assert list(books.problems()) == [f"the close of {third.day} {told}"]


def behind_the_door(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE topup_dayclose DISABLE TRIGGER USER")
        cursor.execute(statement, values)
        cursor.execute("ALTER TABLE topup_dayclose ENABLE TRIGGER USER")


def test_a_day_that_does_not_open_as_the_last_one_closed_is_told(asked, night):
    accounts = asked.figures["accounts"]
    accounts["bank:USD"]["closing"] = "99.0000"
    asked.save(update_fields=["figures"])
    night(2)
    (words,) = closing.close_day(day=asked.day + timedelta(days=1)).problems
    assert words == "bank:USD opens with 100.0000, the day before closed with 99.0000."
