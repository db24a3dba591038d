"""The pre-check of a file: row by row, in rounds of a few seconds. Nothing is held by it.

A price is asked for once for each SKU and amount; what depends on the number is looked at
for every row. What was found out is written with the lease: a worker that came too late
writes nothing.
"""

import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import structlog
from django.db import transaction
from django.db.models import F, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.money import round_down
from topup.bulkerrors import BulkRowError
from topup.errors import TopupError
from topup.kinds import BY_CATEGORY, KINDS
from topup.kinds.base import clean
from topup.models import BulkFile, BulkRow, Kind, Sale
from topup.models.bulk import Ask, BulkState, RowState
from topup.models.safety import Rule
from topup.safetyerrors import RepeatError
from topup.services import bulkleases, bundles, limits, pricing, safety, samegoods
from topup.services.bulkgoods import Finder, Goods
from topup.services.pricing import Quote
from topup.states import GIVEN_BACK

BATCH, SECONDS = 100, 3.0  # whichever is over first is written down
SAME_WITHIN = timedelta(days=1)
_WRITTEN = [
    "state", "reason", "ask", "recipient", "account", "sku", "sku_name", "face_value",
    "face_currency", "price", "charge", "most_price",
]  # fmt: skip
_OF_GOODS = ("sku_id", "sku__operator_id", "face_value", "face_currency")
log = structlog.get_logger(__name__)
type _Same = tuple[str, str, tuple[object, ...]]  # number, account, a mark of the goods


@dataclass
class _Known:
    """What holds for the rows of one batch."""

    file: BulkFile
    finder: Finder
    quotes: dict[tuple[int, Decimal], Quote]
    number_limit: Decimal | None
    in_file: set[_Same] = field(default_factory=set)
    sold: set[_Same] = field(default_factory=set)
    spent: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))


def check_rows(file: BulkFile, *, until: float) -> bool:
    """Look at rows until a moment (monotonic); True if there is more. Calls the provider."""
    finder, quotes = Finder(), dict[tuple[int, Decimal], Quote]()
    number_limit = limits.limits_of(file.shop).number_limit
    while time.monotonic() < until:
        rows = list(file.rows.filter(state=RowState.UNCHECKED).order_by("number")[:BATCH])
        if not rows:
            return _finish(file)
        done = _look(rows, _Known(file, finder, quotes, number_limit))
        with transaction.atomic():
            if not bulkleases.renew(
                file, state=BulkState.CHECKING, checked_count=F("checked_count") + len(done)
            ):
                return False
            BulkRow.objects.bulk_update(done, _WRITTEN)
    return True


def _finish(file: BulkFile) -> bool:
    bulkleases.end(file, was=BulkState.CHECKING, state=BulkState.CHECKED)
    return False


def _look(rows: list[BulkRow], known: _Known) -> list[BulkRow]:
    """Find the goods of each row, then judge them together."""
    end, done = time.monotonic() + SECONDS, list[BulkRow]()
    found: list[tuple[BulkRow, Goods]] = []
    for row in rows:
        if done and time.monotonic() > end:
            break
        done.append(row)
        try:
            if row.reason:  # it could not even be read
                raise BulkRowError(row.reason)
            goods = known.finder.find(row.cells)
            found.append((row, goods))
            _write_goods(row, goods)
        except TopupError as error:
            _refuse(row, error)
        except Exception:
            _give_up(row)
    _remember(known, found)
    for row, goods in found:
        try:
            _judge(row, goods, known)
        except TopupError as error:
            _refuse(row, error)
        except Exception:
            _give_up(row)
    return done


def _refuse(row: BulkRow, error: TopupError) -> None:
    row.state, row.reason = RowState.BAD, error.message[:300]


def _give_up(row: BulkRow) -> None:
    """One row that nobody foresaw does not hold up all the others."""
    log.exception("a row of a bulk file cannot be checked", file=row.file_id, row=row.number)
    _refuse(row, BulkRowError(_("This row cannot be looked at. Sell it at the counter.")))


def _write_goods(row: BulkRow, goods: Goods) -> None:
    row.recipient, row.account, row.sku = goods.recipient, goods.account[:40], goods.sku
    row.sku_name, row.face_value = goods.sku.name, goods.face_value
    row.face_currency = goods.sku.face_currency


