"""How far a file is: its rows and its money, and the rows for a page or a file.

What became of a row is what its sale says; nothing of it is copied.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.utils import translation
from django.utils.translation import gettext as _

from ledger.money import round_down, round_up
from topup import bulkfile
from topup.models import BulkFile, BulkRow, Sale
from topup.models.bulk import RowState
from topup.services import limits
from topup.services.exports import Cells
from topup.states import DELIVERED, GIVEN_BACK, UNFINISHED

BATCH = 500
LEFT = (RowState.WAITING, RowState.OPENING, RowState.ASKED)


@dataclass(frozen=True)
class Part:
    """Part rows: how many, what their customers pay, and what the float pays."""

    count: int = 0
    price: Decimal = Decimal(0)
    charge: Decimal = Decimal(0)
    commission: Decimal = Decimal(0)  # of sales
    rise: Decimal = Decimal(0)  # over the price that was confirmed

    def __bool__(self) -> bool:
        return self.count > 0

    def __add__(self, other: "Part") -> "Part":
        return Part(
            self.count + other.count, self.price + other.price, self.charge + other.charge,
            self.commission + other.commission, self.rise + other.rise,
        )  # fmt: skip


@dataclass(frozen=True)
class Figures:
    """Rows by what a person wants to know of them.

    Until a row has a sale its amounts are those of the pre-check. `asks` are the rows that
    wait for a person's word, by what is asked.
    """

    bad: Part
    to_sell: Part
    asked: Part
    asks: dict[str, Part]
    raised: Decimal  # by which the rows with a new price cost more than was confirmed
    sold: Part
    returned: Part
    checked: Part
    left_out: Part

    @property
    def ended(self) -> int:
        """Rows with which nothing more will be done."""
        return sum(
            one.count for one in (self.bad, self.sold, self.returned, self.left_out)
        )  # fmt: skip


def figures(file: BulkFile) -> Figures:
    """Two queries, whatever the file's length."""
    rows = _rows_of(file)
    sales = _sales_of(file)

    def of(*states: str) -> Part:
        return sum((rows.get((state, ""), Part()) for state in states), Part())

    asks = {ask: one for (state, ask), one in rows.items() if state == RowState.ASKED}
    raised = sum((one.rise for one in asks.values()), Decimal(0))
    return Figures(
        bad=of(RowState.BAD),
        to_sell=of(RowState.WAITING, RowState.OPENING),
        asked=sum(asks.values(), Part()),
        asks=asks,
        raised=raised,
        sold=_some(sales, DELIVERED),
        returned=_some(sales, GIVEN_BACK),
        checked=_some(sales, UNFINISHED),
        left_out=of(RowState.SKIPPED, RowState.REFUSED),
    )


def _rows_of(file: BulkFile) -> dict[tuple[str, str], Part]:
    """By state; those that wait for a word by what is asked, with the rise of their price."""
    sold = Sale.objects.filter(correlation_id=OuterRef("correlation_id"))
    found = file.rows.exclude(Exists(sold)).order_by().values("state", "ask")
    sums: dict[tuple[str, str], Part] = {}
    for one in found.annotate(
        count=Count("pk"), price=Sum("price", default=Decimal(0)),
        charge=Sum("charge", default=Decimal(0)), most=Sum("most_price", default=Decimal(0)),
    ):  # fmt: skip
        key = (one["state"], one["ask"] if one["state"] == RowState.ASKED else "")
        rise = one["price"] - one["most"]
        sums[key] = sums.get(key, Part()) + Part(
            one["count"], one["price"], one["charge"], rise=rise
        )
    return sums


def _sales_of(file: BulkFile) -> dict[str, Part]:
    keys = file.rows.exclude(correlation_id=None).order_by().values("correlation_id")
    found = Sale.objects.filter(correlation_id__in=keys).order_by().values("state")
    return {
        one["state"]: Part(one["count"], one["price_"], one["charge_"], one["commission_"])
        for one in found.annotate(
            count=Count("pk"), price_=Sum("price"), charge_=Sum("charge"),
            commission_=Sum("commission"),
        )
    }  # fmt: skip


def _some(sales: dict[str, Part], states: Iterable[str]) -> Part:
    return sum((sales.get(state, Part()) for state in states), Part())


