"""Alarms, stops and the provider of this database."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ledger.admin import ReadOnly
from topup.models import Alarm, Person, ProviderIdentity, Stop
from topup.models.alarm import StopKind
from topup.services import alarms


@admin.register(Alarm)
class AlarmAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("raised_at", "kind", "message", "sale", "cleared_at", "cleared_by")
    list_filter = (("cleared_at", admin.EmptyFieldListFilter), "kind")
    list_select_related = ("sale", "cleared_by")
    search_fields = ("message", "sale__correlation_id")
    actions = ("clear",)

    @admin.action(description=_("Clear: I have looked at it"))
    def clear(self, request: HttpRequest, queryset: QuerySet[Alarm]) -> None:
        person = request.user if isinstance(request.user, Person) else None
        for alarm in queryset:
            if alarms.clear_alarm(alarm_id=alarm.pk, by=person):
                self.log_change(request, alarm, "cleared")


@admin.register(Stop)
class StopAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("since", "kind", "reason", "cleared_at", "cleared_by")
    list_filter = (("cleared_at", admin.EmptyFieldListFilter), "kind")
    list_select_related = ("cleared_by",)
    actions = ("lift",)

    @admin.action(description=_("Lift: let it run again"))
    def lift(self, request: HttpRequest, queryset: QuerySet[Stop]) -> None:
        person = request.user if isinstance(request.user, Person) else None
        for stop in queryset.filter(cleared_at=None):
            if alarms.clear_stop(kind=StopKind(stop.kind), by=person):
                self.log_change(request, stop, "lifted")


@admin.register(ProviderIdentity)
class ProviderIdentityAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("base_url", "user_id", "wallet_currency", "recorded_at")
