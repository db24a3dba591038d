"""What is typed about kiosks of the shop."""

from django import forms
from django.utils.translation import gettext_lazy as _

FEWEST_DIGITS = 3  # of what can be called


class KioskForm(forms.Form):
    """A new kiosk."""

    name = forms.CharField(
        label=_("Name of the kiosk"), max_length=60,
        error_messages={"required": _("Give the kiosk a name, for example “At the door”.")},
    )  # fmt: skip


class HotlineForm(forms.Form):
    """The number that customers read; empty for none."""

    hotline = forms.CharField(label=_("Hotline of the shop"), max_length=40, required=False)

    def clean_hotline(self) -> str:
        """Whatever can be called: with words beside it, in any spelling, but with digits."""
        text: str = self.cleaned_data["hotline"]
        if text and sum(sign.isdigit() for sign in text) < FEWEST_DIGITS:
            raise forms.ValidationError(_("Type a phone number."))
        return text


class MessageForm(forms.Form):
    """A line for every customer at a kiosk; empty for none."""

    text = forms.CharField(
        label=_("What every customer reads there"), max_length=200, required=False
    )


class RetireForm(forms.Form):
    """Out of service for good, said twice."""

    sure = forms.BooleanField(
        label=_("Yes, take it out of service for good"),
        error_messages={
            "required": _("Tick that you mean it. Blocking can be undone, this cannot.")
        },
    )  # fmt: skip
