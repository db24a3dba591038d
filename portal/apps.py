from typing import Any

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.http import HttpRequest


class PortalConfig(AppConfig):
    name = "portal"

    def ready(self) -> None:
        user_logged_in.connect(_signed_in)
        user_logged_out.connect(_signed_out)


def _signed_in(request: HttpRequest, user: Any, **_: Any) -> None:
    from portal import basketwords, second_factor
    from topup.models import What
    from topup.services import audit, baskets

    second_factor.forget(request)
    basketwords.note(request.session, is_filled=baskets.count_of(user) > 0)
    audit.record(What.SIGNED_IN, person=user)


def _signed_out(user: Any, **_: Any) -> None:
    from topup.models import What
    from topup.services import audit

    if user:
        audit.record(What.SIGNED_OUT, person=user)
