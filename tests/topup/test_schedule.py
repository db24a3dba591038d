"""When a sale is asked about, as promised."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topup import schedule

SENT = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE, HOUR, DAY = 60, 3600, 86400


def at(seconds):
    return SENT + timedelta(seconds=seconds)


def questions(plan, start, until):
    """The times of all questions, in seconds, if each is asked exactly when it is due."""
    found, now = [], start
    while (due := plan(SENT, at(now))) is not None and (due - SENT).total_seconds() <= until:
        now = (due - SENT).total_seconds()
        found.append(now)
    return found


def open_sale(sent_at, now):
    return schedule.next_poll_at(sent_at=sent_at, now=now)


def over(settled_at, now):
    return schedule.next_reask_at(settled_at=settled_at, now=now)


def test_an_open_sale_is_asked_about_as_promised():
    first = questions(open_sale, 0, 5 * MINUTE)
    assert first == [2, 5, 10, 20, *range(50, 5 * MINUTE, 30)]
    minutes = questions(open_sale, 5 * MINUTE, HOUR)
    assert minutes == list(range(6 * MINUTE, HOUR + 1, MINUTE))
    day = questions(open_sale, HOUR, DAY)
    assert day == list(range(HOUR + 5 * MINUTE, DAY + 1, 5 * MINUTE))
    review = questions(open_sale, DAY, 31 * DAY)
    assert review == list(range(DAY + HOUR, 30 * DAY + 1, HOUR))


def test_a_sale_that_is_over_is_asked_about_as_promised():
    asked = questions(over, 0, 40 * DAY)
    assert asked == [10 * MINUTE, HOUR, *range(DAY, 30 * DAY + 1, DAY)]


def test_details_are_asked_for_like_an_open_sale():
    due = schedule.next_detail_at(settled_at=SENT, now=at(3))
    assert due == at(5)


@pytest.mark.parametrize("plan", [open_sale, over])
@given(age=st.floats(min_value=0, max_value=40 * DAY))
def test_the_next_question_is_in_the_future_for_thirty_days(plan, age):
    due = plan(SENT, at(age))
    assert (due is None) == (at(age) >= at(30 * DAY))
    assert due is None or at(age) < due <= at(age) + timedelta(days=1)


def test_a_clock_that_stepped_back_asks_at_once_not_never():
    assert open_sale(SENT, at(-5)) == at(2)
    assert over(SENT, at(-5)) == at(600)
