"""Disputes: the queue by deadline, and the page on which one is reviewed, refused or refunded."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import flatten
from django.db.models import Case, F, IntegerField, QuerySet, Value, When
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ledger.admin import BoundedPaginator, figure
from topup.admin.base import ActedUpon, sale_link
from topup.admin.deciding import WIDE, Button, DecidePage, Words
from topup.models import Dispute, DisputeState, Person, Refund
from topup.models.dispute import OPEN_DISPUTES
from topup.services import disputes

SHOWN = (
    ("standing", "due"), ("of_sale", "shop"), ("reason", "text"), ("raised_by", "raised_at"),
    "was_shown", ("reviewed_by", "review"), ("decided_by", "decided_at"), "answer",
)  # fmt: skip
#: Open ones first, by their deadline; then the decided ones, the newest first.
_IS_OPEN = Case(
    When(state__in=OPEN_DISPUTES, then=Value(0)), default=Value(1), output_field=IntegerField()
)
_DUE = Case(When(state__in=OPEN_DISPUTES, then=F("due_at")))


class DisputeFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "is"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        waiting = [("open", gettext_lazy("open")), ("overdue", gettext_lazy("overdue"))]
        return [*waiting, *DisputeState.choices[2:]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() in {"open", "overdue"}:
            found = queryset.filter(state__in=OPEN_DISPUTES)
            is_open = self.value() == "open"
            return found if is_open else found.filter(due_at__lt=timezone.now())
        return queryset.filter(state=self.value()) if self.value() else queryset


class DisputeForm(forms.Form):
    """A review or an answer; the button says which."""

    answer = forms.CharField(
        label=gettext_lazy("Answer to the shop"), max_length=250, required=False, widget=WIDE,
        help_text=gettext_lazy("The shop reads it on the sale."),
    )  # fmt: skip
    review = forms.CharField(
        label=gettext_lazy("What you have found out"), max_length=300, required=False, widget=WIDE,
        help_text=gettext_lazy("For a review. A code that was shown is refunded after one only."),
    )  # fmt: skip


@admin.register(Dispute)
class DisputeAdmin(DecidePage, ActedUpon, admin.ModelAdmin):
    list_display = ("raised_at", "decide", "standing", "due", "shop", "reason", "paid", "of_sale")
    list_filter = (DisputeFilter, "reason")
    list_select_related = ("sale__shop",)
    search_fields = ("sale__correlation_id__exact", "sale__recipient__startswith")
    paginator = BoundedPaginator
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    fields = SHOWN
    readonly_fields = flatten(SHOWN)
    change_form_template = "admin/topup/decided.html"
    decide_form = DisputeForm
    decide_title = gettext_lazy("Decide the dispute")

    def get_ordering(self, request: HttpRequest) -> tuple[Any, ...]:
        return (_IS_OPEN, _DUE, "-id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Dispute]:
        found: QuerySet[Dispute] = super().get_queryset(request)
        return found.select_related("sale__shop", "raised_by", "reviewed_by", "decided_by")

    @admin.display(description=gettext_lazy("to do"))
    def decide(self, dispute: Dispute) -> str:
        if not dispute.is_open:
            return ""
        return format_html('<a href="{}">{}</a>', self.decide_url(dispute), _("Decide"))

    @admin.display(description=gettext_lazy("shop"))
    def shop(self, dispute: Dispute) -> str:
        return dispute.sale.shop.name

    @admin.display(description=gettext_lazy("sale"))
    def of_sale(self, dispute: Dispute) -> str:
        return sale_link(dispute.sale)

    @admin.display(description=gettext_lazy("price"))
    def paid(self, dispute: Dispute) -> str:
        return f"{figure(dispute.sale.price)} {dispute.sale.currency}"

    @admin.display(description=gettext_lazy("state"))
    def standing(self, dispute: Dispute) -> str:
        return dispute.get_state_display()

    @admin.display(description=gettext_lazy("answer by"))
    def due(self, dispute: Dispute) -> str:
        """The deadline; marked when it has passed and nobody has answered."""
        at = timezone.localtime(dispute.due_at).strftime("%Y-%m-%d %H:%M")
        if dispute.is_open and dispute.due_at < timezone.now():
            return format_html("<strong>{} {}</strong>", at, _("overdue"))
        return at

    def facts(self, row: Dispute) -> list[tuple[Words, Any]]:
        sale = row.sale
        return [
            (_("sale"), sale_link(sale)), (_("shop"), sale.shop), (_("reason"), row),
            (_("what happened"), row.text), (_("number"), sale.recipient),
            (_("product"), sale.sku_name), (_("price"), self.paid(row)),
            (_("the shop would get back"), f"{figure(sale.charge)} {sale.currency}"),
            (_("we would claim"), f"{figure(sale.invoice_amount or sale.cost)} {sale.currency}"),
            (_("code was shown"), _("yes: review it first") if _shown(row) else _("no")),
            (_("answer by"), self.due(row)), (_("reviewed by"), row.reviewed_by),
            (_("review"), row.review),
        ]  # fmt: skip

    def buttons(self, row: Dispute) -> list[Button]:
        if not row.is_open:
            return []
        return [
            Button("refuse", gettext_lazy("Refuse: the sale stays"), _refuse),
            Button("refund", gettext_lazy("Refund the shop"), _refund, ("topup.add_refund",)),
            Button("review", gettext_lazy("Keep the review"), _review),
        ]


def _shown(dispute: Dispute) -> bool:
    voucher = getattr(dispute.sale, "voucher", None)
    return voucher is not None and voucher.first_shown_at is not None


def _refuse(row: Dispute, by: Person, data: dict[str, Any]) -> Words:
    return str(disputes.refuse(dispute_id=row.pk, by=by, answer=data["answer"]))


def _refund(row: Dispute, by: Person, data: dict[str, Any]) -> Words:
    return str(disputes.refund(dispute_id=row.pk, by=by, answer=data["answer"]))


def _review(row: Dispute, by: Person, data: dict[str, Any]) -> Words:
    return str(disputes.review(dispute_id=row.pk, by=by, text=data["review"]))


@admin.register(Refund)
class RefundAdmin(ActedUpon, admin.ModelAdmin):
    """What was given back, to look at."""

    list_display = ("made_at", "of_sale", "shop", "returned", "reason", "made_by")
    list_select_related = ("sale__shop", "made_by")
    search_fields = ("sale__correlation_id__exact",)
    paginator = BoundedPaginator
    show_facets = admin.ShowFacets.NEVER
    fields = readonly_fields = (
        "of_sale", "shop", "returned", "dispute", "entry", "reason", "made_by", "made_at",
    )  # fmt: skip

    @admin.display(description=gettext_lazy("sale"))
    def of_sale(self, refund: Refund) -> str:
        return sale_link(refund.sale)

    @admin.display(description=gettext_lazy("shop"))
    def shop(self, refund: Refund) -> str:
        return refund.sale.shop.name

    @admin.display(description=gettext_lazy("given back"))
    def returned(self, refund: Refund) -> str:
        return f"{figure(refund.sale.charge)} {refund.sale.currency}"
