"""Which operator a number belongs to. A suggestion: the agent always chooses.

The page waits two seconds at most, for cache and provider together. Where the
provider cannot say (a country without lookup, an error, too slow) the country
comes from the dial code. Only ids are taken from its answer. Never raises for
the provider or the cache.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache

from catalog.enums import Category
from catalog.models import Country, Operator
from catalog.places import country_of
from catalog.provider import client, told
from catalog.queries import operators, with_something_sellable
from valuetopup.errors import ConfigurationError, RefusedError, RejectedRequestError

DEADLINE = 1.7  # seconds for cache and provider; the rest of the two is for our own queries
_KNOWN_FOR, _REFUSED_FOR, _DOWN_FOR = 600, 30, 30  # seconds an answer or its absence is kept
_DOWN = "lookup:down"
_log = logging.getLogger(__name__)

Hit = tuple[int, str]  # the provider's operator id and country code


@dataclass(frozen=True)
class Lookup:
    """What is known about a number. `source` says who said so: provider, prefix or none.

    `candidates` are operators with something on sale, the provider's hits first.
    `best` is the one to preselect: the provider's first hit, or the country's only one.
    """

    msisdn: str
    country: Country | None
    candidates: tuple[Operator, ...]
    source: str
    best: Operator | None


def find_operator(msisdn: str, *, asks: bool = True) -> Lookup:
    """Operators that a number may belong to. Digits, country code first.

    Without `asks` the provider is not asked, and the number alone says what it can.
    """
    hits = _operators_of(_hits(msisdn)) if asks else []
    country = hits[0].country if hits else country_of(msisdn)
    others = list(operators(country, category=Category.RTR)) if country else []
    seen = {operator.pk for operator in hits}
    candidates = (*hits, *(operator for operator in others if operator.pk not in seen))
    if hits:
        return Lookup(msisdn, country, candidates, "provider", hits[0])
    best = candidates[0] if len(candidates) == 1 else None
    return Lookup(msisdn, country, candidates, "prefix" if country else "none", best)


def _operators_of(hits: list[Hit]) -> list[Operator]:
    """Our rows for the provider's ids, in its order; those with nothing on sale left out."""
    if not hits:
        return []
    found = with_something_sellable(
        Operator.objects.filter(provider_id__in={provider_id for provider_id, _code in hits})
    )
    rows = {(row.provider_id, row.country_id): row for row in found.select_related("country")}
    return [rows[hit] for hit in dict.fromkeys(hits) if hit in rows]


def _hits(msisdn: str) -> list[Hit]:
    """The provider's answer, from the cache if it is fresh; empty if it cannot say."""
    until = time.monotonic() + DEADLINE
    key = f"lookup:{msisdn}"
    kept = _cache_get_many([key, _DOWN])
    if kept is None:  # no cache: ask, in what is left of the time, and keep nothing
        return _ask(msisdn, until - time.monotonic(), lambda *_: None)
    if key in kept:
        return [(provider_id, code) for provider_id, code in kept[key]]
    if _DOWN in kept:
        return []
    return _ask(msisdn, until - time.monotonic(), _cache_set)


def _ask(msisdn: str, seconds: float, keep: Callable[[str, list[Hit], int], None]) -> list[Hit]:
    """The provider's answer; empty if it has none. Either is kept for a while."""
    key = f"lookup:{msisdn}"
    try:
        with told("lookup"):
            rows = client().lookup_mobile(msisdn, deadline=seconds)
    except Exception as error:
        keep(*_failure(key, error))
        return []
    hits = [(row.operator_id, row.country_code) for row in rows if row.operator_id is not None]
    keep(key, hits, _KNOWN_FOR)
    return hits


def _failure(key: str, error: Exception) -> tuple[str, list[Hit], int]:
    """What to keep: about this number if the provider said no, else about the provider."""
    said_no = isinstance(error, RefusedError | RejectedRequestError | ValueError) or (
        isinstance(error, ConfigurationError) and error.http_status == 404
    )
    if said_no:
        return key, [], _REFUSED_FOR
    return _DOWN, [], _DOWN_FOR


def _cache_get_many(keys: list[str]) -> dict[str, Any] | None:
    """What is kept of these; None if the cache does not answer."""
    try:
        return cache.get_many(keys)
    except Exception:
        _log.warning("the cache does not answer; numbers are looked up without it")
        return None


def _cache_set(key: str, value: list[Hit], seconds: int) -> None:
    try:
        cache.set(key, value, seconds)
    except Exception:
        _log.warning("the cache does not answer; a lookup is not kept")
