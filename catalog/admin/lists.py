"""Countries, operators and products."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from catalog.admin.base import CachedRowAdmin, StandingFilter
from catalog.models import Country, Operator, Product


@admin.register(Country)
class CountryAdmin(CachedRowAdmin):
    list_display = ("name", "code", "region", "codes", "number_length", "retired_at")
    list_filter = (StandingFilter, "region")
    search_fields = ("name", "code__iexact")
    shown = (("name", "code"), "region", ("codes", "area_codes", "number_length"))

    @admin.display(description=_("dial codes"))
    def codes(self, country: Country) -> str:
        return ", ".join(f"+{code}" for code in country.dial_codes)


@admin.register(Operator)
class OperatorAdmin(CachedRowAdmin):
    list_display = ("name", "country", "provider_id", "retired_at")
    list_filter = (StandingFilter, ("country", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("country",)
    search_fields = ("name", "country__name", "provider_id__exact")
    shown = (("name", "provider_id"), "country", "image_url")


@admin.register(Product)
class ProductAdmin(CachedRowAdmin):
    list_display = ("name", "category", "operator", "country", "provider_id", "retired_at")
    list_filter = (StandingFilter, "category", ("country", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("operator", "country")
    search_fields = ("name", "operator__name", "country__name", "provider_id__exact")
    shown = (
        ("name", "provider_id"), ("operator", "country"), ("category", "require_fetch_bundle"),
        "description", "image_url",
    )  # fmt: skip
