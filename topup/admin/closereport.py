"""A daily close as tables and one small picture: pure, of its figures alone."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from ledger.admin import figure
from ledger.models import AccountKind, EntryKind
from topup.models import DayClose
from topup.states import SaleState

WIDTH = 600  # of the picture, in its own units


@dataclass(frozen=True)
class Bar:
    """One state's share of the day's sales."""

    words: str
    state: str
    count: int
    x: float
    width: float


@dataclass(frozen=True)
class Report:
    """What the page shows; amounts are written out."""

    problems: list[str]
    sales: list[list[Any]]
    bars: list[Bar]
    accounts: list[list[Any]]
    balance: list[tuple[str, str]]
    others: list[tuple[str, Any, str]]
    status: dict[str, Any]


def report(close: DayClose) -> Report:
    """The tables of a close; empty ones where it has no figures yet."""
    found = close.figures
    return Report(
        problems=close.problems,
        sales=[_sales(state, row) for state, row in found.get("sales", {}).items()],
        bars=_bars(found.get("sales", {})),
        accounts=[_account(name, row) for name, row in found.get("accounts", {}).items()],
        balance=_balance(found.get("provider", {})),
        others=[
            (words, found[name]["count"], _shown(found[name].get("sum")))
            for name, words in _others()
            if name in found
        ],
        status=found.get("status", {}),
    )


def _others() -> list[tuple[str, str]]:
    return [
        ("unfinished", _("sales without a final word")), ("refunds", _("refunds of the day")),
        ("claims", _("open claims on the provider")), ("deposits", _("deposits approved")),
        ("deposits_waiting", _("deposits that wait")), ("disputes", _("open disputes")),
    ]  # fmt: skip


def _sales(state: str, row: dict[str, Any]) -> list[Any]:
    names = ("price", "commission", "charge", "cost", "invoice_amount")
    return [_words(state), row["count"], *(_shown(row[name]) for name in names)]


def _words(state: str) -> str:
    return f"{SaleState(state).label} ({state})"


def _bars(sales: dict[str, Any]) -> list[Bar]:
    total = sum(row["count"] for row in sales.values())
    bars: list[Bar] = []
    for state, row in sales.items():
        x = bars[-1].x + bars[-1].width if bars else 0.0
        width = round(WIDTH * row["count"] / total, 2)
        bars.append(Bar(_words(state), state, row["count"], round(x, 2), width))
    return bars


def _account(name: str, row: dict[str, Any]) -> list[Any]:
    account, currency = name.split(":")
    moved = [f"{EntryKind(kind).label} {_signed(told)}" for kind, told in row["moved"].items()]
    label = str(AccountKind(account).label)
    return [label, currency, _shown(row["opening"]), ", ".join(moved), _shown(row["closing"])]


def _balance(told: dict[str, Any]) -> list[tuple[str, str]]:
    if "error" in told:
        return [(_("the provider did not tell it"), told["error"])]
    if not told:
        return []
    explained = _("yes") if told["is_explained"] else _("no")
    return [
        (_("the provider has"), _shown(told["told"])), (_("the books say"), _shown(told["books"])),
        (_("difference"), _shown(told["difference"])),
        (_("cost of sales on their way"), _shown(told["on_the_way"])),
        (_("is explained by them"), explained), (_("asked at"), told["at"]),
    ]  # fmt: skip


def _signed(amount: str) -> str:
    """ "+9.60", "−0.05"."""
    told = Decimal(amount)
    return f"{'+' if told > 0 else '−'}{figure(abs(told))}"


def _shown(amount: str | None) -> str:
    return "" if amount is None else figure(Decimal(amount))
