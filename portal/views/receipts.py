"""The receipt of a sale, for screen and paper."""

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_GET

from portal.decorators import AgentRequest, agent_page
from portal.http import page
from topup.models import Sale
from topup.queries import sale_for
from topup.services import receipts


@require_GET
@agent_page
def receipt(request: AgentRequest, correlation_id: str) -> HttpResponse:
    """What the customer takes home; only for people of the shop that sold it."""
    try:
        found = sale_for(request.user, correlation_id)
    except Sale.DoesNotExist:
        raise Http404 from None
    built = receipts.build(sale=found, person=request.user)
    return page(request, "receipts/receipt.html", {"receipt": built, "sale": found})
