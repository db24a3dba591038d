"""What is typed to make a browser a kiosk, and what a kiosk says of itself."""

from django import forms
from django.utils.translation import gettext_lazy as _


class EnrolForm(forms.Form):
    """The code that one in charge was shown."""

    code = forms.CharField(
        label=_("Code of the kiosk"), max_length=40,
        error_messages={"required": _("Type the code that the owner of the shop was shown.")},
    )  # fmt: skip


class BeatForm(forms.Form):
    """What an open page says of itself; what is odd counts as not said."""

    version = forms.CharField(max_length=100, required=False)
    paper = forms.CharField(max_length=10, required=False)
    age = forms.IntegerField(min_value=0, max_value=10**8, required=False)  # seconds, of the page
