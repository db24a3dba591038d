"""What the agent is told about the provider's answer to one sale, and what he does next."""

from django.utils.translation import gettext as _

from topup import responses
from topup.models import Sale
from topup.responses import Response, Step, response_for
from topup.states import OPEN, Basis, SaleState


def advice(sale: Sale) -> str:
    """One or two sentences; empty while there is nothing to do."""
    if sale.state == SaleState.CANCELLED:
        return _("Nothing was sent and nothing was charged. You can sell again.")
    if sale.state != SaleState.DECLINED:
        return ""
    if sale.basis == Basis.REFUSED:
        found = response_for(sale.response_code)
        return found.advice if found else _("Offer another product or amount.")
    if sale.basis == Basis.BY_HAND:
        return _("Your distributor has found out that it was not delivered. You can sell again.")
    return _("The operator never received it. Nothing was charged. You can sell again.")


def happened(sale: Sale) -> str:
    """What the last answer said of a sale that is open or was refused, in a sentence; or ""."""
    found = _response(sale)
    return str(found.happened) if found else ""


def for_customer(sale: Sale) -> str:
    """What happened to a refused sale, for the customer; "" where the code is not the reason."""
    return responses.for_customer(sale.response_code) if _is_refused(sale) else ""


def step(sale: Sale) -> Step | None:
    """Who can do something about a sale that is open or was refused; None for all others."""
    if sale.state in OPEN:
        return Step.CHECKED if sale.response_code else None
    if sale.state != SaleState.DECLINED:
        return None
    found = _response(sale)
    return found.step if found else Step.MEND  # it never arrived: sell it again


def providers_text(sale: Sale) -> str:
    """The provider's own words for a code that we have none for; else ""."""
    if not sale.response_code or response_for(sale.response_code):
        return ""
    is_told = sale.state in OPEN or sale.state == SaleState.DECLINED
    return sale.response_message or sale.response_code if is_told else ""


def _response(sale: Sale) -> Response | None:
    """The words for the sale's code, where the code is why the sale stands as it does."""
    is_why = sale.state in OPEN or _is_refused(sale)
    return response_for(sale.response_code) if is_why else None


def _is_refused(sale: Sale) -> bool:
    return sale.state == SaleState.DECLINED and sale.basis == Basis.REFUSED
