"""Daily closes: counted by night or by hand, read in tables, sealed by a person."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ledger.admin import BoundedPaginator
from topup.admin.base import ActedUpon
from topup.admin.closereport import report
from topup.admin.deciding import WIDE, Button, DecidePage, Words
from topup.errors import TopupError
from topup.models import DayClose, Person
from topup.services import closing, reconciling


class DayForm(forms.Form):
    """A day that is over."""

    day = forms.DateField(
        label=gettext_lazy("Day"), widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("One that is over, by the distributor’s midnight."),
    )  # fmt: skip


class SealForm(forms.Form):
    """A word about the problems, if there are any."""

    note = forms.CharField(
        label=gettext_lazy("Note"), max_length=300, required=False, widget=WIDE,
        help_text=gettext_lazy("What you know about the problems; sealed with the day."),
    )  # fmt: skip


class SealedFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "is"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", gettext_lazy("not sealed")), ("sealed", gettext_lazy("sealed"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value():
            return queryset.filter(sealed_at__isnull=self.value() == "open")
        return queryset


@admin.register(DayClose)
class DayCloseAdmin(DecidePage, ActedUpon, admin.ModelAdmin):
    list_display = ("day", "decide", "sold", "asked", "found", "sealed_at", "sealed_by")
    list_filter = (SealedFilter,)
    list_select_related = ("sealed_by",)
    paginator = BoundedPaginator
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 31
    ordering = ("-day",)
    fields = readonly_fields = (
        "day", "counted_at", "asked", "note", "sealed_at", "sealed_by", "digest",
    )  # fmt: skip
    change_form_template = "admin/topup/dayclose/change_form.html"
    change_list_template = "admin/topup/dayclose/change_list.html"
    decide_form = SealForm
    decide_title = gettext_lazy("Seal the day")

    @admin.display(description=gettext_lazy("to do"))
    def decide(self, close: DayClose) -> str:
        if close.is_sealed:
            return ""
        return format_html('<a href="{}">{}</a>', self.decide_url(close), _("Seal"))

    @admin.display(description=gettext_lazy("sales done"))
    def sold(self, close: DayClose) -> int:
        count: int = close.figures.get("sales", {}).get("completed", {}).get("count", 0)
        return count

    @admin.display(description=gettext_lazy("counted at"))
    def counted_at(self, close: DayClose) -> str:
        return date_format(timezone.localtime(close.made_at), "DATETIME_FORMAT")

    @admin.display(description=gettext_lazy("asked at the provider"))
    def asked(self, close: DayClose) -> str:
        return told_status(close)

    @admin.display(description=gettext_lazy("problems"))
    def found(self, close: DayClose) -> int:
        return len(close.problems)

    def facts(self, row: DayClose) -> list[tuple[Words, Any]]:
        return [
            (_("day"), row.day), (_("counted"), row.made_at), (_("sales done"), self.sold(row)),
            (_("asked at the provider"), told_status(row)),
            *[(_("problem"), words) for words in row.problems],
        ]  # fmt: skip

    def buttons(self, row: DayClose) -> list[Button]:
        if row.is_sealed:
            return []
        return [
            Button("seal", gettext_lazy("Seal: it never changes again"), _seal),
            Button("again", gettext_lazy("Count it again"), _count_again),
        ]

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:  # fmt: skip
        close = self.get_object(request, object_id) if object_id else None
        extra = {**(extra_context or {}), "report": report(close) if close else None}
        return super().changeform_view(request, object_id, form_url, extra)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        extra = {**(extra_context or {}), "may_count": self.has_act_permission(request)}
        return super().changelist_view(request, extra)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.count_view)
        return [path("count/", view, name="topup_dayclose_count"), *super().get_urls()]

    def count_view(self, request: HttpRequest) -> HttpResponse:
        """Count a day by hand. Error: `PermissionDenied`."""
        if not self.has_act_permission(request):
            raise PermissionDenied
        form = DayForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                close = reconciling.count_day(day=form.cleaned_data["day"])
            except TopupError as error:
                form.add_error("day", error.message)
            else:
                self.log_change(request, close, "Counted")
                messages.success(request, _("%(day)s is counted.") % {"day": close.day})
                return HttpResponseRedirect(
                    reverse("admin:topup_dayclose_change", args=[close.pk])
                )  # fmt: skip
        context: dict[str, Any] = {
            **self.admin_site.each_context(request), "form": form, "opts": self.opts,
            "title": _("Count a day"),
        }  # fmt: skip
        template, status = "admin/topup/dayclose/count.html", 422 if form.errors else 200
        return TemplateResponse(request, template, context, status=status)


def told_status(close: DayClose) -> str:
    """ "12 of 40", and how many differ."""
    status = close.figures.get("status")
    if not status:
        return ""
    text = _("%(asked)d of %(of)d") % status
    return f"{text}, {_('%(differs)d differ') % status}" if status["differs"] else text


def _seal(row: DayClose, by: Person, data: dict[str, Any]) -> Words:
    sealed = closing.seal_close(close_id=row.pk, by=by, note=data["note"])
    return _("%(day)s is sealed") % {"day": sealed.day}


def _count_again(row: DayClose, by: Person, data: dict[str, Any]) -> Words:
    close = reconciling.count_day(day=row.day)
    return _("%(day)s is counted again") % {"day": close.day}
