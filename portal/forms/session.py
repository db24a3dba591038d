"""The sign-in form."""

from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from portal import brake


class SignInForm(AuthenticationForm):
    """User name and password, with a sentence that says what to do."""

    error_messages = {
        "invalid_login": _(
            "User name and password do not fit. Check capital letters, and type both again."
        ),
        "inactive": _("This login is switched off. Call your distributor."),
    }

    def get_invalid_login_error(self) -> ValidationError:
        why = brake.pause(self.request, self.cleaned_data["username"])
        if why == "name":
            return ValidationError(
                _(
                    "Too many wrong passwords for this user name. Wait five minutes, then try "
                    "again. Others can sign in."
                ),
                code="braked",
            )
        if why == "address":
            return ValidationError(
                _(
                    "Too many wrong passwords from this place. Wait five minutes, then try "
                    "again. Who is signed in can go on."
                ),
                code="braked",
            )
        return super().get_invalid_login_error()
