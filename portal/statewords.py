"""How the counter speaks of a sale's state: a picture, a heading and what to do."""

from dataclasses import dataclass, replace

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.templatetags.counter import money_text
from topup import refusals
from topup.models import Kind, Sale
from topup.responses import Step
from topup.states import GIVEN_BACK, SaleState

S = SaleState
_NOT_AGAIN = _("Do not sell it again. You can serve the next customer; the sale goes on.")


@dataclass(frozen=True)
class Look:
    """`tone` is one of busy, good, bad, doubt, quiet; it colours, the words tell."""

    icon: str
    tone: str
    heading: str | Promise
    text: str | Promise


LOOKS: dict[str, Look] = {
    S.CREATED: Look("loader-circle", "busy", _("Not sent yet"), _("It will be sent in a moment.")),
    S.SUBMITTED: Look("loader-circle", "busy", _("Sending to the operator…"), _NOT_AGAIN),
    S.PENDING: Look("loader-circle", "busy", _("In progress"), _NOT_AGAIN),
    S.IN_DOUBT: Look(
        "clock", "doubt", _("Being checked"),
        _("The operator has not answered clearly. Do not sell it again: we keep asking, and "
          "the money stays aside until the answer is final."),
    ),
    S.IN_REVIEW: Look(
        "clock", "doubt", _("Being checked"),
        _("This takes unusually long. Your distributor has been told. Do not sell it again."),
    ),
    S.COMPLETED: Look("circle-check", "good", _("Done"), _("Delivered to the customer.")),
    S.DECLINED: Look("circle-x", "bad", _("Refused"), _("The money is back on your float.")),
    S.CANCELLED: Look("undo-2", "quiet", _("Not sent"), _("The money is back on your float.")),
    S.REVERSED: Look(
        "undo-2", "quiet", _("Money returned"), _("The money is back on your float.")
    ),
    S.REFUNDED: Look(
        "undo-2", "quiet", _("Money returned"), _("The money is back on your float.")
    ),
    S.DELIVERED_LATE: Look(
        "circle-alert", "doubt", _("Done late"),
        _("It arrived after the money was given back. Your distributor will call you."),
    ),
}  # fmt: skip


def look(sale: Sale, *, is_code_awaited: bool = False) -> Look:
    """The picture and the words for a sale."""
    found = LOOKS[sale.state]
    if sale.is_delivered and is_code_awaited:
        text = _("Paid. The code is on its way; this page shows it when it comes.")
        return replace(found, text=text)
    if sale.state == S.COMPLETED and sale.kind == Kind.BILL:
        return replace(found, text=_("Paid to the biller."))
    return found


def give_back(sale: Sale, *, is_owed: bool) -> str:
    """What the customer gets of a sale that came to nothing; "" where a slip says it.

    `is_owed`: the sale is of a shift, and what it owes, or owed, is told beside.
    """
    if sale.state not in GIVEN_BACK or is_owed:
        return ""
    paid, currency = sale.price, sale.currency
    if sale.collected_amount is not None:
        paid, currency = sale.collected_amount, sale.collected_currency
    told = gettext("Give %(amount)s back to the customer, or sell him something else.")
    return told % {"amount": money_text(paid, currency)}


def advice(sale: Sale) -> str:
    """What to do next after a refusal; empty if there is nothing to do."""
    return refusals.advice(sale)


def answer(sale: Sale) -> dict[str, str]:
    """What the page says of the provider's last answer: words, whose turn it is, its own text."""
    step = refusals.step(sale)
    return {
        "happened": refusals.happened(sale) if sale.is_open else "",  # else part of the advice
        "turn": str(step.label) if step and step is not Step.CHECKED else "",
        "providers_text": refusals.providers_text(sale),
    }


def why(sale: Sale) -> str:
    """Why a sale of the list was refused, in a sentence; else ""."""
    return "" if sale.is_open else refusals.happened(sale)
