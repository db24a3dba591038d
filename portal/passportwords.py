"""How the public page, and the kiosk, speak of a sale to the customer: plain words, and what he
can do."""

from dataclasses import replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.statewords import Look
from topup import refusals
from topup.models import Kind, Sale
from topup.states import SaleState

S = SaleState
_ON_ITS_WAY = Look(
    "loader-circle", "quiet", gettext_lazy("In progress"),
    gettext_lazy("It is on its way. Open this page again in a few minutes."),
)  # fmt: skip
_CHECKED = Look(
    "clock", "doubt", gettext_lazy("Being checked"),
    gettext_lazy("The operator has not answered yet. It is asked again; nothing is lost."),
)  # fmt: skip
_ASK_THE_SHOP = gettext_lazy("Ask the shop for your money.")
_BACK = Look(
    "undo-2", "quiet", gettext_lazy("Money returned"),
    gettext_lazy("It was taken back. Ask the shop about your money."),
)  # fmt: skip

LOOKS: dict[str, Look] = {
    S.CREATED: _ON_ITS_WAY,
    S.SUBMITTED: _ON_ITS_WAY,
    S.PENDING: _ON_ITS_WAY,
    S.IN_DOUBT: _CHECKED,
    S.IN_REVIEW: _CHECKED,
    S.COMPLETED: Look(
        "circle-check", "good", gettext_lazy("Done"), gettext_lazy("It was delivered.")
    ),
    S.DECLINED: Look(
        "circle-x", "bad", gettext_lazy("Refused"),
        gettext_lazy("The operator refused it. Ask the shop for your money."),
    ),
    S.CANCELLED: Look(
        "undo-2", "quiet", gettext_lazy("Not sent"),
        gettext_lazy("It was not sent. Ask the shop for your money."),
    ),
    S.REVERSED: _BACK,
    S.REFUNDED: _BACK,
    S.DELIVERED_LATE: Look(
        "circle-check", "good", gettext_lazy("Done late"),
        gettext_lazy("It was delivered later than it should."),
    ),
}  # fmt: skip


def look(sale: Sale, *, is_code_awaited: bool, at_kiosk: bool = False) -> Look:
    """The picture and the words for a sale; a kiosk's screen is nobody's to open again later."""
    found = LOOKS[sale.state]
    if at_kiosk and found is _ON_ITS_WAY:
        return replace(found, text=_("It is on its way. Ask here again in a few minutes."))
    if found.tone == "good" and is_code_awaited:
        text = _("Paid. The code is on its way: ask at the counter.")
        return Look("clock", "quiet", _("In progress"), text)
    if sale.state == S.COMPLETED and sale.kind == Kind.BILL:
        return replace(found, text=_("Paid to the biller."))
    if why := refusals.for_customer(sale):
        return replace(found, text=f"{why} {_ASK_THE_SHOP}")
    return found