def obstacles(file: BulkFile, found: Figures) -> list[str]:
    """Why the rows that are ready cannot all be sold now, in sentences."""
    shop, problems = file.shop, []
    account = shop.float_account
    spendable = account.available + account.credit_limit
    if found.to_sell.charge > spendable:
        problems.append(
            _("Not enough float: these rows need %(needed)s %(currency)s, %(available)s is left.")
            % {
                "needed": round_up(found.to_sell.charge, shop.currency),
                "available": round_down(spendable, shop.currency), "currency": shop.currency,
            }
        )  # fmt: skip
    most = limits.limits_of(shop).day_limit
    if most is not None:
        left = max(most - limits.sold_today(shop)[0], Decimal(0))
        if found.to_sell.price > left:
            text = _("This shop may sell for %(left)s %(currency)s more today.")
            values = {"left": round_down(left, shop.currency), "currency": shop.currency}
            problems.append(text % values)
    return problems


@dataclass(frozen=True)
class Told:
    """A row, and its sale if there is one."""

    row: BulkRow
    sale: Sale | None

    @property
    def word(self) -> str:
        """Where it stands."""
        return str((self.sale or self.row).get_state_display())

    @property
    def reason(self) -> str:
        """Why it is not sold; the provider's own words are on the page of the sale."""
        return "" if self.sale else self.row.reason


#: What a page may be asked for.
GROUPS = ("all", "bad", "asked", "waiting", "checked", "sold", "returned", "left")


def rows_of(file: BulkFile, group: str) -> QuerySet[BulkRow]:
    """Part rows of a file, in its order."""
    rows = file.rows.order_by("number")
    by_state = {
        "bad": [RowState.BAD], "asked": [RowState.ASKED],
        "waiting": [RowState.UNCHECKED, RowState.WAITING, RowState.OPENING],
        "left": [RowState.SKIPPED, RowState.REFUSED],
    }  # fmt: skip
    by_sale = {"checked": UNFINISHED, "sold": DELIVERED, "returned": GIVEN_BACK}
    sale = Sale.objects.filter(correlation_id=OuterRef("correlation_id"))
    if group in by_sale:
        return rows.filter(Exists(sale.filter(state__in=by_sale[group])))
    if group in by_state:
        return rows.filter(~Exists(sale), state__in=by_state[group])
    return rows


def with_sales(rows: Iterable[BulkRow]) -> list[Told]:
    """Rows with their sales; one query for all of them."""
    found = list(rows)
    keys = [row.correlation_id for row in found if row.correlation_id]
    sales = Sale.objects.filter(correlation_id__in=keys).defer("snapshot") if keys else []
    by_key = {sale.correlation_id: sale for sale in sales}
    return [Told(row, by_key.get(row.correlation_id or "")) for row in found]


def _all(rows: QuerySet[BulkRow]) -> Iterator[Told]:
    """Piece by piece, in the language of the page that asked."""
    language, after = translation.get_language() or "en", 0
    while piece := list(rows.filter(number__gt=after)[:BATCH]):
        after = piece[-1].number
        with translation.override(language):
            told = with_sales(piece)
        yield from told


def bad_head() -> list[str]:
    return [*bulkfile.COLUMNS, _("reason")]


def bad_rows(file: BulkFile) -> Iterator[Cells]:
    """What cannot be sold, as it was typed, with the reason: to be mended and sent again."""
    not_sold = Q(state__in=[RowState.BAD, RowState.REFUSED])
    for told in _all(file.rows.filter(not_sold).order_by("number")):
        if told.sale is None:
            cells = told.row.cells
            yield [*(cells.get(name, "") for name in bulkfile.COLUMNS), told.row.reason]


def result_head() -> list[str]:
    return [
        _("Row"), _("Your reference"), _("Number"), _("Account"), _("Product"), _("Amount"),
        _("Amount in"), _("State"), _("Reason"), _("Price"), _("Commission"), _("Currency"),
        _("Reference"), _("Provider's reference"),
    ]  # fmt: skip


def result_rows(file: BulkFile) -> Iterator[Cells]:
    """Every row with what became of it. Never a code or a PIN."""
    language = translation.get_language() or "en"
    for told in _all(file.rows.order_by("number")):
        with translation.override(language):
            cells = _result(told, file)
        yield cells


def _result(told: Told, file: BulkFile) -> Cells:
    row, sale = told.row, told.sale
    return [
        row.number, row.reference, row.recipient or row.cells.get("number", ""),
        row.account or row.cells.get("account", ""), row.sku_name, row.face_value,
        row.face_currency, told.word, told.reason, sale.price if sale else row.price,
        sale.commission if sale else None, file.currency, row.correlation_id,
        sale.provider_reference if sale else "",
    ]  # fmt: skip
