"""Periods of whole days: what people choose, and where a day begins and ends. Pure.

A day is the shop's own: it begins at midnight of its time zone, and has 23 or 25
hours when the clocks change.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import models
from django.utils.translation import gettext_lazy as _

#: The longest period that one report or file covers.
MOST_DAYS = 366
DAY = timedelta(days=1)


class Choice(models.TextChoices):
    TODAY = "today", _("Today")
    YESTERDAY = "yesterday", _("Yesterday")
    WEEK = "week", _("This week")
    MONTH = "month", _("This month")
    LAST_MONTH = "last_month", _("Last month")
    OWN = "own", _("Other days")


@dataclass(frozen=True)
class Period:
    """Days from `first` to `last`, both of them in it."""

    first: date
    last: date

    @property
    def days(self) -> list[date]:
        return [self.first + DAY * n for n in range(self.length)]

    @property
    def length(self) -> int:
        return (self.last - self.first).days + 1

    def moments(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Where it begins, and where it is over."""
        return midnight(self.first, zone), midnight(self.last + DAY, zone)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The moment a day begins. Where midnight is skipped it is the moment of the skip."""
    return datetime.combine(day, time.min, tzinfo=zone)


def chosen(choice: Choice, today: date) -> Period:
    """The period of a choice, as seen on a day; weeks begin on Monday. Not for `OWN`."""
    begin_of_month = today.replace(day=1)
    end_of_last = begin_of_month - DAY
    return {
        Choice.TODAY: Period(today, today),
        Choice.YESTERDAY: Period(today - DAY, today - DAY),
        Choice.WEEK: Period(today - DAY * today.weekday(), today),
        Choice.MONTH: Period(begin_of_month, today),
        Choice.LAST_MONTH: Period(end_of_last.replace(day=1), end_of_last),
    }[choice]
