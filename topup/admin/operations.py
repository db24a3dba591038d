"""Alarms, stops and the provider of this database."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from ledger import services as ledger
from ledger.admin import BoundedPaginator, ReadOnly
from ledger.models import AccountKind
from topup.admin.base import ActedUpon, OpenFilter, person_of, sale_link
from topup.admin.money import MoneyPage, Posting
from topup.models import Alarm, ProviderIdentity, Stop
from topup.models.alarm import StopKind
from topup.services import alarms, provider


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
class ProviderIdentityAdmin(ReadOnly, MoneyPage):
    list_display = ("base_url", "user_id", "wallet_currency", "recorded_at")
    fields = readonly_fields = list_display

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        link = ["fund"] if self.has_money_permission(request) else []
        return [*self.list_display, *link]

    @admin.display(description="")
    def fund(self, identity: ProviderIdentity) -> str:
        url = reverse("admin:topup_provider_fund")
        return format_html('<a href="{}">{}</a>', url, gettext("Record money sent"))

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.fund_view)
        return [path("fund/", view, name="topup_provider_fund"), *super().get_urls()]

    def fund_view(self, request: HttpRequest) -> HttpResponse:
        """Record money that was sent to the provider."""
        identity = get_object_or_404(ProviderIdentity)
        account = ledger.house(AccountKind.PROVIDER, identity.wallet_currency)
        posting = Posting(
            account, "funding", identity,
            lambda amount, memo, key: provider.fund_wallet(
                amount=amount, by=person_of(request), memo=memo, key=key
            ),
        )  # fmt: skip
        lead = gettext("By the books %(balance)s %(currency)s lie at the provider.")
        return self.money_page(
            request, posting, title=gettext("Money sent to the provider"),
            lead=lead % {"balance": posting.balance, "currency": account.currency},
            hint=gettext("What the provider has received; a minus sign corrects."),
        )  # fmt: skip
