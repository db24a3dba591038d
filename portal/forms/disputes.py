"""What is not right about a sale, as the counter tells it."""

from django import forms
from django.utils.translation import gettext_lazy as _

from topup.models.dispute import Reason


class DisputeForm(forms.Form):
    """One reason of a list; words are needed only for something else."""

    reason = forms.ChoiceField(
        choices=Reason.choices,
        error_messages={
            "required": _("Choose what is not right."),
            "invalid_choice": _("Choose what is not right."),
        },
    )
    text = forms.CharField(
        required=False, max_length=500,
        error_messages={"max_length": _("This text is too long. Write at most 500 letters.")},
    )  # fmt: skip
