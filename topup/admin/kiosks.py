"""Kiosks: how each is, and what the distributor does to them from afar."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ledger.admin import BoundedPaginator
from topup.admin.base import ActedUpon, person_of
from topup.kioskerrors import KioskRetiredError
from topup.models import Kiosk
from topup.services import kiosks

Rows = QuerySet[Kiosk]


class MessageForm(ActionForm):
    """Beside the choice of a deed: what a kiosk shows to its customers."""

    text = forms.CharField(label=gettext_lazy("Message"), max_length=200, required=False)


class RetiredFilter(admin.SimpleListFilter):
    """Those in service, unless somebody asks for the others."""

    title = gettext_lazy("service")
    parameter_name = "service"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("all", gettext_lazy("all")), ("retired", gettext_lazy("retired"))]

    def choices(self, changelist: Any) -> Any:
        words = iter([gettext_lazy("in service")])
        for choice in super().choices(changelist):
            yield {**choice, "display": next(words, choice["display"])}

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        if self.value() == "all":
            return queryset
        if self.value() == "retired":
            return queryset.exclude(retired_at=None)
        return queryset.filter(retired_at=None)


@admin.register(Kiosk)
class KioskAdmin(ActedUpon, admin.ModelAdmin):
    """Made here or by the shop's owner; a code makes a browser the kiosk."""

    list_display = (
        "terminal_id", "name", "shop", "last_seen_at", "version", "paper", "is_blocked",
        "old_token_used_at", "help_wanted_at", "message",
    )  # fmt: skip
    list_filter = (RetiredFilter, "is_blocked", "paper")
    list_select_related = ("shop",)
    search_fields = ("terminal_id", "name", "shop__name")
    ordering = ("-pk",)
    paginator = BoundedPaginator
    show_facets = admin.ShowFacets.NEVER
    autocomplete_fields = ("shop",)
    action_form = MessageForm
    actions = ("block", "unblock", "reload", "say", "new_code", "retire")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return admin.ModelAdmin.has_add_permission(self, request)

    def get_fields(self, request: HttpRequest, obj: Kiosk | None = None) -> Any:
        if obj is None:
            return ("shop", "name")
        made = ("created_by", "created_at", "enrolled_by", "enrolled_at", "retired_at")
        return (*self.list_display, *made)

    def save_model(self, request: HttpRequest, obj: Kiosk, form: Any, change: bool) -> None:
        made, code = kiosks.create(shop=obj.shop, name=obj.name, by=person_of(request))
        obj.pk, obj.terminal_id, obj.created_by = made.pk, made.terminal_id, made.created_by
        self._tell_code(request, made, code)

    @admin.action(description=gettext_lazy("Block: out of service"), permissions=["act"])
    def block(self, request: HttpRequest, queryset: Rows) -> None:
        self._do(request, queryset, kiosks.block, "Blocked")

    @admin.action(description=gettext_lazy("Unblock"), permissions=["act"])
    def unblock(self, request: HttpRequest, queryset: Rows) -> None:
        self._do(request, queryset, kiosks.unblock, "Unblocked")

    @admin.action(description=gettext_lazy("Load its page anew"), permissions=["act"])
    def reload(self, request: HttpRequest, queryset: Rows) -> None:
        self._do(request, queryset, kiosks.reload, "Told to load its page anew")

    @admin.action(description=gettext_lazy("Show the message (empty: none)"), permissions=["act"])
    def say(self, request: HttpRequest, queryset: Rows) -> None:
        text = request.POST.get("text", "").replace("\x00", "").strip()[:200]
        self._do(
            request, queryset,
            lambda kiosk, by: kiosks.say(kiosk=kiosk, text=text, by=by), f"Message: {text}",
        )  # fmt: skip

    @admin.action(description=gettext_lazy("Retire: out for good"), permissions=["act"])
    def retire(self, request: HttpRequest, queryset: Rows) -> None:
        self._do(request, queryset, kiosks.retire, "Retired")

    @admin.action(description=gettext_lazy("New code: for another browser"), permissions=["add"])
    def new_code(self, request: HttpRequest, queryset: Rows) -> None:
        for kiosk in queryset:
            try:
                code = kiosks.new_code(kiosk=kiosk, by=person_of(request))
            except KioskRetiredError as error:
                self.message_user(request, error.message, messages.ERROR)
            else:
                self.log_change(request, kiosk, "New code")
                self._tell_code(request, kiosk, code)

    def _tell_code(self, request: HttpRequest, kiosk: Kiosk, code: str) -> None:
        text = _("%(kiosk)s: type the code %(code)s at %(url)s. It works once, for one hour.")
        url = request.build_absolute_uri("/kiosk/enrol/")
        values = {"kiosk": kiosk, "code": code, "url": url}
        self.message_user(request, text % values, messages.SUCCESS)

    def _do(
        self, request: HttpRequest, queryset: Rows, deed: Callable[..., bool], log: str
    ) -> None:
        """Do it to each; told and logged is what changed."""
        changed = 0
        for kiosk in queryset:
            if deed(kiosk=kiosk, by=person_of(request)):
                changed += 1
                self.log_change(request, kiosk, log)
        text = ngettext("%(count)d kiosk is changed.", "%(count)d kiosks are changed.", changed)
        self.message_user(request, text % {"count": changed}, messages.SUCCESS)
