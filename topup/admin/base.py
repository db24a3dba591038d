"""What the pages of the admin share: who acts, who may, and links between rows."""

from typing import Any

from django.contrib import admin
from django.contrib.auth import get_permission_codename
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from ledger.admin import ReadOnly
from topup.models import Person, Sale
from topup.states import SaleState


def person_of(request: HttpRequest) -> Person:
    """Who is signed in; only for pages behind the admin's door."""
    assert isinstance(request.user, Person)
    return request.user


class ActedUpon(ReadOnly):
    """Rows that nobody edits, but that those who may change them act upon."""

    opts: Any

    def has_act_permission(self, request: HttpRequest) -> bool:
        codename = get_permission_codename("change", self.opts)
        return request.user.has_perm(f"{self.opts.app_label}.{codename}")


class OpenFilter(admin.SimpleListFilter):
    """Rows that a person has not dealt with yet."""

    title = _("state")
    parameter_name = "is"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", _("open")), ("cleared", _("cleared"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "open":
            return queryset.filter(cleared_at=None)
        return queryset.exclude(cleared_at=None) if self.value() == "cleared" else queryset


def in_words(state: SaleState) -> str:
    """The word that people see, and our own where two states share it."""
    shared = [other for other in SaleState if other.label == state.label]
    return f"{state.label} ({state.value})" if len(shared) > 1 else str(state.label)


def sale_link(sale: Sale | None) -> str:
    """The sale's id, leading to its page."""
    if sale is None:
        return ""
    url = reverse("admin:topup_sale_change", args=[sale.pk])
    return format_html('<a href="{}">{}</a>', url, sale.correlation_id)
