"""Notices: what shops were told, and a word to a shop, a branch or all of them."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ledger.admin import BoundedPaginator, ReadOnly
from topup.admin.base import person_of
from topup.models import Notice, NoticeRead, Shop
from topup.services import notices


class NoticeForm(forms.Form):
    """A text, and whom it is for."""

    text = forms.CharField(
        label=gettext_lazy("Text"), max_length=500, widget=forms.Textarea(attrs={"rows": 4})
    )
    shop = forms.ModelChoiceField(
        Shop.objects.all(), label=gettext_lazy("Shop or branch"), required=False,
        widget=AutocompleteSelect(Notice._meta.get_field("shop"), admin.site),
        help_text=gettext_lazy("Empty: every shop."),
    )  # fmt: skip
    and_below = forms.BooleanField(
        label=gettext_lazy("And all shops below it"), required=False, initial=True
    )
    ends_on = forms.DateField(
        label=gettext_lazy("Last day"), required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("Empty: until each person has read it."),
    )  # fmt: skip
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def clean_ends_on(self) -> date | None:
        day: date | None = self.cleaned_data["ends_on"]
        if day and day < timezone.localdate():
            raise forms.ValidationError(_("This day is over."))
        return day


class ReadFilter(admin.SimpleListFilter):
    title = gettext_lazy("read")
    parameter_name = "read"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("no", _("not read")), ("yes", _("read"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        found = Exists(NoticeRead.objects.filter(notice=OuterRef("pk")))
        if self.value() == "no":
            return queryset.filter(~found)
        return queryset.filter(found) if self.value() == "yes" else queryset


@admin.register(Notice)
class NoticeAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("made_at", "shop", "text", "ends_on", "withdrawn_at", "who_read")
    list_filter = (ReadFilter,)
    list_select_related = ("shop", "announcement")
    search_fields = ("text", "shop__name")
    paginator = BoundedPaginator
    show_facets = admin.ShowFacets.NEVER
    fields = readonly_fields = (
        "shop", "text", "book", "made_at", "written_by", "ends_on", "withdrawn_at", "withdrawn_by",
        "who_read",
    )  # fmt: skip
    actions = ("withdraw",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Notice]:
        return super().get_queryset(request).annotate(readers=notices.names_of_readers())

    @admin.display(description=gettext_lazy("read by"))
    def who_read(self, notice: Notice) -> str:
        return ", ".join(notice.readers)  # type: ignore[attr-defined]

    @admin.display(description=gettext_lazy("written by"))
    def written_by(self, notice: Notice) -> Any:
        return notice.announcement and notice.announcement.made_by

    @admin.display(description=gettext_lazy("last day"))
    def ends_on(self, notice: Notice) -> Any:
        return notice.announcement and notice.announcement.ends_on

    @admin.display(description=gettext_lazy("withdrawn"))
    def withdrawn_at(self, notice: Notice) -> Any:
        return notice.announcement and notice.announcement.withdrawn_at

    @admin.display(description=gettext_lazy("withdrawn by"))
    def withdrawn_by(self, notice: Notice) -> Any:
        return notice.announcement and notice.announcement.withdrawn_by

    @admin.action(
        description=gettext_lazy("Withdraw at every shop it was written to"), permissions=["add"]
    )
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Notice]) -> None:
        """What a price book has told stays: it is taken back with the book."""
        by, withdrawn = person_of(request), 0
        for notice in queryset.order_by("announcement_id", "-pk").distinct("announcement_id"):
            if notice.announcement_id and notices.withdraw(
                announcement_id=notice.announcement_id, by=by
            ):
                withdrawn += 1
                self.log_change(request, notice, "Withdrawn at every shop")
        text = ngettext(
            "%(count)d announcement is withdrawn.", "%(count)d announcements are withdrawn.",
            withdrawn,
        )  # fmt: skip
        messages.success(request, text % {"count": withdrawn})

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return admin.ModelAdmin.has_add_permission(self, request)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Write to a shop, a branch or every shop."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = NoticeForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            data = form.cleaned_data
            told = notices.write(
                text=data["text"], to=data["shop"], and_below=data["and_below"],
                ends_on=data["ends_on"], key=data["key"], by=person_of(request),
            )  # fmt: skip
            self._log(request, data["key"], told)
            text = ngettext("%(count)d shop is told.", "%(count)d shops are told.", told)
            messages.success(request, text % {"count": told})
            return HttpResponseRedirect(reverse("admin:topup_notice_changelist"))
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "form": form,
            "title": _("Write to shops"),
        }  # fmt: skip
        status = 422 if form.errors else 200
        return TemplateResponse(request, "admin/topup/notice/write.html", context, status=status)

    def _log(self, request: HttpRequest, key: UUID, told: int) -> None:
        """The deed, once: a form that came twice has told once."""
        newest = Notice.objects.filter(announcement__key=key).first()
        if (
            newest
            and not LogEntry.objects.filter(
                object_id=str(newest.pk), content_type__model="notice", action_flag=ADDITION
            ).exists()
        ):
            self.log_addition(request, newest, f"Told {told} shops: {newest.text[:200]}")
