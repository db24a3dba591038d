"""What is typed at a till: its name, and a PIN."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


def pin_field(label: Any, **options: Any) -> forms.CharField:
    """A PIN; its rules are the service's to check."""
    return forms.CharField(label=label, max_length=20, strip=True, **options)


class TillForm(forms.Form):
    """A new till."""

    name = forms.CharField(
        label=_("Name of this till"), max_length=60,
        error_messages={"required": _("Give the till a name, for example “Front desk”.")},
    )  # fmt: skip


class PinForm(forms.Form):
    """Who signs in at a till."""

    person = forms.IntegerField(
        min_value=1, max_value=2**62, error_messages={"required": _("Choose your name.")}
    )
    pin = pin_field(_("PIN"), error_messages={"required": _("Type your PIN.")})
