"""A page on which a person decides about one row: what there is to know, a form, some buttons.

Every button calls one service, with what the form holds, and is written into the log.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from topup.admin.base import person_of
from topup.errors import TopupError
from topup.models import Person

Words = str | Promise
#: A line to write a sentence on.
WIDE = forms.TextInput(attrs={"size": 80})


@dataclass(frozen=True)
class Button:
    """`act` gets the row, the person and the cleaned form; what it returns is told in words."""

    name: str
    words: Words
    act: Callable[[Any, Person, dict[str, Any]], Words]
    permissions: tuple[str, ...] = ()  # beside the one for acting upon such rows


class DecidePage:
    """A part of admins whose rows are decided about; stands before `ActedUpon` among the bases.

    `decide_form` has the fields of all buttons: which of them are needed, the service says.
    """

    admin_site: Any
    opts: Any
    decide_form: type[forms.Form]
    decide_title: Words
    has_act_permission: Callable[[HttpRequest], bool]
    get_object: Callable[..., Any]
    log_change: Callable[..., Any]

    def buttons(self, row: Any) -> list[Button]:
        """What can be decided about a row as it stands; nothing when it is over."""
        raise NotImplementedError

    def facts(self, row: Any) -> list[tuple[Words, Any]]:
        """What there is to know before one decides."""
        raise NotImplementedError

    def make_form(self, row: Any, data: Any) -> forms.Form:
        return self.decide_form(data)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.decide_view)
        name = f"{self.opts.app_label}_{self.opts.model_name}_decide"
        own = [path("<int:object_id>/decide/", view, name=name)]
        return [*own, *super().get_urls()]  # type: ignore[misc]

    def decide_url(self, row: Model) -> str:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_decide"
        return reverse(name, args=[row.pk])

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:  # fmt: skip
        extra = {**(extra_context or {})}
        row = extra.get("row") or (self.get_object(request, object_id) if object_id else None)
        if row and self._allowed(request, row):
            extra |= {"decide_url": self.decide_url(row), "decide_title": self.decide_title}
        return super().changeform_view(request, object_id, form_url, extra)  # type: ignore[misc]

    def _allowed(self, request: HttpRequest, row: Any) -> list[Button]:
        if not self.has_act_permission(request):
            return []
        return [one for one in self.buttons(row) if request.user.has_perms(one.permissions)]

    def decide_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The page, and the press of one of its buttons. Error: `PermissionDenied`."""
        if not self.has_act_permission(request):
            raise PermissionDenied
        row = self.get_object(request, str(object_id))
        if row is None:
            return HttpResponseRedirect(reverse("admin:index"))
        allowed = self._allowed(request, row)
        form = self.make_form(row, request.POST or None)
        pressed = next((one for one in allowed if one.name in request.POST), None)
        # A button may be gone because somebody was faster: then the page says so.
        if request.method == "POST" and pressed is None and self.buttons(row):
            raise PermissionDenied
        if pressed and form.is_valid() and self._press(request, row, pressed, form):
            name = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
            return HttpResponseRedirect(reverse(name, args=[row.pk]))
        context = {
            **self.admin_site.each_context(request), "form": form, "opts": self.opts, "row": row,
            "title": self.decide_title, "facts": self.facts(row), "buttons": allowed,
        }  # fmt: skip
        status = 422 if form.errors else 200
        return TemplateResponse(request, "admin/topup/decide.html", context, status=status)

    def _press(self, request: HttpRequest, row: Any, button: Button, form: forms.Form) -> bool:
        """True when the service did it; else the form says why not."""
        try:
            words = str(button.act(row, person_of(request), form.cleaned_data))
        except TopupError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
            return False
        self.log_change(request, row, f"{button.name}: {words}")
        messages.success(request, _("%(words)s.") % {"words": words.rstrip(".।۔")})
        return True
