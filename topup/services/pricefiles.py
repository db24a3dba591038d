"""The rules of a price book as rows of a spreadsheet, out and in again.

Goods are named by the provider's ids (an operator as "21/JM"), shops and tiers by
their names. Reading judges every row and changes a draft only if all are right.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from catalog.models import Country, Operator, Product, Sku
from topup import rulechecks
from topup.models import Person, PriceBook, PriceRule, Shop, Tier
from topup.models.price import Method, Rounding
from topup.models.sale import Kind
from topup.services import publishing
from topup.services.exports import FORMULA, Cells

COLUMNS = (
    "method", "value", "kind", "country", "operator", "product", "sku", "shop", "branch",
    "tier", "rounding", "step", "may_lose", "note",
)  # fmt: skip
MOST_ROWS = 10_000
MOST_TOLD = 200  # problems
_YES, _NO = {"yes", "true", "1", "x"}, {"", "no", "false", "0"}
_RELATED: dict[str, tuple[type[Model], str]] = {
    "country": (Country, "code"), "product": (Product, "provider_id"), "sku": (Sku, "provider_id"),
    "shop": (Shop, "name"), "branch": (Shop, "name"), "tier": (Tier, "name"),
}  # fmt: skip


@dataclass(frozen=True)
class RowProblem:
    """What is wrong in a row; the head is row 1."""

    row: int
    text: str


@dataclass
class Read:
    """What a file holds, and everything that is wrong with it."""

    rules: list[PriceRule] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)


def rows_of(book: PriceBook) -> Iterator[Cells]:
    """The rules of a book as cells, in the order of `COLUMNS`."""
    named = book.rules.order_by("id").values_list(
        "method", "value", "kind", "country_id", "operator__provider_id", "operator__country_id",
        "product__provider_id", "sku__provider_id", "shop__name", "branch__name", "tier__name",
        "rounding", "step", "may_lose", "note",
    )  # fmt: skip
    for row in named.iterator(chunk_size=1000):
        cells: list[Any] = list(row)
        operator, country = cells[4:6]
        cells[4:6] = [f"{operator}/{country}" if operator is not None else ""]
        cells[12] = "yes" if cells[12] else ""
        yield cells


def read(text: str) -> Read:
    """Judge rows that were pasted: commas, semicolons or tabs between the cells."""
    found = Read()
    lines = _lines(text)
    head = [cell.strip().lower() for cell in lines[0]] if lines else []
    if "method" not in head or "value" not in head or set(head) - {*COLUMNS, ""}:
        text = _("The first row names the columns: %(columns)s.") % {"columns": ", ".join(COLUMNS)}
        found.problems.append(RowProblem(1, text))
        return found
    if len(lines) > MOST_ROWS:
        found.problems.append(RowProblem(MOST_ROWS, _("There are too many rows.")))
        return found
    rows = [(number, _cells(head, line)) for number, line in enumerate(lines[1:], 2) if any(line)]
    related = {name: _related(name, [row[name] for _n, row in rows]) for name in _RELATED}
    related["operator"] = _operators([row["operator"] for _n, row in rows])
    for number, row in rows:
        rule, wrong = _rule(row, related)
        found.problems += [RowProblem(number, words) for words in wrong]
        if rule:
            found.rules.append(rule)
    return found


def _lines(text: str) -> list[list[str]]:
    """The cells of each row; no row at all for what is no table."""
    file = io.StringIO(text.lstrip("\ufeff"), newline="")
    try:
        return list(csv.reader(file, delimiter=_delimiter(text)))
    except csv.Error:
        return []


def _delimiter(text: str) -> str:
    first = text.lstrip().partition("\n")[0]
    return max("\t;,", key=first.count)


def _cells(head: list[str], line: list[str]) -> dict[str, str]:
    cells = dict.fromkeys(COLUMNS, "")
    for name, cell in zip(head, line, strict=False):
        if name:
            bare = cell.strip()
            cells[name] = (
                bare[1:] if bare.startswith("'") and bare[1:].startswith(FORMULA) else bare
            )
    return cells


def _related(name: str, codes: Iterable[str]) -> dict[str, Any]:
    """Rows by the code that stands in the file; one query."""
    model, column = _RELATED[name]
    wanted = {code for code in codes if code}
    if column == "provider_id":
        wanted = {code for code in wanted if code.isascii() and code.isdigit() and len(code) < 19}
    rows = model._default_manager.filter(**{f"{column}__in": wanted}) if wanted else []
    return {str(getattr(row, column)): row for row in rows}


def _operators(codes: Iterable[str]) -> dict[str, Operator]:
    ids = {code.partition("/")[0] for code in codes}
    wanted = {one for one in ids if one.isascii() and one.isdigit() and len(one) < 19}
    rows = Operator.objects.filter(provider_id__in=wanted) if wanted else []
    return {f"{row.provider_id}/{row.country_id}": row for row in rows}


def _rule(
    row: dict[str, str], related: dict[str, dict[str, Any]]
) -> tuple[PriceRule | None, list[str]]:
    """A rule of a row, and all that is wrong with it."""
    wrong = [
        _("%(column)s: there is no “%(code)s”.") % {"column": name, "code": row[name][:60]}
        for name, known in related.items()
        if row[name] and row[name] not in known
    ]
    for column, allowed in (("method", Method), ("kind", Kind), ("rounding", Rounding)):
        if row[column] not in allowed.values and (row[column] or column == "method"):
            values = {"column": column, "allowed": ", ".join(allowed.values)}
            wrong.append(_("%(column)s: one of %(allowed)s.") % values)
    value, step = rulechecks.decimal_of(row["value"]), _step(row["step"])
    if value is None:
        wrong.append(_("value: “%(text)s” is no figure.") % {"text": row["value"][:60]})
    if step is None and row["step"]:
        wrong.append(_("step: “%(text)s” is no figure.") % {"text": row["step"][:60]})
    if row["may_lose"].lower() not in _YES | _NO:
        wrong.append(_("may_lose: yes, or nothing."))
    if wrong or value is None:
        return None, wrong
    rule = PriceRule(
        use=rulechecks.use_of(row["method"]), method=row["method"], value=value, step=step,
        kind=row["kind"], rounding=row["rounding"], note=row["note"][:100],
        may_lose=row["may_lose"].lower() in _YES,
        **{name: known[row[name]] if row[name] else None for name, known in related.items()},
    )  # fmt: skip
    return rule, rulechecks.problems(rule)


def _step(text: str) -> Decimal | None:
    return rulechecks.decimal_of(text) if text else None


@transaction.atomic
def take_in(*, book_id: int, by: Person, text: str, replaces: bool) -> Read:
    """Put the rows of a file into a draft, in the place of its rules or after them.

    Nothing is changed if a row is wrong. Error: `BookError` for a book that is a draft
    no more.
    """
    found = read(text)
    if found.problems or not found.rules:
        return found
    book = publishing.touch(book_id=book_id, by=by)
    if replaces:
        PriceRule.objects.filter(book=book).delete()
    for rule in found.rules:
        rule.book = book
    PriceRule.objects.bulk_create(found.rules, batch_size=publishing.BATCH)
    return found
