"""The audit log, to look at."""

import json
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from ledger.admin import BoundedPaginator, ReadOnly
from topup.models import AuditEntry
from topup.models.audit import WATCHED
from topup.services.audit import called

#: Parameters of links from other pages; each has its index.
_LINKS = ("subject", "object_id", "shop_id", "person_id", "actor_id")


class SubjectFilter(admin.SimpleListFilter):
    title = _("on what")
    parameter_name = "subject"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return sorted((watched.table, called(watched.table)) for watched in WATCHED)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(subject=self.value()) if self.value() else queryset


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly, admin.ModelAdmin):
    """Nobody adds, changes or removes a row here; the database refuses it, too."""

    list_display = ("at", "who", "what", "kind", "object_name", "news", "address")
    list_filter = ("what", SubjectFilter, "at")
    search_fields = (
        "actor_name__exact", "object_name__exact", "request_id__exact", "address__exact",
    )  # fmt: skip
    search_help_text = _("A user name, a name of what was changed, a request id or an address.")
    paginator = BoundedPaginator
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    ordering = ("-id",)
    fields = readonly_fields = (
        "number", "at", "who", "what", "kind", "object_id", "object_name", "news", "address",
        "device_id", "request_id", "origin", "database_user", "digest",
    )  # fmt: skip

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        return lookup in _LINKS or super().lookup_allowed(lookup, value, request)

    @admin.display(description=_("who"))
    def who(self, entry: AuditEntry) -> str:
        return entry.actor_name or entry.origin or entry.database_user

    @admin.display(description=_("kind"))
    def kind(self, entry: AuditEntry) -> str:
        return called(entry.subject)

    @admin.display(description=_("before → after"))
    def news(self, entry: AuditEntry) -> str:
        """A line for each column; what was made or removed has only one side."""
        lines = [
            (column, _side(before), _side(after))
            for column, (before, after) in sorted(entry.changes.items())
        ]
        return format_html_join(mark_safe("<br>"), "{}: {} → {}", lines) if lines else "–"


def _side(value: Any) -> str:
    if value is None:
        return "–"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else text[:200] + "…"
