"""Response codes, as answered and as listed: how often, and whether we have words for them."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from catalog.models import ErrorCode
from ledger.admin import ReadOnly
from topup.models import SeenCode
from topup.responses import response_for
from topup.seen_codes import UNKNOWN


class WordsFilter(admin.SimpleListFilter):
    title = _("words of ours")
    parameter_name = "words"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("ours", _("known")), ("none", _("not known"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "none":
            return queryset.filter(UNKNOWN)
        return queryset.exclude(UNKNOWN) if self.value() == "ours" else queryset


class InOurWords(ReadOnly):
    """Columns that say what we make of a row's code."""

    @admin.display(description=_("known"), boolean=True)
    def is_mapped(self, row: SeenCode | ErrorCode) -> bool:
        return response_for(row.code) is not None

    @admin.display(description=_("whose turn"))
    def turn(self, row: SeenCode | ErrorCode) -> str:
        found = response_for(row.code)
        return str(found.step.label) if found else ""

    @admin.display(description=_("what agents are told"))
    def in_words(self, row: SeenCode | ErrorCode) -> str:
        found = response_for(row.code)
        return found.advice if found else ""

    @admin.display(description=_("the provider's text"))
    def own_text(self, row: SeenCode | ErrorCode) -> str:
        return format_html('<span dir="auto">{}</span>', row.text)


@admin.register(SeenCode)
class SeenCodeAdmin(InOurWords, admin.ModelAdmin):
    list_display = ("code", "times", "is_mapped", "own_text", "in_words", "turn", "last_seen_at")
    list_filter = (WordsFilter, "last_seen_at")
    search_fields = ("code__exact", "text")
    fields = readonly_fields = (
        "code", "times", "first_seen_at", "last_seen_at", "is_mapped", "turn", "in_words",
        "own_text",
    )  # fmt: skip


@admin.register(ErrorCode)
class ErrorCodeAdmin(InOurWords, admin.ModelAdmin):
    """The provider's own list, whether a code of it was ever answered or not."""

    list_display = ("code", "own_text", "is_mapped", "turn", "in_words", "last_seen_at")
    list_filter = (WordsFilter,)
    search_fields = ("code__exact", "text")
    fields = readonly_fields = (
        "code", "language", "own_text", "is_mapped", "turn", "in_words", "first_seen_at",
        "last_seen_at",
    )  # fmt: skip
