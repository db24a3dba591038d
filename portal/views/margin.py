"""The shop's own margin: shown to who sells, or hidden from the customer beside him."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from portal.decorators import AgentRequest, agent_page
from portal.http import see_other


@require_POST
@agent_page
def margin(request: AgentRequest) -> HttpResponse:
    """Hide the margin, or show it, on every page of this person. Safe to repeat."""
    request.user.hides_margin = request.POST.get("hide") == "1"
    request.user.save(update_fields=["hides_margin"])
    return see_other(request, way_on(request))


def way_on(request: HttpRequest) -> str:
    """The page a small form was pressed on; the sell page for an address that is not ours."""
    url = request.POST.get("next", "")
    is_ours = url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)
    return url if is_ours else reverse("sell:start")
