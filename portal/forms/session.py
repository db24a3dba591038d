"""The sign-in form."""

from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext_lazy as _


class SignInForm(AuthenticationForm):
    """User name and password, with a sentence that says what to do."""

    error_messages = {
        "invalid_login": _(
            "User name and password do not fit. Check capital letters, and type both again."
        ),
        "inactive": _("This login is switched off. Call your distributor."),
    }
