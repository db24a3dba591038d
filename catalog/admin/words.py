"""Promotions and logos, as the provider has them: to look at only."""

import json
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from catalog.admin.base import ReadOnly
from catalog.models import Logo, Promotion


class RunsFilter(admin.SimpleListFilter):
    """By our clock, not by the list in which the provider has it."""

    title = _("state")
    parameter_name = "is"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("running", _("running")), ("upcoming", _("to come")), ("ended", _("ended"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        now = timezone.now()
        ended = ~Q(gone_at=None) | Q(ends_at__lte=now)
        begun = Q(is_upcoming=False) | Q(starts_at__lte=now)
        if self.value() == "ended":
            return queryset.filter(ended)
        if self.value() == "running":
            return queryset.exclude(ended).filter(begun)
        return queryset.exclude(ended).exclude(begun) if self.value() == "upcoming" else queryset


@admin.register(Promotion)
class PromotionAdmin(ReadOnly, admin.ModelAdmin):
    list_display = (
        "told_name", "standing", "begins", "ends", "told_text", "amounts", "operator", "country",
    )  # fmt: skip
    list_filter = (RunsFilter, ("country", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("operator", "country")
    search_fields = ("name", "description", "operator__name", "country__name")
    fields = readonly_fields = (
        "told_name", "told_text", "told_restriction", "standing", "operator", "product",
        "country", "amounts", "start_text", "starts_at", "end_text", "ends_at", "first_seen_at",
        "seen_at", "gone_at", "providers_row",
    )  # fmt: skip

    @admin.display(description=_("name"), ordering="name")
    def told_name(self, row: Promotion) -> str:
        return _as_told(row.name or f"#{row.pk}")

    @admin.display(description=_("description"))
    def told_text(self, row: Promotion) -> str:
        return _as_told(row.description)

    @admin.display(description=_("restriction"))
    def told_restriction(self, row: Promotion) -> str:
        return _as_told(row.restriction)

    @admin.display(description=_("starts there"), ordering="starts_at")
    def begins(self, row: Promotion) -> str:
        return _clock(row.local_start, row.start_text)

    @admin.display(description=_("ends there"), ordering="ends_at")
    def ends(self, row: Promotion) -> str:
        return _clock(row.local_end, row.end_text)

    @admin.display(description=_("amounts"))
    def amounts(self, row: Promotion) -> str:
        return ", ".join(
            f"{span['min'] or '…'}–{span['max'] or '…'} {span['currency']}".strip()
            for span in row.ranges
        )

    @admin.display(description=_("state"))
    def standing(self, row: Promotion) -> str:
        now = timezone.now()
        if row.gone_at or (row.ends_at and row.ends_at <= now):
            return str(_("ended"))
        return str(_("running") if row.has_begun(now) else _("to come"))

    @admin.display(description=_("the provider's row"))
    def providers_row(self, row: Promotion) -> str:
        text = json.dumps(row.raw, indent=2, ensure_ascii=False, sort_keys=True)
        return format_html("<pre>{}</pre>", text)


def _clock(local: datetime | None, text: str) -> str:
    """By the clock over there; as written where that cannot be read."""
    return f"{local:%Y-%m-%d %H:%M}" if local else _as_told(text)


def _as_told(text: str) -> str:
    """Words of the provider, in whatever direction they run."""
    return format_html('<span dir="auto">{}</span>', text)


class PictureFilter(admin.SimpleListFilter):
    title = _("picture")
    parameter_name = "is"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("kept", _("kept")), ("missing", _("missing"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "missing":
            return queryset.filter(digest="")
        return queryset.exclude(digest="") if self.value() == "kept" else queryset


@admin.register(Logo)
class LogoAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("picture", "url", "problem", "fetched_at", "next_try_at")
    list_display_links = ("url",)
    list_filter = (PictureFilter,)
    search_fields = ("url", "problem")
    fields = readonly_fields = (
        "picture", "url", "problem", "fetched_at", "tried_at", "next_try_at",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Logo]:
        rows: QuerySet[Logo] = super().get_queryset(request)
        return rows.defer("small", "large")

    @admin.display(description=_("picture"))
    def picture(self, logo: Logo) -> str:
        if not logo.digest:
            return ""
        # The page of pictures is the portal's; its name is all that is known of it here.
        url = reverse("logos:logo", args=[logo.digest, 128])
        return format_html('<img src="{}" alt="" width="48" height="48" loading="lazy">', url)
