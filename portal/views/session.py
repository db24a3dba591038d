"""Signing in and out."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views
from django.contrib.auth.forms import AuthenticationForm, SetPasswordForm
from django.http import HttpResponse
from django.urls import reverse_lazy
from django.utils.translation import gettext as _

from portal.forms.session import SignInForm
from topup.models import Person
from topup.services import people


class SignIn(views.LoginView):
    """The sign-in page; keeps where the visitor wanted to go."""

    template_name = "session/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        person = form.get_user()
        assert isinstance(person, Person)
        people.clear_pin_lock(person=person)  # the password is worth more than the PIN
        return super().form_valid(form)

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)


class Welcome(views.PasswordResetConfirmView):
    """The first password of somebody who was invited: by a link that works once."""

    template_name = "session/welcome.html"
    success_url = reverse_lazy(settings.LOGIN_URL)

    def form_valid(self, form: SetPasswordForm) -> HttpResponse:
        messages.success(self.request, _("Your password is set. Sign in with it."))
        return super().form_valid(form)

    def form_invalid(self, form: SetPasswordForm) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def render_to_response(self, context: dict[str, Any], **options: Any) -> HttpResponse:
        if not self.validlink:
            options["status"] = 410
        return super().render_to_response(context, **options)


welcome = Welcome.as_view()
sign_in = SignIn.as_view()
sign_out = views.LogoutView.as_view()
