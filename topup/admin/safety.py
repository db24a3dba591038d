"""Safety: the one row of rules, what people answered, cool-downs, and operators by hand."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.utils.translation import gettext_lazy as _

from ledger.admin import BoundedPaginator, ReadOnly
from topup.admin.amountfield import AmountField
from topup.admin.base import ActedUpon, person_of
from topup.models import CoolDown, OperatorWeather, SafetyAnswer, SafetyRules
from topup.models.weather import Hold
from topup.services import cooldowns, pauses


@admin.register(SafetyRules)
class SafetyRulesAdmin(admin.ModelAdmin):
    """One row: the list leads straight to it."""

    show_full_result_count = False
    formfield_overrides = {models.DecimalField: {"form_class": AmountField}}
    fieldsets = (
        (_("Money received?"), {"fields": ("asks_money",)}),
        (_("A second time"), {
            "fields": ("repeat_is_on", "repeat_minutes"),
            "description": _("The same goods again to the same number, at the same shop. A sale "
                             "that is not finished is asked about however old it is."),
        }),
        (_("PINs and gift cards"), {
            "fields": ("scam_is_on", "scam_quiet_minutes", "scam_above", "scam_count",
                       "scam_count_minutes", "run_count", "run_minutes", "cool_down_minutes",
                       "cool_down_of"),
            "description": _("A question that changes. A wrong answer stops the sale and begins a "
                             "cool-down; so does a run. Other goods are sold as ever."),
        }),
        (_("Large sales to new numbers"), {
            "fields": ("large_is_on", "large_above", "large_asks"),
            "description": _("A number is new until the shop has sold to it once. Amounts are "
                             "prices in the currency of the float."),
        }),
        (_("Operators that fail"), {
            "fields": ("pause_is_on", "pause_after", "pause_minutes", "pause_most_minutes"),
            "description": _("Counted within 30 minutes. After a pause one customer’s own sale is "
                             "let through; if it arrives, the operator is on sale again."),
        }),
    )  # fmt: skip

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        row, _new = SafetyRules.objects.get_or_create(only=True)
        return HttpResponseRedirect(reverse("admin:topup_safetyrules_change", args=[row.pk]))


@admin.register(SafetyAnswer)
class SafetyAnswerAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("at", "shop", "person", "rule", "question", "answer", "is_right", "key")
    list_filter = ("is_right", "rule")
    list_select_related = ("shop", "person")
    search_fields = ("key__exact", "shop__name", "person__username__exact")
    paginator = BoundedPaginator
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    fields = readonly_fields = list_display


class RunningFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "is"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("running", _("running"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() != "running":
            return queryset
        return queryset.filter(lifted_at=None, until__gt=timezone.now())


@admin.register(CoolDown)
class CoolDownAdmin(ActedUpon, admin.ModelAdmin):
    list_display = ("began_at", "shop", "person", "reason", "until", "lifted_at", "lifted_by")
    list_filter = (RunningFilter,)
    list_select_related = ("shop", "person", "lifted_by")
    search_fields = ("shop__name", "person__username__exact")
    paginator = BoundedPaginator
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    fields = readonly_fields = list_display
    actions = ("lift",)

    @admin.action(description=_("Lift: let PINs and gift cards be sold again"), permissions=["act"])
    def lift(self, request: HttpRequest, queryset: QuerySet[CoolDown]) -> None:
        lifted = 0
        for cool_down in queryset:
            if cooldowns.lift(cool_down_id=cool_down.pk, by=person_of(request)):
                lifted += 1
                self.log_change(request, cool_down, "Lifted")
        text = ngettext(
            "%(count)d cool-down is lifted.", "%(count)d cool-downs are lifted.", lifted
        )
        self.message_user(request, text % {"count": lifted}, messages.SUCCESS)


class ClosedFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "is"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("closed", _("paused or closed"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() != "closed":
            return queryset
        return queryset.exclude(hold=Hold.OPEN).exclude(hold=Hold.NONE, paused_until=None)


class HoldForm(forms.ModelForm):
    """A decision about an operator, and why."""

    class Meta:
        model = OperatorWeather
        fields = ("operator", "hold", "hold_reason")
        help_texts = {
            "hold": gettext_lazy("It stands until somebody sets it back."),
            "hold_reason": gettext_lazy("For the people here and the audit log, not for shops."),
        }

    def clean_hold_reason(self) -> str:
        reason: str = self.cleaned_data["hold_reason"].strip()
        if not reason:
            raise ValidationError(gettext("Write down why."))
        return reason


@admin.register(OperatorWeather)
class OperatorWeatherAdmin(admin.ModelAdmin):
    """What the sales of 30 minutes say of each operator; a person may hold it open or closed."""

    form = HoldForm
    list_display = (
        "operator", "delivered", "failed", "ended", "median_seconds", "slowest_seconds",
        "failures_in_row", "paused_until", "hold", "counted_at",
    )  # fmt: skip
    list_filter = (ClosedFilter, "hold")
    list_select_related = ("operator",)
    search_fields = ("operator__name",)
    autocomplete_fields = ("operator",)
    ordering = ("operator__name", "pk")
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    _counted = (
        "delivered", "failed", "ended", "median_seconds", "slowest_seconds", "failures_in_row",
        "counted_at", "paused_until", "pauses", "probe_key", "held_by", "held_at",
    )  # fmt: skip

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("operator", "hold", "hold_reason", *(self._counted if obj else ()))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("operator", *self._counted) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        how, reason = Hold(obj.hold), obj.hold_reason
        if not change:
            obj.hold, obj.hold_reason = Hold.NONE, ""
            obj.save()
        pauses.hold(row=obj, how=how, reason=reason, by=person_of(request))
