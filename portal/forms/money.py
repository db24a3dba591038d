"""What is typed about a float: a deposit, its proof, a transfer."""

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from topup import amounts
from topup.models import PaidBy, Shop
from topup.services import pictures

MOST_SHOPS = 500  # in a list to choose from


class AmountForm(forms.Form):
    """An amount as people type it, and the key that makes a second press do nothing."""

    amount = forms.CharField(
        max_length=30, error_messages={"required": _("Type the amount.")}, strip=True
    )
    key = forms.UUIDField(error_messages={"required": _("Open this page again.")})

    def clean_amount(self) -> Decimal:
        try:
            return amounts.read(self.cleaned_data["amount"], settings.VALUETOPUP_WALLET_CURRENCY)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None


class DepositForm(AmountForm):
    """How much will be paid in, and how."""

    paid_by = forms.ChoiceField(
        choices=PaidBy.choices, error_messages={"required": _("Say how you pay.")}
    )


class ProofForm(forms.Form):
    """What can be shown for a payment."""

    bank_reference = forms.CharField(
        max_length=60, required=False,
        error_messages={"max_length": _("This reference is too long. Type at most 60 letters.")},
    )  # fmt: skip
    picture = forms.FileField(required=False)

    def clean_picture(self) -> bytes | None:
        """The bytes that were sent. Error: a sentence for more than 4 MB."""
        sent: Any = self.cleaned_data["picture"]
        if not sent:
            return None
        if sent.size > pictures.MOST_BYTES:
            raise forms.ValidationError(pictures.too_large())
        return bytes(sent.read())


class TransferForm(AmountForm):
    """To which shop below, how much, and what for."""

    target = forms.ModelChoiceField(
        Shop.objects.none(), empty_label=_("Choose a shop"),
        error_messages={
            "required": _("Choose a shop."), "invalid_choice": _("This shop is not below yours."),
        },
    )  # fmt: skip
    memo = forms.CharField(
        max_length=100, required=False,
        error_messages={"max_length": _("This note is too long. Type at most 100 letters.")},
    )  # fmt: skip

    def __init__(self, *args: Any, source: Shop, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["target"]
        field.queryset = Shop.objects.filter(ancestors__contains=[source.pk]).order_by("name")

    @property
    def shops(self) -> list[tuple[int, str]]:
        """Those to choose from, by name."""
        field: Any = self.fields["target"]
        return list(field.queryset.values_list("pk", "name")[:MOST_SHOPS])


def form_key(form: forms.Form) -> UUID | str:
    """The form's own key, kept when it comes back, to be mended or sent again; else a new one."""
    typed: UUID | str = form["key"].value() or ""
    try:
        return UUID(str(typed))
    except ValueError:
        return uuid4()
