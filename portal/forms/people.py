"""What is typed about people of the shop."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import UsernameField
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.forms.till import pin_field
from topup.errors import TopupError, WeakPinError
from topup.models import Person, Role
from topup.services.people import NewPerson, check_pin_rules, roles_to_give


class NewPersonForm(forms.Form):
    """Somebody new; with a first PIN, a password, or both."""

    username = UsernameField(
        label=gettext_lazy("User name"), max_length=150, validators=[Person.username_validator],
        error_messages={"required": gettext_lazy("Type a user name.")},
    )  # fmt: skip
    first_name = forms.CharField(label=gettext_lazy("First name"), max_length=150, required=False)
    last_name = forms.CharField(label=gettext_lazy("Last name"), max_length=150, required=False)
    role = forms.ChoiceField(label=gettext_lazy("Role"))
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=settings.LANGUAGES)
    pin = pin_field(gettext_lazy("First PIN"), required=False)
    password = forms.CharField(
        label=gettext_lazy("Password"), max_length=128, required=False, strip=False
    )

    def __init__(self, *args: Any, by: Person, came_by_pin: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.came_by_pin = came_by_pin  # opens a till, and nothing that would last elsewhere
        self.roles = [(role.value, role.label) for role in roles_to_give(by)]
        self.fields["role"].choices = self.roles  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("pin") and not data.get("password") and "pin" not in self.errors:
            self.add_error("pin", _("Give a first PIN, or a password, or both."))
        _check_pin(self, data)
        if data.get("password") and self.came_by_pin:
            told = _("A PIN is not enough to give a password. Sign in with your own password.")
            self.add_error("password", told)
        elif data.get("password"):
            try:
                validate_password(data["password"], Person(username=data.get("username", "")))
            except ValidationError as error:
                self.add_error("password", error)
        return data

    @property
    def new(self) -> NewPerson:
        data = self.cleaned_data
        return NewPerson(**{**data, "role": Role(data["role"])})

    def refuse(self, error: TopupError) -> None:
        """The service's word, at the field it is about."""
        self.add_error(error.field or None, error.message)


class SetPinForm(forms.Form):
    """A new PIN for somebody else."""

    pin = pin_field(
        gettext_lazy("New PIN"), error_messages={"required": gettext_lazy("Type the new PIN.")}
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        _check_pin(self, data)
        return data


class OwnPinForm(SetPinForm):
    """A new PIN for oneself, typed twice, with a proof of who types it."""

    proof = forms.CharField(
        label=gettext_lazy("Your password, or your PIN as it is now"), max_length=128, strip=False,
        error_messages={"required": gettext_lazy("Type your password, or the PIN you have now.")},
    )  # fmt: skip
    again = pin_field(
        gettext_lazy("New PIN again"),
        error_messages={"required": gettext_lazy("Type the new PIN again.")},
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("pin") and data.get("again") and data["pin"] != data["again"]:
            self.add_error("again", _("The two new PINs are not the same. Type both again."))
        return data


def _check_pin(form: forms.Form, data: dict[str, Any]) -> None:
    if data.get("pin"):
        try:
            check_pin_rules(data["pin"])
        except WeakPinError as error:
            form.add_error("pin", error.message)
