"""What people may look up about sales."""

import re

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from topup import states
from topup.models import Person, Sale

_RECEIPT_NUMBER = re.compile(r"\d{6}-(\d{6,18})", re.ASCII)
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


def search_sales(person: Person, *, text: str = "", state_group: str = "") -> QuerySet[Sale]:
    """Sales by number, reference, receipt, operator or product; unfinished first, then newest."""
    sales = sales_for(person).select_related("agent")
    if state_group in GROUPS:
        sales = sales.filter(state__in=GROUPS[state_group])
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
        if receipt := _RECEIPT_NUMBER.fullmatch(word):
            match = Q(pk=receipt[1])
        sales = sales.filter(match)
    first = Case(
        When(state__in=states.UNFINISHED, then=Value(0)), default=Value(1),
        output_field=IntegerField(),
    )  # fmt: skip
    return sales.order_by(first, "-id")


def open_count(person: Person) -> int:
    """How many of a person's sales have no final word yet."""
    return sales_for(person).filter(state__in=states.UNFINISHED).count()
