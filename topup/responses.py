"""Every response code we know, in words: what happened, and what the agent does next.

One table for the counter, the admin and the customer. A code that is not in it proves
nothing and is told with the provider's own text; it is counted (`topup.services.codes`).
Codes that begin with H are ours: HTTP statuses of answers without a code.
"""

from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from valuetopup import codes


class Step(models.TextChoices):
    """Who can do something about a code."""

    NOTHING = "nothing", gettext_lazy("nothing to do")
    MEND = "mend", gettext_lazy("can be put right here")
    LATER = "later", gettext_lazy("try later")
    OPERATOR = "operator", gettext_lazy("ask the operator")
    ADMIN = "admin", gettext_lazy("ask the distributor")
    CHECKED = "checked", gettext_lazy("being checked")


@dataclass(frozen=True)
class Response:
    """A code in words: `happened` and `next_step` are whole sentences for the agent."""

    step: Step
    happened: str | Promise
    next_step: str | Promise

    @property
    def advice(self) -> str:
        return f"{self.happened} {self.next_step}"


def response_for(code: str) -> Response | None:
    """The words for a code; None if we do not know it. An HTTP status has those of its class."""
    if code.startswith("H"):
        return TABLE.get(code) or TABLE.get(code[:2]) or TABLE["H"]
    return TABLE.get(code)


def for_customer(code: str) -> str:
    """What happened, for somebody who is not of the shop; nothing about its money with us."""
    found = response_for(code)
    if found and found.step in {Step.MEND, Step.LATER, Step.OPERATOR}:
        return str(found.happened)
    return _("The operator did not carry it out.")


def is_known(code: str) -> bool:
    return response_for(code) is not None


_CHECK_NUMBER = gettext_lazy("Check the number with the customer and sell again.")
_OTHER_AMOUNT = gettext_lazy("Choose another amount.")
_SOON = gettext_lazy("Try again in a few minutes.")
_TOMORROW = gettext_lazy("Try again tomorrow.")
_CALL = gettext_lazy("Call your distributor.")
_ASK_OPERATOR = gettext_lazy(
    "Check the number with the customer. If it is right, the customer should ask the operator."
)
_WAIT = gettext_lazy("Do not sell it again: we keep asking until the answer is final.")
_NOTHING = gettext_lazy("There is nothing to do.")
_UNCLEAR = gettext_lazy("The operator has not said clearly whether it was carried out.")
_UNREACHABLE = gettext_lazy("The operator cannot be reached.")
_REFUSES = gettext_lazy("The operator refuses this number.")
_ACCOUNT = gettext_lazy("The distributor's account with the provider has reached a limit.")
_DOOR = gettext_lazy("The provider did not let us in. Nothing was sold.")
_UNREADABLE = gettext_lazy("The provider did not accept the order as it was sent.")
_NO_ANSWER = gettext_lazy("The provider gave no readable answer.")

TABLE: dict[str, Response] = {
    codes.SUCCESS: Response(Step.NOTHING, gettext_lazy("It was delivered."), _NOTHING),
    "851": Response(Step.CHECKED, gettext_lazy("The operator is working on it."), _WAIT),
    "852": Response(Step.CHECKED, gettext_lazy("The operator is working on it."), _WAIT),
    "015": Response(Step.CHECKED, _UNCLEAR, _WAIT),
    "560": Response(
        Step.CHECKED, gettext_lazy("The operator did not answer the provider in time."), _WAIT
    ),
    "590": Response(Step.CHECKED, _UNCLEAR, _WAIT),
    "600": Response(Step.CHECKED, _UNCLEAR, _WAIT),
    "999": Response(Step.CHECKED, _UNCLEAR, _WAIT),
    codes.UNKNOWN_ID: Response(
        Step.CHECKED, gettext_lazy("The provider does not know this order yet."), _WAIT
    ),
    codes.DUPLICATE: Response(
        Step.CHECKED, gettext_lazy("The provider has had an order of this name before."), _WAIT
    ),
    "001": Response(
        Step.MEND, gettext_lazy("The operator does not take this amount."), _OTHER_AMOUNT
    ),
    "003": Response(Step.ADMIN, _ACCOUNT, _CALL),
    "004": Response(Step.ADMIN, _ACCOUNT, _CALL),
    "005": Response(
        Step.LATER, gettext_lazy("Selling is not allowed at this hour."),
        gettext_lazy("Try again later."),
    ),
    "009": Response(Step.ADMIN, _ACCOUNT, _CALL),
    "027": Response(
        Step.LATER, gettext_lazy("This number was topped up a moment ago."),
        gettext_lazy("Wait some minutes, then sell again."),
    ),
    "032": Response(
        Step.LATER, gettext_lazy("This number has reached its limit for today."), _TOMORROW
    ),
    "033": Response(
        Step.MEND, gettext_lazy("The number does not look like one of this operator."),
        _CHECK_NUMBER,
    ),
    "035": Response(Step.ADMIN, _ACCOUNT, _CALL),
    "041": Response(
        Step.LATER, gettext_lazy("The operator is under maintenance."),
        gettext_lazy("Try again later."),
    ),
    "500": Response(Step.OPERATOR, _REFUSES, _ASK_OPERATOR),
    "501": Response(
        Step.MEND, gettext_lazy("The operator does not know this number."), _CHECK_NUMBER
    ),
    "502": Response(Step.OPERATOR, _REFUSES, _ASK_OPERATOR),
    "503": Response(
        Step.MEND, gettext_lazy("The amount is too high for this number."),
        gettext_lazy("Choose a smaller one."),
    ),
    "510": Response(
        Step.MEND, gettext_lazy("This product is sold out."),
        gettext_lazy("Offer another product."),
    ),
    "520": Response(
        Step.LATER, gettext_lazy("The operator has a fault in its own house."), _SOON
    ),
    "530": Response(
        Step.LATER, gettext_lazy("The operator's limit for today is reached."), _TOMORROW
    ),
    "540": Response(
        Step.MEND,
        gettext_lazy("The operator thinks this is a second top-up of the same number."),
        gettext_lazy("Ask the customer before you sell again."),
    ),
    "570": Response(Step.LATER, _UNREACHABLE, _SOON),
    "580": Response(Step.LATER, _UNREACHABLE, _SOON),
    "998": Response(
        Step.LATER, gettext_lazy("The provider's system is closed for a moment."), _SOON
    ),
    "H400": Response(Step.MEND, _UNREADABLE, gettext_lazy("Offer another product or amount.")),
    "H415": Response(Step.ADMIN, _UNREADABLE, _CALL),
    "H401": Response(Step.ADMIN, _DOOR, _CALL),
    "H403": Response(Step.ADMIN, _DOOR, _CALL),
    "H404": Response(Step.ADMIN, _DOOR, _CALL),
    "H408": Response(Step.CHECKED, _NO_ANSWER, _WAIT),
    "H429": Response(Step.CHECKED, gettext_lazy("The provider has too much to do."), _WAIT),
    "H4": Response(Step.CHECKED, _NO_ANSWER, _WAIT),
    "H5": Response(
        Step.CHECKED, gettext_lazy("The provider's system had a fault."), _WAIT
    ),
    "H": Response(Step.CHECKED, _NO_ANSWER, _WAIT),
}  # fmt: skip
