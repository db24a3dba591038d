"""Ending a sale by hand: the part of the sales' admin that asks for reason and evidence."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ledger.admin import BoundedPaginator, figure
from topup.admin.amountfield import AmountField
from topup.admin.base import ActedUpon, in_words, sale_link
from topup.admin.deciding import WIDE, Button, DecidePage, Words
from topup.models import Person, Resolution, ResolutionState, Sale
from topup.models.resolution import OF_LATE, OF_REVIEW
from topup.services import resolving
from topup.states import SaleState

MAY_POST = ("ledger.add_entry",)


class ResolveForm(forms.Form):
    """What happened, why we believe it, and what proves it."""

    way = forms.ChoiceField(
        label=gettext_lazy("What happened"), choices=[], required=False, widget=forms.RadioSelect
    )
    amount = AmountField(
        label=gettext_lazy("The shop pays"), max_digits=14, decimal_places=4, required=False,
        help_text=gettext_lazy("As agreed with it; empty: the whole charge."),
    )  # fmt: skip
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=300, required=False, widget=WIDE
    )
    evidence = forms.CharField(
        label=gettext_lazy("Evidence"), max_length=500, required=False, widget=WIDE,
        help_text=gettext_lazy("Who said it, when, under which reference."),
    )  # fmt: skip


class SaleDecisions(DecidePage):
    """A part of the sales' admin."""

    decide_form = ResolveForm
    decide_title = gettext_lazy("Decide by hand")

    def make_form(self, row: Sale, data: Any) -> forms.Form:
        form = ResolveForm(data)
        is_late = row.state == SaleState.DELIVERED_LATE
        ways = OF_LATE if is_late else OF_REVIEW if row.state == SaleState.IN_REVIEW else ()
        if resolving.waiting_of(row) or not ways:
            del form.fields["way"]
        else:
            form.fields["way"].choices = [(way.value, way.label) for way in ways]  # type: ignore[attr-defined]
        if "way" not in form.fields or not is_late:
            del form.fields["amount"]
        if is_late or "way" not in form.fields:
            del form.fields["evidence"]
        if resolving.waiting_of(row):
            del form.fields["reason"]
        return form

    def facts(self, row: Sale) -> list[tuple[Words, Any]]:
        waits = resolving.waiting_of(row)
        two = _("yes") if resolving.needs_two(row.charge) else _("no")
        told: list[tuple[Words, Any]] = [
            (_("sale"), sale_link(row)), (_("shop"), row.shop),
            (_("state"), in_words(SaleState(row.state))),
            (_("number"), row.recipient), (_("product"), row.sku_name),
            (_("charge"), f"{figure(row.charge)} {row.currency}"),
            (_("cost"), f"{figure(row.cost)} {row.currency}"),
            (_("sent"), row.submitted_at), (_("last code"), row.response_code),
            (_("needs a second person"), two),
        ]  # fmt: skip
        if waits:
            told += [
                (_("waits for a second person"), waits.get_way_display()),
                (_("amount"), f"{figure(waits.amount)} {waits.currency}"),
                (_("reason"), waits.reason), (_("evidence"), waits.evidence),
                (_("asked by"), waits.asked_by),
            ]  # fmt: skip
        return told

    def buttons(self, row: Sale) -> list[Button]:
        if resolving.waiting_of(row):
            return [
                Button("agree", gettext_lazy("Agree: do it"), _agree, MAY_POST),
                Button("drop", gettext_lazy("Drop it"), _drop),
            ]
        if row.state in {SaleState.PENDING, SaleState.IN_DOUBT}:
            return [Button("review", gettext_lazy("Send to review"), _review)]
        if row.state == SaleState.IN_REVIEW:
            return [Button("resolve", gettext_lazy("End it so"), _resolve, MAY_POST)]
        if row.state == SaleState.DELIVERED_LATE and not resolving.is_settled(row):
            return [Button("settle", gettext_lazy("Settle it so"), _settle, MAY_POST)]
        return []


def _review(row: Sale, by: Person, data: dict[str, Any]) -> Words:
    resolving.send_to_review(sale=row, by=by, reason=data["reason"])
    return _("In review: %(reason)s") % data


def _resolve(row: Sale, by: Person, data: dict[str, Any]) -> Words:
    return str(resolving.resolve(sale=row, by=by, **data))


def _settle(row: Sale, by: Person, data: dict[str, Any]) -> Words:
    return str(resolving.settle_late(sale=row, by=by, **data))


def _agree(row: Sale, by: Person, data: dict[str, Any]) -> Words:
    waits = resolving.waiting_of(row)
    return str(resolving.agree(resolution_id=waits.pk, by=by)) if waits else _("Nothing waits")


def _drop(row: Sale, by: Person, data: dict[str, Any]) -> Words:
    waits = resolving.waiting_of(row)
    return str(resolving.drop(resolution_id=waits.pk, by=by)) if waits else _("Nothing waits")


class WaitingFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "is"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(ResolutionState.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(state=self.value()) if self.value() else queryset


@admin.register(Resolution)
class ResolutionAdmin(ActedUpon, admin.ModelAdmin):
    """What was decided by hand, to look at; the sale's page decides."""

    list_display = ("asked_at", "of_sale", "way", "sum", "standing", "asked_by", "decided_by")
    list_filter = (WaitingFilter, "way")
    list_select_related = ("sale", "asked_by", "decided_by")
    search_fields = ("sale__correlation_id__exact",)
    paginator = BoundedPaginator
    show_facets = admin.ShowFacets.NEVER
    fields = readonly_fields = (
        "of_sale", "way", "sum", "reason", "evidence", "needs_two", "standing", "asked_by",
        "asked_at", "decided_by", "decided_at",
    )  # fmt: skip

    @admin.display(description=gettext_lazy("sale"))
    def of_sale(self, row: Resolution) -> str:
        return sale_link(row.sale)

    @admin.display(description=gettext_lazy("amount"))
    def sum(self, row: Resolution) -> str:
        return f"{figure(row.amount)} {row.currency}"

    @admin.display(description=gettext_lazy("state"))
    def standing(self, row: Resolution) -> str:
        return row.get_state_display()
