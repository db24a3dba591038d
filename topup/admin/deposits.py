"""Deposits that wait for approval: the queue, the page of one, and the two buttons."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import flatten
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ledger.admin import BoundedPaginator, figure
from topup.admin.base import ActedUpon, person_of
from topup.admin.transfers import TransferPage
from topup.errors import MoneyError
from topup.models import DepositProof, DepositRequest, DepositState
from topup.models.deposit import QUEUE, WAITING_STATES
from topup.services import deposits, duplicates

HISTORY = 10
SHOWN = (
    "reference", "shop", "paid", "paid_by", "bank_reference", "standing", "warning",
    ("asked_by", "asked_at"), ("first_by", "first_at"), ("decided_by", "decided_at"), "note",
    "picture",
)  # fmt: skip


class WaitingFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "is"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("waiting", gettext_lazy("waiting")), *DepositState.choices[2:]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "waiting":
            return queryset.filter(state__in=WAITING_STATES)
        return queryset.filter(state=self.value()) if self.value() else queryset


class DecisionForm(forms.Form):
    """One person's word about a deposit. The button that was pressed says which."""

    is_checked = forms.BooleanField(
        label=gettext_lazy("I have checked that it is another payment"), required=False
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason of a refusal"), max_length=200, required=False,
        help_text=gettext_lazy("The shop reads it."),
    )  # fmt: skip


@admin.register(DepositRequest)
class DepositAdmin(ActedUpon, TransferPage):
    list_display = (
        "reference", "shop", "paid", "standing", "warning", "bank_reference", "asked_at",
    )  # fmt: skip
    list_filter = (WaitingFilter, "paid_by")
    list_select_related = ("shop",)
    search_fields = ("reference__exact", "bank_reference__icontains", "shop__name__icontains")
    paginator = BoundedPaginator
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    fields = SHOWN
    readonly_fields = flatten(SHOWN)
    change_form_template = "admin/topup/depositrequest/change_form.html"
    change_list_template = "admin/topup/depositrequest/change_list.html"

    def get_ordering(self, request: HttpRequest) -> tuple[Any, ...]:
        """What waits first, the oldest first."""
        return QUEUE

    @admin.display(description=gettext_lazy("amount"), ordering="amount")
    def paid(self, deposit: DepositRequest) -> str:
        return f"{figure(deposit.amount)} {deposit.currency}"

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def standing(self, deposit: DepositRequest) -> str:
        return deposit.get_state_display()

    @admin.display(description=gettext_lazy("picture"))
    def picture(self, deposit: DepositRequest) -> str:
        if not DepositProof.objects.filter(deposit=deposit).exists():
            return _("none")
        url = reverse("admin:topup_depositrequest_picture", args=[deposit.pk])
        return format_html('<a href="{}">{}</a>', url, _("look at it"))

    @admin.display(description=gettext_lazy("to do"))
    def decide(self, deposit: DepositRequest) -> str:
        if not deposit.is_waiting:
            return ""
        url = reverse("admin:topup_depositrequest_decide", args=[deposit.pk])
        return format_html('<a href="{}">{}</a>', url, _("Approve or refuse"))

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        first, *others = self.list_display
        return [first, *(["decide"] if self.has_act_permission(request) else []), *others]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        extra = {**(extra_context or {}), "may_move": self.has_transfer_permission(request)}
        return super().changelist_view(request, extra)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:  # fmt: skip
        deposit = self.get_object(request, object_id) if object_id else None
        may_decide = deposit and deposit.is_waiting and self.has_act_permission(request)
        extra = {**(extra_context or {}), "may_decide": may_decide}
        return super().changeform_view(request, object_id, form_url, extra)

    def get_urls(self) -> list[Any]:
        views: list[tuple[str, Callable[..., HttpResponse], str]] = [
            ("transfer/", self.transfer_view, "transfer"),
            ("<int:object_id>/decide/", self.decide_view, "decide"),
            ("<int:object_id>/picture/", self.picture_view, "picture"),
        ]
        paths = [
            path(route, self.admin_site.admin_view(view), name=f"topup_depositrequest_{name}")
            for route, view, name in views
        ]
        return [*paths, *super().get_urls()]

    def picture_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The proof, to be seen by those who may see the deposit."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        proof = get_object_or_404(DepositProof, deposit=object_id)
        return picture_answer(proof)

    def decide_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """All there is to see about one deposit, and the two buttons. Error: `PermissionDenied`."""
        if not self.has_act_permission(request):
            raise PermissionDenied
        rows = DepositRequest.objects.select_related("shop", "asked_by", "first_by")
        deposit = get_object_or_404(rows, pk=object_id)
        form = DecisionForm(request.POST or None)
        if request.method == "POST" and form.is_valid() and self._decide(request, deposit, form):
            return HttpResponseRedirect(reverse("admin:topup_depositrequest_changelist"))
        context: dict[str, Any] = {
            **self.admin_site.each_context(request), "form": form, "opts": self.opts,
            "title": _("Deposit %(reference)s") % {"reference": deposit.reference},
            "deposit": deposit, "amount": self.paid(deposit),
            "warning": duplicates.warning(deposit),
            "needs_two": deposits.needs_two(deposit, person_of(request)),
            "has_picture": DepositProof.objects.filter(deposit=deposit).exists(),
            "history": _history(deposit), "seen": deposits.looks_of(deposit),
        }  # fmt: skip
        template, status = "admin/topup/depositrequest/decide.html", 422 if form.errors else 200
        return TemplateResponse(request, template, context, status=status)

    def _decide(self, request: HttpRequest, deposit: DepositRequest, form: Any) -> bool:
        """True when the service took the person's word; else the form says why not."""
        by, was = person_of(request), deposit.state
        try:
            if "refuse" in request.POST:
                reason = form.cleaned_data["reason"]
                done = deposits.refuse(deposit_id=deposit.pk, by=by, reason=reason)
            else:
                is_checked = form.cleaned_data["is_checked"]
                done = deposits.approve(
                    deposit_id=deposit.pk, by=by, is_checked=is_checked,
                    seen=request.POST.get("seen", ""),
                )  # fmt: skip
        except MoneyError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
            return False
        if done.state != was:
            self.log_change(request, done, _told(done))
        text = _("%(reference)s: %(state)s.")
        values = {"reference": done.reference, "state": done.get_state_display()}
        messages.success(request, text % values)
        return True


def picture_answer(proof: DepositProof) -> HttpResponse:
    """A proof as a picture and nothing else, kept by nobody."""
    response = HttpResponse(bytes(proof.picture), content_type="image/jpeg")
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = 'inline; filename="proof.jpg"'
    response["Cache-Control"] = "no-store, private"
    return response


def _history(deposit: DepositRequest) -> list[tuple[DepositRequest, str]]:
    """The shop's last deposits, to see what is usual."""
    others = DepositRequest.objects.filter(shop=deposit.shop_id).exclude(pk=deposit.pk)
    rows = others.select_related("decided_by").order_by("-id")[:HISTORY]
    return [(row, f"{figure(row.amount)} {row.currency}") for row in rows]


def _told(deposit: DepositRequest) -> str:
    """For the log of the admin."""
    told = {
        DepositState.APPROVED: "Approved", DepositState.APPROVED_ONCE: "Approved, first of two",
        DepositState.REFUSED: f"Refused: {deposit.note}",
    }[DepositState(deposit.state)]  # fmt: skip
    return f"{told}, although: {deposit.warning}" if deposit.warning else told
