"""What a sale brings, in words: by its kind, and by whether it has come."""

import re

from django.utils.translation import gettext_lazy, ngettext

from topup.kinds.base import Label
from topup.models import Kind
from topup.services.delivered import Arrival

_WORTH = gettext_lazy("Worth")
_COMES: dict[str, Label] = {
    Kind.BILL: gettext_lazy("Arrives at the biller"), Kind.ESIM: _WORTH, Kind.GIFT_CARD: _WORTH,
}  # fmt: skip
_CAME: dict[str, Label] = {
    Kind.BILL: gettext_lazy("Arrived at the biller"), Kind.ESIM: _WORTH, Kind.GIFT_CARD: _WORTH,
}  # fmt: skip
_DAYS = re.compile(r"(\d{1,4})\s*d(?:ays?)?\.?", re.IGNORECASE | re.ASCII)


def before_sale(kind: str) -> Label:
    """What the amount is called on the check page."""
    return _COMES.get(kind, gettext_lazy("Customer receives"))


def label(kind: str, arrival: Arrival) -> Label:
    """What the amount is called on the sale's page and on its receipt."""
    if arrival.has_come:
        return _CAME.get(kind, gettext_lazy("Received"))
    return _COMES.get(kind, gettext_lazy("Will receive"))


def validity(text: str) -> str:
    """ "7D" as people say it; the provider's own text where its form is not known."""
    found = _DAYS.fullmatch(text.strip())
    if not found or not int(found[1]):
        return text
    return ngettext("%(num)d day", "%(num)d days", int(found[1])) % {"num": int(found[1])}
