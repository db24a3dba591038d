"""The page that moves float between any two shops."""

from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from ledger.admin import figure
from topup.admin.amountfield import AmountField
from topup.admin.base import person_of
from topup.errors import MoneyError
from topup.models import DepositRequest, Shop
from topup.services.transfers import transfer_float


class TransferForm(forms.Form):
    """From which shop to which, how much, and why. The key makes a second press move nothing."""

    source = forms.ModelChoiceField(Shop.objects.all(), label=pgettext_lazy("shop", "From"))
    target = forms.ModelChoiceField(Shop.objects.all(), label=pgettext_lazy("shop", "To"))
    amount = AmountField(label=gettext_lazy("Amount"), max_digits=14, decimal_places=4)
    memo = forms.CharField(label=gettext_lazy("Reason"), max_length=100)
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, site: admin.AdminSite, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("source", "target"):
            field: Any = self.fields[name]
            field.widget = AutocompleteSelect(
                DepositRequest._meta.get_field("shop"), site, choices=field.choices
            )


class TransferPage(admin.ModelAdmin):
    """A part of the admin of deposits."""

    def has_transfer_permission(self, request: HttpRequest) -> bool:
        """Who moves float between shops; not everybody who approves deposits."""
        return request.user.has_perm("ledger.add_entry") and request.user.has_perm(
            "topup.view_shop"
        )

    def transfer_view(self, request: HttpRequest) -> HttpResponse:
        """Move float between any two shops. Error: `PermissionDenied`."""
        if not self.has_transfer_permission(request):
            raise PermissionDenied
        form = TransferForm(request.POST or None, initial={"key": uuid4()}, site=self.admin_site)
        if request.method == "POST" and form.is_valid() and self._move(request, form):
            return HttpResponseRedirect(reverse("admin:topup_depositrequest_changelist"))
        context: dict[str, Any] = {
            **self.admin_site.each_context(request), "form": form, "opts": self.opts,
            "title": _("Move float between shops"), "media": form.media,
        }  # fmt: skip
        template, status = "admin/topup/depositrequest/transfer.html", 422 if form.errors else 200
        return TemplateResponse(request, template, context, status=status)

    def _move(self, request: HttpRequest, form: TransferForm) -> bool:
        data = form.cleaned_data
        try:
            moved = transfer_float(by=person_of(request), **data)
        except MoneyError as error:
            form.add_error(None, error.message)
            return False
        values = {
            "amount": figure(data["amount"]), "source": data["source"], "target": data["target"],
            "reason": data["memo"],
        }  # fmt: skip
        if moved.is_new:
            told = "Moved {amount} from {source} to {target}: {reason}".format(**values)
            for shop in (data["source"], data["target"]):
                self.log_change(request, shop, told)
        messages.success(
            request, _("%(amount)s moved from %(source)s to %(target)s.") % values
        )  # fmt: skip
        return True
