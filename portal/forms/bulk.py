"""What is typed about a file of sales: the file, its total, and a word about its rows."""

from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from topup import amounts
from topup.bulkfile import MOST_BYTES
from topup.models.bulk import Ask


class BulkForm(forms.Form):
    """A file and the key that makes a second press lead to the same one."""

    file = forms.FileField(
        error_messages={"required": _("Choose a file."), "empty": _("This file is empty.")}
    )
    key = forms.UUIDField(error_messages={"required": _("Open this page again.")})

    def clean_file(self) -> tuple[str, bytes]:
        """Its name and bytes. Error: a sentence for more than 4 MB."""
        sent: Any = self.cleaned_data["file"]
        if sent.size > MOST_BYTES:
            raise forms.ValidationError(_("This file is larger than 4 MB. Cut it in two."))
        return str(sent.name), bytes(sent.read())


class StartForm(forms.Form):
    """The total, as the person types it."""

    total = forms.CharField(max_length=30, error_messages={"required": _("Type the total.")})
    key = forms.UUIDField(error_messages={"required": _("Open this page again.")})

    def clean_total(self) -> Decimal:
        try:
            return amounts.read(self.cleaned_data["total"], settings.VALUETOPUP_WALLET_CURRENCY)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None


class AnswerForm(forms.Form):
    """A word about all rows of which one thing is asked; their price as it was shown."""

    ask = forms.ChoiceField(choices=Ask.choices)
    word = forms.ChoiceField(choices=[("yes", ""), ("no", "")])
    total = forms.DecimalField(max_digits=20, decimal_places=4)
