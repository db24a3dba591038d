"""Words of SKUs in the language of the person who looks; English where there are none."""

from functools import cache

from babel import Locale, UnknownLocaleError
from django.db.models import F, FilteredRelation, Q, QuerySet
from django.utils.translation import get_language, to_locale

from catalog.models import Country, Sku, SkuText

ENGLISH = "en"
_WORDS = ("name", "product_name", "description", "additional_information")


def in_language(skus: QuerySet[Sku], language: str | None = None) -> QuerySet[Sku]:
    """The same SKUs with their words joined; no query more. Read them with `Sku.shown_name`.

    `language` is that of the page, unless told. A country's form falls back to the
    language ("ar-eg" to "ar").
    """
    code = _kept_as(language or get_language() or ENGLISH)
    if code == ENGLISH:
        return skus
    own = FilteredRelation("texts", condition=Q(texts__language=code))
    return skus.alias(own_words=own).annotate(
        **{f"local_{word}": F(f"own_words__{word}") for word in _WORDS}
    )


def localised(sku: Sku) -> Sku:
    """The SKU with its words in the language of the page; at most one query, for a lone one.

    Lists are joined by `in_language` and ask nothing here.
    """
    code = _kept_as(get_language() or ENGLISH)
    if code == ENGLISH or hasattr(sku, "local_name"):
        return sku
    found = SkuText.objects.filter(sku=sku, language=code).values(*_WORDS).first() or {}
    for word in _WORDS:
        setattr(sku, f"local_{word}", found.get(word, ""))
    return sku


def name_of(sku_id: int | None, language: str) -> str:
    """A SKU's name in a language; "" where there is none. One query, none for English."""
    return _word(sku_id, "name", language)


def description_of(sku_id: int | None, language: str) -> str:
    """What a SKU is, in a language; "" where nothing is said. One query, none for English."""
    return _word(sku_id, "description", language)


def _word(sku_id: int | None, word: str, language: str) -> str:
    code = _kept_as(language)
    if sku_id is None or code == ENGLISH:
        return ""
    found = SkuText.objects.filter(sku=sku_id, language=code).values_list(word, flat=True)
    return found.first() or ""


def country_name(country: Country) -> str:
    """A country's name in the language of the page; the provider's where none is known."""
    code = _kept_as(get_language() or ENGLISH)
    return country.name if code == ENGLISH else _territories(code).get(country.code) or country.name


@cache
def _territories(language: str) -> dict[str, str]:
    try:
        return dict(Locale.parse(to_locale(language)).territories)
    except (UnknownLocaleError, ValueError):
        return {}


def _kept_as(language: str) -> str:
    """The language that words are kept under."""
    return language.lower().replace("_", "-").split("-")[0]
