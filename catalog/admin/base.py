"""What the pages of the cached lists share: nobody adds, changes or removes a row."""

import json
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import flatten
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from catalog.models.base import CachedRow


class ReadOnly:
    """No adding, changing or removing."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class StandingFilter(admin.SimpleListFilter):
    """Rows that the provider lists, or that vanished from its lists."""

    title = _("state")
    parameter_name = "is"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("listed", _("listed")), ("retired", _("retired"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "retired":
            return queryset.exclude(retired_at=None)
        return queryset.filter(retired_at=None) if self.value() == "listed" else queryset


class CachedRowAdmin(ReadOnly, admin.ModelAdmin):
    """A list whose pages show `shown`, a line each, and the provider's own row at the end."""

    shown: tuple[Any, ...] = ()

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        return [*self.shown, ("seen_at", "changed_at", "retired_at"), "providers_row"]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        names: list[Any] = flatten(self.get_fields(request, obj))
        return names

    @admin.display(description=_("the provider's row"))
    def providers_row(self, row: CachedRow) -> str:
        text = json.dumps(row.raw, indent=2, ensure_ascii=False, sort_keys=True)
        return format_html("<pre>{}</pre>", text)
