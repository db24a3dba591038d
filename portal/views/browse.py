"""Browsing without a number: countries, their operators, and a search over everything."""

from collections.abc import Iterable
from functools import partial

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from catalog import queries, texts
from catalog.models import Country
from portal import weatherwords
from portal.decorators import AgentRequest, agent_page
from portal.http import page
from portal.kindchips import categories_of, chips, chosen_kind
from topup.services.assortment import assortment_of


@require_GET
@agent_page
def countries(request: AgentRequest) -> HttpResponse:
    """Every country with something on sale; with `q`, what the words match instead."""
    text, kind = request.GET.get("q", "").strip()[:100], chosen_kind(request)
    off, wanted = assortment_of(request.shop).switched_off, categories_of(kind)
    context = {
        "text": text, "kind": kind,
        "chips": partial(chips, apart=off, chosen=kind),
        "countries": [] if text else _named(queries.countries(category=wanted, apart=off)),
        "found": queries.search(text, category=wanted, apart=off),
        "limit": queries.SEARCH_LIMIT,
    }  # fmt: skip
    return page(request, "sell/browse.html", context, fragment="sell/_browse.html")


def _named(found: Iterable[Country]) -> list[Country]:
    """In the order of their names in the language of the page."""
    return sorted(found, key=texts.country_name)


@require_GET
@agent_page
def operators(request: AgentRequest, code: str) -> HttpResponse:
    """The operators of one country."""
    country = get_object_or_404(Country.objects.defer("raw"), pk=code.upper())
    off, kind = assortment_of(request.shop).switched_off, chosen_kind(request)
    found = [*queries.operators(country, category=categories_of(kind), apart=off)]
    weatherwords.tell(found, request.shop)
    context = {
        "country": country, "kind": kind, "chips": partial(chips, apart=off, chosen=kind),
        "operators": found,
    }  # fmt: skip
    return page(request, "sell/operators.html", context)
