"""Notices: what shops were told, and a word to a shop, a branch or all of them."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ledger.admin import BoundedPaginator, ReadOnly
from topup.models import Notice, Shop
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


class ReadFilter(admin.SimpleListFilter):
    title = gettext_lazy("read")
    parameter_name = "read"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("no", _("not read")), ("yes", _("read"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "no":
            return queryset.filter(read_at=None)
        return queryset.exclude(read_at=None) if self.value() == "yes" else queryset


@admin.register(Notice)
class NoticeAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("made_at", "shop", "text", "read_at", "read_by")
    list_filter = (ReadFilter,)
    list_select_related = ("shop", "read_by")
    search_fields = ("text", "shop__name")
    paginator = BoundedPaginator
    show_facets = admin.ShowFacets.NEVER
    fields = readonly_fields = ("shop", "text", "book", "made_at", "read_at", "read_by")

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
            told = notices.write(text=data["text"], to=data["shop"], and_below=data["and_below"])
            if newest := Notice.objects.first():
                self.log_addition(request, newest, f"Told {told} shops: {data['text'][:200]}")
            text = ngettext("%(count)d shop is told.", "%(count)d shops are told.", told)
            messages.success(request, text % {"count": told})
            return HttpResponseRedirect(reverse("admin:topup_notice_changelist"))
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "form": form,
            "title": _("Write to shops"),
        }  # fmt: skip
        status = 422 if form.errors else 200
        return TemplateResponse(request, "admin/topup/notice/write.html", context, status=status)
