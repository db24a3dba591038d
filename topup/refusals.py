"""What the agent does next after a refusal, in his language, by the provider's code."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from topup.models import Sale
from topup.states import Basis, SaleState

_NUMBER = gettext_lazy("Check the number with the customer and sell again.")
_LATER = gettext_lazy("The operator cannot be reached. Try again in a few minutes.")
_OTHER = gettext_lazy("Offer another product or amount.")
_CALL = gettext_lazy("Call your distributor.")
_CUSTOMER = gettext_lazy("The operator refuses this number. The customer should ask the operator.")

ADVICE: dict[str, Promise] = {
    "001": gettext_lazy("The operator does not take this amount. Choose another amount."),
    "003": _CALL,
    "004": _CALL,
    "005": gettext_lazy("Selling is not allowed at this hour. Try again later."),
    "009": _CALL,
    "027": gettext_lazy(
        "This number was topped up a moment ago. Wait some minutes, then sell again."
    ),
    "032": gettext_lazy("This number has reached its limit for today. Try again tomorrow."),
    "033": _NUMBER,
    "035": _CALL,
    "041": gettext_lazy("The operator is under maintenance. Try again later."),
    "500": _CUSTOMER,
    "501": _NUMBER,
    "502": _CUSTOMER,
    "503": gettext_lazy("The amount is too high for this number. Choose a smaller one."),
    "510": gettext_lazy("This product is sold out. Offer another product."),
    "520": _LATER,
    "530": gettext_lazy("The operator's limit for today is reached. Try again tomorrow."),
    "540": gettext_lazy(
        "The operator thinks this is a second top-up of the same number. "
        "Ask the customer before you sell again."
    ),
    "570": _LATER,
    "580": _LATER,
    "998": _LATER,
}


def advice(sale: Sale) -> str:
    """One or two sentences; empty while there is nothing to do."""
    if sale.state == SaleState.CANCELLED:
        return _("Nothing was sent and nothing was charged. You can sell again.")
    if sale.state != SaleState.DECLINED:
        return ""
    if sale.basis == Basis.REFUSED:
        return str(ADVICE.get(sale.response_code, _OTHER))
    if sale.basis == Basis.BY_HAND:
        return _("Your distributor has found out that it was not delivered. You can sell again.")
    return _("The operator never received it. Nothing was charged. You can sell again.")
