"""The page that posts money by hand: one amount, its reason, and a key that posts it once."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.validators import MaxValueValidator
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ledger.admin import figure
from ledger.errors import KeyReusedError
from ledger.models import Account, Entry
from ledger.queries import balance_of
from topup.admin.amountfield import AmountField
from topup.errors import MoneyError

_TWO = gettext_lazy(
    "Above %(limit_value)s two people must approve: let the shop ask for a deposit."
)


class MoneyForm(forms.Form):
    """Money in, or a correction out. The key makes a second press post nothing."""

    amount = AmountField(label=gettext_lazy("Amount"), max_digits=14, decimal_places=2)
    memo = forms.CharField(label=gettext_lazy("Reference or reason"), max_length=200)
    key = forms.UUIDField(widget=forms.HiddenInput)

    def clean_amount(self) -> Decimal:
        amount: Decimal = self.cleaned_data["amount"]
        if amount == 0:
            raise forms.ValidationError(_("Type an amount; a minus sign takes money out."))
        return amount


@dataclass(frozen=True)
class Posting:
    """What a page posts: to which account, under which kind of key, and how."""

    account: Account
    key_prefix: str  # the entry's key is this and the form's
    about: Model  # the log of the admin is written on this row
    post: Callable[[Decimal, str, str], Entry]  # amount, memo, key
    most: Decimal | None = None  # that one person alone puts in

    @property
    def balance(self) -> str:
        return figure(balance_of(self.account) + 0)  # no minus before a zero


class MoneyPage(admin.ModelAdmin):
    """A part of the admins that post to the ledger."""

    def has_money_permission(self, request: HttpRequest) -> bool:
        """Who may post to the ledger; not everybody who may change the row beside it."""
        return request.user.has_perm("ledger.add_entry") and self.has_view_permission(request)

    def money_page(
        self, request: HttpRequest, posting: Posting, *, title: str, lead: str, hint: str
    ) -> HttpResponse:
        """The form; posts once. Error: `PermissionDenied`."""
        if not self.has_money_permission(request):
            raise PermissionDenied
        form = MoneyForm(request.POST or None, initial={"key": uuid4()})
        form.fields["amount"].help_text = hint
        if posting.most is not None:
            form.fields["amount"].validators.append(MaxValueValidator(posting.most, _TWO))
        if request.method == "POST" and form.is_valid() and self._post(request, posting, form):
            name = f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"
            return HttpResponseRedirect(reverse(name))
        context: dict[str, Any] = {
            **self.admin_site.each_context(request), "form": form, "opts": self.opts,
            "title": title, "lead": lead, "recent": _recent(posting.account),
        }  # fmt: skip
        status = 422 if form.errors else 200
        return TemplateResponse(request, "admin/topup/money.html", context, status=status)

    def _post(self, request: HttpRequest, posting: Posting, form: MoneyForm) -> bool:
        """Post once; True also for a press that was repeated. False if the form was changed."""
        amount, memo, key = (form.cleaned_data[name] for name in ("amount", "memo", "key"))
        is_repeated = Entry.objects.filter(key=f"{posting.key_prefix}:{key}").exists()
        try:
            posting.post(amount, memo, str(key))
        except MoneyError as error:
            form.add_error("amount", error.message)
            return False
        except KeyReusedError:
            form.add_error(
                None,
                _(
                    "This form was posted before with another amount or for another account. "
                    "Nothing was posted now: look at the entries below, then open the page anew."
                ),
            )
            return False
        values = {"amount": figure(amount), "balance": posting.balance}
        if is_repeated:
            text = _("It was posted already, once. The balance is %(balance)s.")
            messages.info(request, text % values)
        else:
            self.log_change(request, posting.about, f"Posted {values['amount']}: {memo}")
            text = _("Posted %(amount)s. The balance is now %(balance)s.")
            messages.success(request, text % values)
        return True


def _recent(account: Account) -> list[tuple[Entry, str]]:
    """The last entries that people made, to see a posting that is there already."""
    lines = (
        account.lines.exclude(entry__posted_by=None)
        .select_related("entry__posted_by")
        .order_by("-id")[:10]
    )
    return [(line.entry, figure(line.amount * account.natural_sign)) for line in lines]
