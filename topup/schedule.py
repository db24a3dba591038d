"""When a sale is asked about next. Pure.

While open: 2, 5, 10, 20 s after sending, every 30 s to 5 minutes, every minute
to an hour, every 5 minutes to 24 hours, then hourly for 30 days. After a
decline that the provider may yet contradict: 10 min, 1 h, 24 h, then nightly.
"""

from datetime import datetime, timedelta

FIRST = (2, 5, 10, 20)
STEPS = ((300, 30), (3600, 60), (86400, 300), (30 * 86400, 3600))
REASKS = (600, 3600, 86400)
LAST = timedelta(days=30)

REVIEW_AFTER = timedelta(hours=24)
ALARM_AFTER = timedelta(minutes=15)
#: A claim is a lease: a worker that dies with it delays the next poll by this much.
LEASE = timedelta(seconds=30)
DETAIL_ASKS = 3
DETAIL_APART = timedelta(seconds=2)


def next_poll_at(*, sent_at: datetime, now: datetime) -> datetime | None:
    """The next time to ask about an open sale; None when 30 days are over."""
    age = (now - sent_at).total_seconds()
    for at in FIRST:
        if age < at:
            return sent_at + timedelta(seconds=at)
    for until, step in STEPS:
        if age < until:
            return now + timedelta(seconds=step)
    return None


def next_reask_at(*, settled_at: datetime, now: datetime) -> datetime | None:
    """The next time to ask about a sale we count as over; None when 30 days are over."""
    age = now - settled_at
    for seconds in REASKS:
        if age < timedelta(seconds=seconds):
            return settled_at + timedelta(seconds=seconds)
    return now + timedelta(days=1) if age < LAST else None


def next_detail_at(*, settled_at: datetime, now: datetime) -> datetime | None:
    """The next time to ask for an invoice or a code that a delivered sale still lacks."""
    return next_poll_at(sent_at=settled_at, now=now)
