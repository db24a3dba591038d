"""Browsing without a number: countries, their operators, and a search over everything."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from catalog import queries
from catalog.models import Country
from portal.decorators import AgentRequest, agent_page
from portal.http import page
from topup.kinds import BY_CATEGORY
from topup.services.assortment import assortment_of


@require_GET
@agent_page
def countries(request: AgentRequest) -> HttpResponse:
    """Every country with something on sale; with `q`, what the words match instead."""
    text = request.GET.get("q", "").strip()[:100]
    off = assortment_of(request.shop).switched_off
    context = {
        "text": text,
        "countries": [] if text else queries.countries(category=BY_CATEGORY, apart=off),
        "found": queries.search(text, category=BY_CATEGORY, apart=off),
        "limit": queries.SEARCH_LIMIT,
    }
    return page(request, "sell/browse.html", context, fragment="sell/_browse.html")


@require_GET
@agent_page
def operators(request: AgentRequest, code: str) -> HttpResponse:
    """The operators of one country."""
    country = get_object_or_404(Country.objects.defer("raw"), pk=code.upper())
    off = assortment_of(request.shop).switched_off
    found = queries.operators(country, category=BY_CATEGORY, apart=off)
    return page(request, "sell/operators.html", {"country": country, "operators": found})
