"""Shifts with their totals, and what shops owe to customers: to look at, nothing to change."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ledger.admin import BoundedPaginator, ReadOnly, figure
from topup.admin.base import sale_link
from topup.models import CashMove, Owed, Shift, ShiftCount
from topup.services import counting
from topup.services.shifts import is_intact


class GapFilter(admin.SimpleListFilter):
    """Shifts in which the count did not match."""

    title = gettext_lazy("gap")
    parameter_name = "gap"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", gettext_lazy("with a gap")), ("no", gettext_lazy("without"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Shift]) -> QuerySet[Shift]:
        wanted = {"yes": True, "no": False}.get(self.value() or "")
        return queryset if wanted is None else queryset.filter(totals__has_gap=wanted)


class CountInline(ReadOnly, admin.TabularInline):
    """Every count, each attempt."""

    model = ShiftCount
    fields = readonly_fields = (
        "moment", "attempt", "tender", "currency", "amount", "counted_by", "counted_at",
    )  # fmt: skip
    extra = 0
    can_delete = False


class MoveInline(ReadOnly, admin.TabularInline):
    """Money in and out beside the sales."""

    model = CashMove
    fields = readonly_fields = (
        "made_at", "kind", "tender", "currency", "amount", "reason", "made_by",
    )  # fmt: skip
    extra = 0
    can_delete = False


@admin.register(Shift)
class ShiftAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("__str__", "shop", "person", "state", "opened_at", "closed_at", "gap")
    list_filter = (GapFilter, "state")
    list_select_related = ("shop", "person")
    search_fields = ("shop__name", "person__username__exact")
    paginator = BoundedPaginator
    show_facets = admin.ShowFacets.NEVER
    inlines = (CountInline, MoveInline)
    fields = readonly_fields = (
        "shop", "number", "person", "device", "state", "opened_at", "counted_at", "closed_at",
        "sealed_by", "handed_to", "figures", "gap", "gap_note", "digest", "agrees",
    )  # fmt: skip

    @admin.display(description=gettext_lazy("gap"))
    def gap(self, shift: Shift) -> str:
        """Each tender and currency that did not match."""
        rows = [counting.from_json(row) for row in shift.totals.get("figures", [])]
        return ", ".join(
            f"{row.tender_label} {figure(row.gap)} {row.currency}" for row in rows if row.gap
        )

    @admin.display(description=gettext_lazy("figures"))
    def figures(self, shift: Shift) -> SafeString:
        """Expected and counted, as they were written when it was counted or sealed."""
        rows = [counting.from_json(row) for row in shift.totals.get("figures", [])]
        told = [
            _("%(tender)s %(currency)s: %(sales)s sold, expected %(expected)s, counted %(counted)s")
            % {
                "tender": row.tender_label, "currency": row.currency, "sales": row.sales,
                "expected": figure(row.expected),
                "counted": "–" if row.counted is None else figure(row.counted),
            }
            for row in rows
        ]  # fmt: skip
        return format_html_join("", "<div>{}</div>", ((line,) for line in told))

    @admin.display(description=gettext_lazy("digest agrees"), boolean=True)
    def agrees(self, shift: Shift) -> bool | None:
        """Whether the sealed figures are still those that were sealed."""
        return is_intact(shift) if shift.digest else None


@admin.register(Owed)
class OwedAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("since", "shop", "of_sale", "sum", "state", "closed_by", "never_printed")
    list_filter = ("state", "never_printed")
    list_select_related = ("sale__shop", "closed_by")
    search_fields = ("sale__correlation_id__exact", "sale__shop__name")
    paginator = BoundedPaginator
    show_facets = admin.ShowFacets.NEVER
    fields = readonly_fields = (
        "of_sale", "shop", "shift", "tender", "sum", "state", "since", "closed_at",
        "closed_by", "without_code", "never_printed", "wrong_codes", "for_sale",
    )  # fmt: skip

    @admin.display(description=gettext_lazy("sale"))
    def of_sale(self, owed: Owed) -> str:
        return sale_link(owed.sale)

    @admin.display(description=gettext_lazy("shop"))
    def shop(self, owed: Owed) -> str:
        return owed.sale.shop.name

    @admin.display(description=gettext_lazy("amount"), ordering="amount")
    def sum(self, owed: Owed) -> str:
        return f"{figure(owed.amount)} {owed.currency}"

    @admin.display(description=gettext_lazy("used for"))
    def for_sale(self, owed: Owed) -> str:
        return sale_link(owed.used_for)
