"""Alarms, stops and the provider of this database."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from ledger.admin import BoundedPaginator, ReadOnly
from topup.admin.base import ActedUpon, OpenFilter, person_of, sale_link
from topup.models import Alarm, ProviderIdentity, Stop
from topup.models.alarm import StopKind
from topup.services import alarms


@admin.register(Alarm)
class AlarmAdmin(ActedUpon, admin.ModelAdmin):
    list_display = ("raised_at", "kind", "message", "of_sale", "cleared_at", "cleared_by")
    list_filter = (OpenFilter, "kind")
    list_select_related = ("sale", "cleared_by")
    search_fields = ("message", "sale__correlation_id__exact")
    paginator = BoundedPaginator
    show_facets = admin.ShowFacets.NEVER
    fields = readonly_fields = (
        "kind", "message", "of_sale", "raised_at", "cleared_at", "cleared_by",
    )  # fmt: skip
    actions = ("clear",)

    @admin.display(description=_("sale"))
    def of_sale(self, alarm: Alarm) -> str:
        return sale_link(alarm.sale)

    @admin.action(description=_("Clear: I have looked at it"), permissions=["act"])
    def clear(self, request: HttpRequest, queryset: QuerySet[Alarm]) -> None:
        cleared = 0
        for alarm in queryset:
            if alarms.clear_alarm(alarm_id=alarm.pk, by=person_of(request)):
                cleared += 1
                self.log_change(request, alarm, "Cleared")
        text = ngettext("%(count)d alarm is cleared.", "%(count)d alarms are cleared.", cleared)
        self.message_user(request, text % {"count": cleared}, messages.SUCCESS)


@admin.register(Stop)
class StopAdmin(ActedUpon, admin.ModelAdmin):
    list_display = ("since", "kind", "reason", "cleared_at", "cleared_by")
    list_filter = (OpenFilter, "kind")
    list_select_related = ("cleared_by",)
    fields = readonly_fields = ("kind", "reason", "since", "cleared_at", "cleared_by")
    actions = ("lift",)

    @admin.action(description=_("Lift: let it run again"), permissions=["act"])
    def lift(self, request: HttpRequest, queryset: QuerySet[Stop]) -> None:
        lifted = 0
        for stop in queryset.filter(cleared_at=None):
            if alarms.clear_stop(kind=StopKind(stop.kind), by=person_of(request)):
                lifted += 1
                self.log_change(request, stop, "Lifted")
        text = ngettext("%(count)d stop is lifted.", "%(count)d stops are lifted.", lifted)
        self.message_user(request, text % {"count": lifted}, messages.SUCCESS)


@admin.register(ProviderIdentity)
class ProviderIdentityAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("base_url", "user_id", "wallet_currency", "recorded_at")
    fields = readonly_fields = list_display
