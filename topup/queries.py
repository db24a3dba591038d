"""What people may look up about sales."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Q, QuerySet

from topup import states
from topup.models import Person, Sale
from topup.states import SaleState

_RECEIPT_NUMBER = re.compile(r"\d{6}-(\d{6,18})", re.ASCII)
_RECEIPT_DAY = re.compile(r"(\d{6})(-\d{0,5})?", re.ASCII)  # its first part, or more
_RECEIPT_END = re.compile(r"\d{6,18}", re.ASCII)
SEARCHED = 1000  # of a person's latest sales; more would be felt at the counter
GROUPS: dict[str, frozenset[str]] = {
    "open": frozenset(states.UNFINISHED),
    "done": frozenset(states.DELIVERED),
    "refused": frozenset(states.GIVEN_BACK),
}


def sales_for(person: Person) -> QuerySet[Sale]:
    """The sales a person may see at the counter: an owner the shop's, an agent his own."""
    if person.shop_id is None:
        return Sale.objects.none()
    sales = Sale.objects.filter(shop_id=person.shop_id)
    return sales if person.sees_whole_shop else sales.filter(agent=person)


def sale_for(person: Person, correlation_id: str) -> Sale:
    """One sale. Error: `Sale.DoesNotExist` also for one that is not the person's to see."""
    joined = ("shop", "agent", "sku", "commission_rule__book")
    return sales_for(person).select_related(*joined).get(correlation_id=correlation_id)


@dataclass(frozen=True)
class Found:
    """Sales of one page of the list. `is_cut`: text was looked for in the latest ones only."""

    sales: list[Sale]
    is_cut: bool = False


def search_sales(
    person: Person, *, text: str = "", state_group: str = "", first: int = 0, most: int = 100
) -> Found:
    """Sales by number, reference, receipt, operator or product; unfinished first, then newest.

    Part of a word is looked for in the latest `SEARCHED`, a whole number or reference
    in all, so the time does not grow with the sales. `first` and `most`: a piece of the list.
    """
    sales = sales_for(person)
    newest = sales.order_by("-pk").values_list("pk", flat=True)
    oldest = newest[SEARCHED - 1 : SEARCHED].first() if text else None
    parts, group = _parts_of(text), GROUPS.get(state_group, frozenset(SaleState))
    pieces = []
    if waiting := group & states.UNFINISHED:
        pieces.append(sales.filter(parts, state__in=waiting))
    if over := group - states.UNFINISHED:
        sales = sales.filter(state__in=over)
        if oldest is None:
            pieces.append(sales.filter(parts))
        else:
            pieces += [
                sales.filter(parts, pk__gte=oldest),
                sales.filter(_whole(text), pk__lt=oldest),
            ]
    return Found(_page(pieces, first, most), is_cut=oldest is not None)


def _page(pieces: list[QuerySet[Sale]], first: int, most: int) -> list[Sale]:
    """Some rows of several lists, one behind the other."""
    rows: list[Sale] = []
    for piece in pieces:
        ordered = piece.select_related("agent").order_by("-pk")
        rows += ordered[first : first + most - len(rows)]
        if len(rows) == most:
            break
        if first:
            first = max(0, first - piece.count())
    return rows


def _parts_of(text: str) -> Q:
    """Every word is part of what is told about a sale."""
    found = Q()
    for word in text.replace("\x00", " ").split()[:5]:
        digits = "".join(filter(str.isdigit, word))
        match = (
            Q(operator_name__icontains=word)
            | Q(sku_name__icontains=word)
            | Q(provider_reference=word)
            | Q(correlation_id__startswith=word.lower())
        )
        if digits:
            match |= Q(recipient__contains=digits)
        found &= _or_receipt(match, word)
    return found


def _whole(text: str) -> Q:
    """The text is a whole number, reference or receipt: what an index finds."""
    word = text.replace("\x00", " ").strip()
    digits = "".join(filter(str.isdigit, word))
    match = Q(provider_reference=word)
    if digits:
        match |= Q(recipient=digits)
    if len(word) >= 8:
        match |= Q(correlation_id__startswith=word.lower())
    return _or_receipt(match, word)


def _or_receipt(match: Q, word: str) -> Q:
    """The same, or the sales whose receipt number has this part; a whole one means that sale."""
    if whole := _RECEIPT_NUMBER.fullmatch(word):
        return Q(pk=whole[1])
    if day := _RECEIPT_DAY.fullmatch(word):
        match = _on_day(day[1]) if day[2] else match | _on_day(day[1])
    return match | Q(pk=word) if _RECEIPT_END.fullmatch(word) else match


def _on_day(digits: str) -> Q:
    """Sales with this day in their receipt number, along the index of a shop's times."""
    try:
        day = datetime.strptime(digits, "%y%m%d").replace(tzinfo=UTC)
    except ValueError:
        return Q(pk__in=())
    whole = timedelta(days=1)
    near = Q(created_at__gte=day - whole, created_at__lt=day + 2 * whole)  # in every zone
    old = Q(receipt_day=None, created_at__gte=day, created_at__lt=day + whole)
    return near & (Q(receipt_day=day.date()) | old)


def open_count(person: Person) -> int:
    """How many of a person's sales have no final word yet."""
    return sales_for(person).filter(state__in=states.UNFINISHED).count()
