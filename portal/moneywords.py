"""How the counter speaks of a deposit's state and of how long a float lasts."""

from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from portal.statewords import Look
from topup.models import DepositState, Shop
from topup.services import forecast as forecasts

S = DepositState
LOOKS: dict[str, Look] = {
    S.WAITING: Look(
        "clock", "doubt", gettext_lazy("Waiting"),
        gettext_lazy("It is on your float when your distributor has seen the money."),
    ),
    S.APPROVED_ONCE: Look(
        "clock", "doubt", gettext_lazy("Waiting for a second person"),
        gettext_lazy("One person has approved it. For so much two must."),
    ),
    S.APPROVED: Look(
        "circle-check", "good", gettext_lazy("On your float"),
        gettext_lazy("You can sell from it."),
    ),
    S.REFUSED: Look(
        "circle-x", "bad", pgettext_lazy("deposit", "Refused"),
        gettext_lazy("It is not on your float."),
    ),
    S.CANCELLED: Look(
        "x", "quiet", gettext_lazy("Taken back"),
        gettext_lazy("If you pay it after all, ask for a new reference."),
    ),
}  # fmt: skip


def forecast(shop: Shop, hours: dict[datetime, Decimal]) -> str:
    """How long the float lasts, whatever the answer is."""
    if not any(hours.values()):
        return _("Too little was sold in the last days to say how long it lasts.")
    at = forecasts.forecast(shop, hours)
    return forecasts.words(shop, at) or _("At this pace your float lasts for more than two days.")
