"""What can be sold, for pages. Every query is bounded and joins what its rows show."""

from collections.abc import Collection

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from catalog import searching
from catalog.models import Country, Operator, Sku, SyncRun
from catalog.texts import in_language

SEARCH_LIMIT = 40
type Categories = str | Collection[str] | None
NOTHING = Q()


def sellable() -> QuerySet[Sku]:
    """SKUs on sale: neither retired nor paused, with an amount and its currency.

    Not those that only the list of one number names: see `catalog.bundles`.
    """
    return Sku.objects.filter(
        is_dynamic=False,
        retired_at=None,
        paused_at=None,
        min_face_value__gt=0,
        max_face_value__gte=F("min_face_value"),
    ).exclude(face_currency="")


def countries(*, category: Categories = None, apart: Q = NOTHING) -> QuerySet[Country]:
    """Countries with something sellable (in a category, or one of several), by name.

    Here and below, `apart` are SKUs that are left out.
    """
    on_sale = _in(category, sellable(), apart).filter(operator__isnull=False)
    on_sale = on_sale.filter(country=OuterRef("pk"))
    return Country.objects.filter(Exists(on_sale)).defer("raw")


def operators(
    country: Country, *, category: Categories = None, apart: Q = NOTHING
) -> QuerySet[Operator]:
    """Operators of a country with something sellable (in a category), by name."""
    rows = Operator.objects.filter(country=country)
    return with_something_sellable(rows, category=category, apart=apart)


def with_something_sellable(
    rows: QuerySet[Operator], *, category: Categories = None, apart: Q = NOTHING
) -> QuerySet[Operator]:
    """Those of the operators that have something on sale (in a category)."""
    on_sale = _in(category, sellable(), apart).filter(operator=OuterRef("pk"))
    return rows.filter(Exists(on_sale)).defer("raw")


def sellable_skus(operator: Operator, *, category: Categories = None) -> QuerySet[Sku]:
    """What an operator has on sale, smallest amount first, with product and country."""
    return _joined(_in(category, sellable()).filter(operator=operator))


def categories_on_sale(categories: Collection[str], *, apart: Q = NOTHING) -> set[str]:
    """Which of the categories have something on sale. One query that stops at the first of each."""
    rows = _in(None, sellable(), apart).filter(operator__isnull=False).order_by()
    first = [rows.filter(category=name).values_list("category", flat=True)[:1]
             for name in categories]  # fmt: skip
    return set(first[0].union(*first[1:], all=True).order_by()) if first else set()


def search(text: str, *, category: Categories = None, apart: Q = NOTHING) -> list[Sku]:
    """SKUs on sale whose SKU, product, operator or country have every word; at most 40.

    Those of operators that are named so come first. See `catalog.searching`.
    """
    skus = _in(category, sellable(), apart).filter(operator__isnull=False)
    return searching.found(_joined(skus), text, most=SEARCH_LIMIT)


def wallet_currency_mismatch() -> str:
    """Why nothing may be sold, in a sentence, if the lists cost another currency; else ""."""
    run = SyncRun.objects.exclude(cost_currency="").only("cost_currency").first()
    return wrong_currency_text(run.cost_currency if run else "")


def wrong_currency_text(cost_currency: str) -> str:
    """The sentence for a cost currency that is not the wallet's; "" if it is, or is unknown."""
    wallet = settings.VALUETOPUP_WALLET_CURRENCY
    if not cost_currency or cost_currency == wallet:
        return ""
    return _(
        "The provider's costs are in %(seen)s, but the wallet is set to %(wallet)s. Nothing "
        "is sold until VALUETOPUP_WALLET_CURRENCY is right."
    ) % {"seen": cost_currency, "wallet": wallet}


def _in(category: Categories, skus: QuerySet[Sku], apart: Q = NOTHING) -> QuerySet[Sku]:
    """Only SKUs of a category, or of one of several; all if none is named."""
    if apart:
        skus = skus.exclude(apart)
    if category is None:
        return skus
    return skus.filter(category__in=[category] if isinstance(category, str) else list(category))


def _joined(skus: QuerySet[Sku]) -> QuerySet[Sku]:
    return (
        in_language(skus)
        .select_related("product", "operator", "country")
        .defer("raw", "product__raw", "operator__raw", "country__raw")
    )
