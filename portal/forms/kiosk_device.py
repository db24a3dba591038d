"""What is typed to make a browser a kiosk, and to leave it."""

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.forms.till import PinForm


class EnrolForm(forms.Form):
    """The code that one in charge was shown."""

    code = forms.CharField(
        label=_("Code of the kiosk"), max_length=40,
        error_messages={"required": _("Type the code that the owner of the shop was shown.")},
    )  # fmt: skip


class LeaveForm(PinForm):
    """Who ends kiosk mode."""
