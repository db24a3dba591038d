"""At what pace a float is spent, and when it will be empty. Pure: no database, no clock.

What the next hour will spend is what the same hour of the week spent a week ago, by
the shop's own clock. A shop that did not sell yet then: what this hour of the day
spent on the days it did, or else its mean. If the last two hours were faster than a
week ago, the next three are taken to be as much faster, three times at most.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
HORIZON = timedelta(hours=48)
KEPT = timedelta(days=8)  # a week before the next hours and before the last
RECENT, LIFTED, MOST_LIFT = 2, 3, Decimal(3)


def hour_of(at: datetime) -> datetime:
    """The hour (UTC) that a moment lies in."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


@dataclass(frozen=True)
class Pace:
    """What a float spent in each hour (UTC, by its beginning); an hour may lack: nothing spent."""

    hours: Mapping[datetime, Decimal]
    zone: ZoneInfo
    now: datetime

    @property
    def since(self) -> datetime:
        """From when on no row means that nothing was spent."""
        return min(self.hours, default=hour_of(self.now))

    def expected(self, hour: datetime) -> Decimal:
        """What this hour will probably spend, by the week before."""
        if (before := self._earlier(hour, WEEK)) >= self.since:
            return self.hours.get(before, Decimal(0))
        days = (self._earlier(hour, DAY * count) for count in range(1, 8))
        known = [day for day in days if self.since <= day < hour_of(self.now)]
        if known:
            return sum((self.hours.get(day, Decimal(0)) for day in known), Decimal(0)) / len(known)
        return self.mean

    @property
    def mean(self) -> Decimal:
        """Spent per hour since the first sale."""
        passed = Decimal((self.now - self.since).total_seconds()) / 3600
        return sum(self.hours.values(), Decimal(0)) / max(passed, Decimal(1))

    @property
    def recent(self) -> tuple[Decimal, Decimal]:
        """What the last two whole hours spent, and what was expected of them."""
        last = [hour_of(self.now) - HOUR * count for count in range(1, RECENT + 1)]
        spent = sum((self.hours.get(hour, Decimal(0)) for hour in last), Decimal(0))
        known = [hour for hour in last if self._earlier(hour, WEEK) >= self.since]
        return spent, sum((self.expected(hour) for hour in known), Decimal(0))

    @property
    def lift(self) -> Decimal:
        """By how much today is faster than a week ago."""
        spent, expected = self.recent
        return min(max(spent / expected, Decimal(1)), MOST_LIFT) if expected else Decimal(1)

    def _earlier(self, hour: datetime, by: timedelta) -> datetime:
        """The same time of day by the shop's clock, also where the clock was changed between."""
        return hour_of(hour.astimezone(self.zone) - by)


def runs_out_at(*, available: Decimal, pace: Pace) -> datetime | None:
    """When the float, credit included, will be empty; None if not within 48 hours."""
    if available <= 0:
        return pace.now
    left, at, lift = available, pace.now, pace.lift
    while at < pace.now + HORIZON:
        end = min(hour_of(at) + HOUR, pace.now + HORIZON)
        seconds = Decimal((end - at).total_seconds())
        rate = pace.expected(hour_of(at)) * (lift if at < pace.now + HOUR * LIFTED else 1)
        if (spent := rate * seconds / 3600) >= left:
            return at + timedelta(seconds=int(seconds * left / spent))
        left, at = left - spent, end
    return None
