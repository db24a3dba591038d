"""Tills: which browsers belong to which shop, when each was last seen, and freezing one."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy, ngettext

from ledger.admin import BoundedPaginator
from topup.admin.base import ActedUpon
from topup.models import Device
from topup.services import tills


@admin.register(Device)
class DeviceAdmin(ActedUpon, admin.ModelAdmin):
    """Made at the counter, where its cookie is; here it is looked at and frozen."""

    list_display = ("name", "shop", "last_seen_at", "enrolled_by", "enrolled_at", "is_frozen")
    list_filter = ("is_frozen",)
    list_select_related = ("shop", "enrolled_by")
    search_fields = ("name", "shop__name")
    ordering = ("-pk",)
    paginator = BoundedPaginator
    fields = readonly_fields = list_display
    actions = ("freeze", "unfreeze")

    @admin.action(description=gettext_lazy("Freeze: sessions there end"), permissions=["act"])
    def freeze(self, request: HttpRequest, queryset: QuerySet[Device]) -> None:
        count = self._set(request, queryset, True)
        text = ngettext("%(count)d till is frozen now.", "%(count)d tills are frozen now.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)

    @admin.action(description=gettext_lazy("Unfreeze"), permissions=["act"])
    def unfreeze(self, request: HttpRequest, queryset: QuerySet[Device]) -> None:
        count = self._set(request, queryset, False)
        text = ngettext("%(count)d till goes on.", "%(count)d tills go on.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)

    def _set(self, request: HttpRequest, queryset: QuerySet[Device], is_frozen: bool) -> int:
        changed = 0
        for device in queryset:
            if tills.set_frozen(device=device, is_frozen=is_frozen):
                changed += 1
                self.log_change(request, device, "Frozen" if is_frozen else "Unfrozen")
        return changed
