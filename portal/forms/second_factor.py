"""The forms of the second factor."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class CodeForm(forms.Form):
    """A code of the app, or a recovery code; `next` is where the visitor wanted to go."""

    code = forms.CharField(
        max_length=40, error_messages={"required": _("Type the code that the app shows.")}
    )
    next = forms.CharField(required=False, widget=forms.HiddenInput)


class SetUpForm(CodeForm):
    """The first code of a new key; with a factor in place also a code of that one."""

    old_code = forms.CharField(
        max_length=40, required=False,
        error_messages={"required": _("Type a code of the old app, or a recovery code.")},
    )  # fmt: skip

    def __init__(self, *args: Any, is_change: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["old_code"].required = is_change
