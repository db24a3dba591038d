"""Daily closes in the admin: counted, read, sealed."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from tests.topup.admin.conftest import messages_of, text_of, url
from tests.topup.conftest import house
from topup import attention, gateway
from topup.models import DayClose, SaleEvent
from topup.services import closing, dayfigures
from topup.states import SaleState

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


@pytest.fixture
def yesterday(sold, monkeypatch):
    """Sales that ended today, seen from tomorrow: who signs in does so after it."""
    sold(SaleState.COMPLETED)
    sold(SaleState.DECLINED)
    monkeypatch.setattr(gateway, "balance", lambda: -house("provider"))
    day = dayfigures.date_at(timezone.now())
    now = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: now() + timedelta(days=1))
    assert SaleEvent.objects.exists()
    return day


@pytest.fixture
def close(yesterday):
    close = closing.close_day(day=yesterday)
    close.figures["status"]["of"] = 0  # asked about
    close.save()
    return close


def test_a_day_is_counted_by_hand_and_read_in_tables(yesterday, desk, boss):
    done = desk.post(url("dayclose_count"), {"day": str(yesterday)}, follow=True)
    assert messages_of(done) == [f"{yesterday} is counted."]
    page = " ".join(text_of(done).split())
    for told in ("done (completed)", "refused (declined)", "sale −9.60", "90.40", "0 / 2"):
        assert told in page
    assert page.count("<rect") == 2
    assert LogEntry.objects.get().user == boss
    assert [need.text for need in attention.needs(boss)] == ["1 day is not sealed"]


@pytest.mark.parametrize("day", ["", "nonsense", "2999-01-01"])
def test_a_day_that_cannot_be_counted_is_said(desk, day):
    answer = desk.post(url("dayclose_count"), {"day": day})
    assert (answer.status_code, DayClose.objects.count()) == (422, 0)


def test_a_day_is_sealed_and_cannot_be_counted_again(close, desk, boss):
    done = desk.post(url("dayclose_decide", close.pk), {"seal": "x", "note": ""}, follow=True)
    assert messages_of(done) == [f"{close.day} is sealed."]
    close.refresh_from_db()
    assert close.sealed_by == boss
    page = text_of(desk.get(url("dayclose_decide", close.pk)))
    assert "nothing more to do" in page
    answer = desk.post(url("dayclose_count"), {"day": str(close.day)})
    assert "sealed already" in text_of(answer)
    assert attention.needs(boss) == []


def test_problems_want_a_note(close, desk):
    DayClose.objects.update(problems=["something is not right"])
    page = url("dayclose_decide", close.pk)
    assert "something is not right" in text_of(desk.get(page))
    assert desk.post(page, {"seal": "x"}).status_code == 422
    desk.post(page, {"seal": "x", "note": "known"})
    assert DayClose.objects.get().note == "known"


def test_a_day_can_be_counted_again_before_the_seal(close, desk):
    desk.post(url("dayclose_decide", close.pk), {"again": "x"})
    assert DayClose.objects.get().figures["status"]["of"] == 2


def test_rights_are_asked_for(close, clerk):
    client = clerk("view_dayclose")
    assert client.get(url("dayclose_change", close.pk)).status_code == 200
    assert client.post(url("dayclose_decide", close.pk), {"seal": "x"}).status_code == 403
    assert client.post(url("dayclose_count"), {"day": str(close.day)}).status_code == 403
    assert clerk("view_shop").get(url("dayclose_changelist")).status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_queries_for_one_and_for_three(
    close, desk, django_assert_num_queries, count
):
    for number in range(1, count):
        DayClose.objects.create(day=close.day - timedelta(days=number), figures=close.figures)
    desk.get(url("dayclose_changelist"))
    with django_assert_num_queries(4):
        page = desk.get(url("dayclose_changelist"))
    assert page.context["cl"].result_count == count
