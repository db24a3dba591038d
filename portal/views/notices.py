"""What the distributor has written to the shop: read on the sell page, kept here."""

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_GET, require_POST

from portal.decorators import AgentRequest, agent_page
from portal.http import page, see_other
from portal.views.margin import way_on
from topup.services import notices

PER_PAGE = 20
MOST_PAGES = 500


@require_GET
@agent_page
def notice_list(request: AgentRequest) -> HttpResponse:
    """All notices of the shop, the newest first."""
    text = request.GET.get("page", "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 1
    number = min(max(number, 1), MOST_PAGES)
    first = (number - 1) * PER_PAGE
    rows = list(notices.all_of(request.user)[first : first + PER_PAGE + 1])
    context = {"rows": rows[:PER_PAGE], "has_more": len(rows) > PER_PAGE, "page": number}
    return page(request, "notices/list.html", context)


@require_POST
@agent_page
def read(request: AgentRequest, notice_id: int) -> HttpResponse:
    """Who presses has read a notice. Safe to repeat."""
    if not notices.mark_read(notice_id=notice_id, by=request.user):
        raise Http404
    return see_other(request, way_on(request))
