"""What a report or a statement may be asked for: a period, and what its rows stand for."""

from collections.abc import Mapping
from datetime import date
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from topup.periods import MOST_DAYS, Choice, Period, chosen
from topup.services.reports import By

FORMATS = ("csv", "xlsx")
FIRST_YEAR, LAST_YEAR = 2000, 2200  # typed by mistake beyond


class PeriodForm:
    """A period by its name, or by two days. What makes no sense is today, or `problem` says why."""

    def __init__(
        self, data: Mapping[str, str], *, today: date, usual: Choice = Choice.WEEK,
        groups: tuple[By, ...] = (),
    ) -> None:  # fmt: skip
        asked = data.get("period", "")
        self.choice = Choice(asked) if asked in Choice.values else usual
        self.first_text, self.last_text = data.get("from", "")[:20], data.get("to", "")[:20]
        self.groups = groups
        self.by = next((by for by in groups if by == data.get("by")), By.DAY)
        self.format = data.get("as", "") if data.get("as") in FORMATS else "csv"
        self.before = _whole(data.get("before", ""))
        self.problem = ""
        self.period = self._own(today) if self.choice == Choice.OWN else chosen(self.choice, today)
        if self.choice != Choice.OWN:
            self.first_text = self.period.first.isoformat()
            self.last_text = self.period.last.isoformat()

    def _own(self, today: date) -> Period:
        first, last = _day(self.first_text), _day(self.last_text)
        if first is None or last is None:
            self.problem = _("Choose both days, or type them as %(day)s.") % {"day": today}
        elif first > last:
            self.problem = _("The first day is after the last one.")
        elif (period := Period(first, last)).length > MOST_DAYS:
            self.problem = _("At most %(days)d days at once.") % {"days": MOST_DAYS}
        else:
            return period
        return Period(today, today)

    @property
    def is_own(self) -> bool:
        return self.choice == Choice.OWN

    @property
    def choices(self) -> list[tuple[str, str, bool]]:
        """Each period with a name: its label, its address, whether it is the one shown."""
        named = [choice for choice in Choice if choice != Choice.OWN]
        return [(str(c.label), self.url(period=c), c == self.choice) for c in named]

    @property
    def group_choices(self) -> list[tuple[str, str, bool]]:
        return [(str(by.label), self.url(by=by), by == self.by) for by in self.groups]

    def url(self, **changes: str) -> str:
        """The same page, asked for something else."""
        asked = {"period": str(self.choice)}
        if self.groups:
            asked["by"] = str(self.by)
        if changes.get("period", self.choice) == Choice.OWN:
            asked |= {"from": self.first_text, "to": self.last_text}
        return "?" + urlencode(asked | {name: str(value) for name, value in changes.items()})

    @property
    def csv_url(self) -> str:
        return self.url(**{"as": "csv"})

    @property
    def xlsx_url(self) -> str:
        return self.url(**{"as": "xlsx"})


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
