"""The pages of the second factor: show a code, set up the app, keep the recovery codes."""

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlencode

import segno
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters

from portal.forms.second_factor import CodeForm, SetUpForm
from portal.http import page, see_other
from portal.second_factor import CODES, PENDING, has_passed, is_asked_of, keep, kept, let_pass
from topup.errors import FactorError
from topup.models import Factor, Person
from topup.services import second_factor

type View = Callable[[HttpRequest, Person, Factor | None], HttpResponse]


def staff_page(view: View) -> Callable[[HttpRequest], HttpResponse]:
    """For those who are asked for a second factor; the view gets the person and the factor."""

    @wraps(view)
    @sensitive_post_parameters("code", "old_code")
    def guarded(request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return see_other(request, resolve_url("session:sign_in"))
        if not is_asked_of(request.user):
            raise Http404
        assert isinstance(request.user, Person)
        return view(request, request.user, second_factor.factor_of(request.user))

    return guarded


@staff_page
def enter(request: HttpRequest, person: Person, factor: Factor | None) -> HttpResponse:
    """Ask for a code, once per sign-in."""
    if factor is None:
        return see_other(request, _with_next(request, "session:factor_set_up"))
    if has_passed(request, factor):
        return see_other(request, _onward(request))
    form = CodeForm(_posted(request), initial={"next": request.GET.get("next", "")})
    if request.method == "POST" and form.is_valid():
        try:
            let_pass(request, second_factor.check(person=person, code=form.cleaned_data["code"]))
        except FactorError as error:
            form.add_error("code", error.message)
        else:
            _tell_codes_left(request, factor)
            return see_other(request, _onward(request))
    return page(request, "session/factor.html", {"form": form}, status=_status(form))


@staff_page
def set_up(request: HttpRequest, person: Person, factor: Factor | None) -> HttpResponse:
    """Show a key as picture and text, and keep it once a code of it fits."""
    if factor and not has_passed(request, factor):
        return see_other(request, _with_next(request, "session:factor"))
    # Of this session alone: nobody learns a key that somebody else will confirm.
    secret = kept(request, PENDING)
    if secret is None:
        keep(request, PENDING, secret := second_factor.new_secret())
    initial = {"next": request.GET.get("next", "")}
    form = SetUpForm(_posted(request), initial=initial, is_change=factor is not None)
    if request.method == "POST" and form.is_valid() and _enrol(request, person, factor, form):
        return see_other(request, _with_next(request, "session:factor_codes"))
    context = {
        "form": form, "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        "picture": _picture(second_factor.app_address(secret=secret, person=person)),
        "is_change": factor is not None,
    }  # fmt: skip
    return page(request, "session/factor_set_up.html", context, status=_status(form))


@staff_page
def codes(request: HttpRequest, person: Person, factor: Factor | None) -> HttpResponse:
    """Show new recovery codes until the person has them; else how many are left, and renew."""
    if factor is None or not has_passed(request, factor):
        return see_other(request, _with_next(request, "session:factor"))
    form = CodeForm(_posted(request), initial={"next": request.GET.get("next", "")})
    if request.method == "POST" and "kept" in request.POST:
        request.session.pop(CODES, None)
        return see_other(request, _onward(request))
    if request.method == "POST" and form.is_valid() and _renew(request, person, form):
        return see_other(request, reverse("session:factor_codes"))
    context = {
        "codes": kept(request, CODES), "left": second_factor.codes_left(factor), "form": form,
    }  # fmt: skip
    return page(request, "session/factor_codes.html", context, status=_status(form))


def _enrol(request: HttpRequest, person: Person, factor: Factor | None, form: SetUpForm) -> bool:
    data = form.cleaned_data
    try:
        made, told = second_factor.enrol(
            person=person, secret=kept(request, PENDING), code=data["code"], replaced=factor,
            old_code=data["old_code"],
        )  # fmt: skip
    except FactorError as error:
        form.add_error(error.field or "code", error.message)
        return False
    let_pass(request, made)
    request.session.pop(PENDING, None)
    keep(request, CODES, told)
    return True


def _renew(request: HttpRequest, person: Person, form: CodeForm) -> bool:
    try:
        factor = second_factor.check(person=person, code=form.cleaned_data["code"])
    except FactorError as error:
        form.add_error("code", error.message)
        return False
    keep(request, CODES, second_factor.renew_codes(factor=factor))
    return True


def _tell_codes_left(request: HttpRequest, factor: Factor) -> None:
    left = second_factor.codes_left(factor)
    if left < 4:
        text = ngettext(
            "%(count)d recovery code is left. Make new ones.",
            "%(count)d recovery codes are left. Make new ones.", left,
        )  # fmt: skip
        messages.warning(request, text % {"count": left})


def _picture(text: str) -> SafeString:
    """A QR code as an element of the page: no style, no script, nothing the CSP refuses."""
    made = segno.make(text, error="m", micro=False)
    drawn = made.svg_inline(
        omitsize=True, border=4, light="#fff", svgclass="qr", lineclass=None, title=_("QR code")
    )
    return mark_safe(drawn.replace("<svg ", '<svg role="img" ', 1))


def _posted(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _onward(request: HttpRequest) -> str:
    """Where the visitor wanted to go; never another site."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(
        wanted, {request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else reverse("admin:index")


def _with_next(request: HttpRequest, name: str) -> str:
    return f"{reverse(name)}?{urlencode({'next': _onward(request)})}"


def _status(form: CodeForm) -> int:
    return 422 if form.errors else 200
