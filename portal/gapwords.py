"""How the counter speaks of what may explain a gap: sentences, and links to what they blame."""

from collections import Counter
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.templatetags.counter import apart, money_alone, money_text
from topup.models import CashMove, Owed, Person, Sale, Tender
from topup.services.explaining import Told
from topup.services.gaps import Explanation, Part, Reason, Source

MOST_LINKS = 5

#: What is said of a thing that was not done in fact, and of one that was done twice.
SENTENCES = {
    (Source.SALE, False): gettext_lazy("%(amount)s of a sale was not collected."),
    (Source.SALE, True): gettext_lazy(
        "%(amount)s was collected twice, or such a sale was not recorded."
    ),
    (Source.IN, False): gettext_lazy("%(amount)s was recorded as put in, and was not."),
    (Source.IN, True): gettext_lazy("%(amount)s was put in twice and recorded once."),
    (Source.OUT, False): gettext_lazy("%(amount)s was recorded as taken out, and is still there."),
    (Source.OUT, True): gettext_lazy("%(amount)s was taken out twice and recorded once."),
    (Source.PAY_OUT, False): gettext_lazy(
        "%(amount)s was recorded as paid back to a customer, and was not."
    ),
    (Source.PAY_OUT, True): gettext_lazy("%(amount)s was paid back twice and recorded once."),
    (Source.USED, False): gettext_lazy(
        "%(amount)s owed was used for a sale, and the customer paid in full again."
    ),
    (Source.USED, True): gettext_lazy("%(amount)s owed was taken off twice."),
    (Source.OWED, False): gettext_lazy(
        "%(amount)s owed to a customer was given back and not recorded."
    ),
}


@dataclass(frozen=True)
class Link:
    """Where to look; `url` is empty for what has no page of its own."""

    text: str
    url: str = ""


@dataclass(frozen=True)
class Saying:
    """One sentence, what it blames, and how much more of the same there is."""

    text: str
    links: list[Link]
    more: int = 0


def sayings(told: Told, person: Person) -> list[list[Saying]]:
    """For each explanation its sentences, the likeliest explanation first.

    Linked is only what this person may see.
    """
    return [_explanation(one, told, person) for one in told.explanations]


def _explanation(one: Explanation, told: Told, person: Person) -> list[Saying]:
    currency = told.figures.currency
    if one.reason == Reason.RECORDS:
        same = Counter((part.source, part.amount, part.is_twice) for part in one.parts)
        each = {(part.source, part.amount, part.is_twice): part for part in one.parts}
        return [_part(part, told, person, times=same[key]) for key, part in each.items()]
    if one.reason == Reason.NOTE:
        return [Saying(_notes(one, currency), [])]
    if one.reason == Reason.NINE:
        return [Saying(_("Two digits may have been exchanged when an amount was typed."), [])]
    parts = one.parts[0] if one.parts else None
    links, more = _links(parts, told, person) if parts else ([], 0)
    text = _tender(one, currency) if one.reason == Reason.TENDER else _swapped(one, currency)
    return [Saying(text, links, more)]


def _part(part: Part, told: Told, person: Person, *, times: int) -> Saying:
    amount = money_alone(abs(part.amount), told.figures.currency)
    amount = apart(f"{times} × {amount}" if times > 1 else amount)
    links, more = _links(part, told, person)
    return Saying(SENTENCES[part.source, part.is_twice] % {"amount": amount}, links, more)


def _links(part: Part, told: Told, person: Person) -> tuple[list[Link], int]:
    rows = [told.rows[item.name] for item in part.items[:MOST_LINKS]]
    return [_link(row, person) for row in rows], max(0, len(part.items) - MOST_LINKS)


def _link(row: Sale | CashMove | Owed, person: Person) -> Link:
    if isinstance(row, CashMove):
        paid = getattr(row, "owed", None)
        return _link(paid.sale, person) if paid else Link(row.reason)
    sale = row.sale if isinstance(row, Owed) else row
    what = f"+{sale.recipient}" if sale.recipient else sale.sku_name
    if person.pk != sale.agent_id and not person.sees_whole_shop:
        return Link(what)
    return Link(what, reverse("sales:sale", args=[sale.correlation_id]))


def _notes(one: Explanation, currency: str) -> str:
    note, count = money_text(one.amount, currency, trim=True), abs(one.count)
    if one.count > 0:
        told = ngettext(
            "One %(note)s too many was counted.", "%(count)d × %(note)s too many were counted.",
            count,
        )  # fmt: skip
    else:
        told = ngettext(
            "One %(note)s too few was counted.", "%(count)d × %(note)s too few were counted.",
            count,
        )  # fmt: skip
    return told % {"note": note, "count": count}


def _tender(one: Explanation, currency: str) -> str:
    told = _("%(amount)s was recorded as %(tender)s and paid by %(other)s?")
    return told % {
        "amount": money_text(one.amount, currency), "tender": Tender(one.tender).label,
        "other": Tender(one.paid_by).label,
    }  # fmt: skip


def _swapped(one: Explanation, currency: str) -> str:
    told = _("Two digits were exchanged: %(typed)s was typed for %(right)s.")
    return told % {
        "typed": money_text(one.amount, currency), "right": money_text(one.right, currency),
    }  # fmt: skip