def _remember(known: _Known, found: Iterable[tuple[BulkRow, Goods]]) -> None:
    """What was sold lately to these numbers and accounts, and what this file has for them."""
    numbers = {goods.recipient for _row, goods in found if goods.recipient}
    accounts = {goods.account for _row, goods in found if goods.account}
    mine = Q(recipient__in=numbers) | Q(account__in=accounts)
    earlier = known.file.rows.filter(mine, state__in=[RowState.WAITING, RowState.ASKED])
    for recipient, account, price, *goods in earlier.values_list(
        "recipient", "account", "price", *_OF_GOODS
    ):
        known.in_file |= _same(recipient, account, *goods)
        known.spent[recipient] += price or 0
    sales = Sale.objects.filter(shop=known.file.shop_id).exclude(state__in=GIVEN_BACK)
    lately = sales.filter(created_at__gt=timezone.now() - SAME_WITHIN)
    lately = lately.filter(Q(recipient__in=numbers) | Q(extras__account_number__in=accounts))
    for recipient, extras, *goods in lately.values_list("recipient", "extras", *_OF_GOODS):
        known.sold |= _same(recipient, extras.get("account_number", ""), *goods)
    if known.number_limit is not None:
        today = sales.filter(
            created_at__gte=limits.day_start(known.file.shop), recipient__in=numbers
        )
        sums = today.order_by().values("recipient").annotate(sold=Sum("price"))
        for one in sums:
            known.spent[one["recipient"]] += one["sold"]


def _same(
    recipient: str, account: str, sku_id: int | None, operator_id: int | None,
    face_value: Decimal | None, currency: str,
) -> set[_Same]:  # fmt: skip
    """By what these goods for this number or account are known again."""
    marks = samegoods.marks(
        sku_id=sku_id, operator_id=operator_id, face_value=face_value, currency=currency
    )
    return {(recipient, account, mark) for mark in marks}


def _judge(row: BulkRow, goods: Goods, known: _Known) -> None:
    """Price, limits, blocked numbers, repeats, and what would be asked at the counter.

    Errors: `TopupError`, with the reason.
    """
    quote = _quote(goods, known)
    _check_number_limit(quote, known)
    sku = goods.sku
    same = _same(goods.recipient, goods.account, sku.pk, sku.operator_id, goods.face_value,
                 sku.face_currency)  # fmt: skip
    row.price, row.charge, row.most_price = quote.price, quote.charge, quote.price
    row.state, row.reason = RowState.WAITING, ""
    if same & known.in_file:
        _ask(row, Ask.REPEAT, _("The file has the same for the same number before."))
    elif same & known.sold:
        _ask(row, Ask.REPEAT, _("The same was sold to this number within a day."))
    else:
        _ask_as_at_the_counter(row, quote, goods, known)
    known.in_file |= same
    known.spent[goods.recipient] += quote.price


def _ask(row: BulkRow, ask: Ask, reason: str) -> None:
    row.state, row.ask, row.reason = RowState.ASKED, ask, reason


def _ask_as_at_the_counter(row: BulkRow, quote: Quote, goods: Goods, known: _Known) -> None:
    file, kind = known.file, Kind(BY_CATEGORY[goods.sku.category])
    for one in safety.look(agent=file.made_by, shop=file.shop, quote=quote, kind=kind):
        if one.rule == Rule.REPEAT:
            if not one.is_same:
                return _ask(row, Ask.REPEAT, RepeatError(is_same=False).message)
            return _ask(row, Ask.REPEAT, _("The same was sold to this number before."))
        if one.rule == Rule.LARGE:
            return _ask(row, Ask.LARGE, _("A large sale, and the first one to this number."))
    return None


def _quote(goods: Goods, known: _Known) -> Quote:
    """A price; one that is known is not asked for again, but the number is looked at."""
    sku, key = goods.sku, (goods.sku.pk, goods.face_value)
    found = known.quotes.get(key)
    if found is None:
        known.quotes[key] = found = pricing.quote(
            shop=known.file.shop, sku=sku, face_value=goods.face_value,
            recipient=goods.recipient, extras=goods.extras,
        )  # fmt: skip
        return found
    kind = KINDS[BY_CATEGORY[sku.category]]
    kind.check_recipient(sku, goods.recipient)
    extras = clean(kind.fields(sku), goods.extras)
    limits.check_number(
        shop=known.file.shop, sku=sku, recipient=goods.recipient, account=goods.account
    )
    bundles.check_offered(sku=sku, msisdn=goods.recipient)
    return replace(found, recipient=goods.recipient, extras=extras, correlation_id=str(uuid4()))


def _check_number_limit(quote: Quote, known: _Known) -> None:
    most = known.number_limit
    if most is None or not quote.recipient:
        return
    if known.spent[quote.recipient] + quote.price > most:
        shop = known.file.shop
        raise BulkRowError(
            _("One number may get at most %(limit)s a day here.")
            % {"limit": f"{round_down(most, shop.currency)} {shop.currency}"}
        )
