"""How the counter speaks of a file of sales and of its rows."""

from django.utils.translation import gettext_lazy as _

from portal import statewords
from portal.statewords import Look
from topup.models.bulk import BulkState, RowState
from topup.services.bulkfigures import Told

B, R = BulkState, RowState
LOOKS: dict[str, Look] = {
    B.CHECKING: Look(
        "loader-circle", "busy", _("Looking at the rows…"), _("Nothing is sold or held yet.")
    ),
    B.CHECKED: Look(
        "eye", "doubt", _("Ready to start"), _("Nothing is sold or held until you start it.")
    ),
    B.RUNNING: Look(
        "loader-circle", "busy", _("Being sold"),
        _("It goes on by itself; you can close this page. Do not sell these rows again."),
    ),
    B.PAUSED: Look(
        "clock", "doubt", _("Paused"), _("No more rows are sold until you go on.")
    ),
    B.DONE: Look("circle-check", "good", _("Finished"), _("No more rows are sold.")),
    B.CANCELLED: Look("x", "quiet", _("Cancelled"), _("No more rows are sold.")),
}  # fmt: skip
ROWS: dict[str, Look] = {
    R.UNCHECKED: Look("loader-circle", "busy", "", ""),
    R.BAD: Look("circle-x", "bad", "", ""),
    R.ASKED: Look("circle-alert", "doubt", "", ""),
    R.WAITING: Look("clock", "quiet", "", ""),
    R.OPENING: Look("loader-circle", "busy", "", ""),
    R.OPENED: Look("loader-circle", "busy", "", ""),
    R.REFUSED: Look("circle-x", "bad", "", ""),
    R.SKIPPED: Look("x", "quiet", "", ""),
}
GROUPS = {
    "all": _("All"), "bad": _("Cannot be sold"), "asked": _("Wait for your word"),
    "waiting": _("Not begun"), "checked": _("Under way"), "sold": _("Sold"),
    "returned": _("Money back"), "left": _("Left out"),
}  # fmt: skip
#: What a person says yes to, about all such rows of a file at once.
ASKS = {
    "repeat": _("They look like a second time the same. If they are meant, sell them."),
    "large": _("Each is large, and the first one to its number. If the numbers are right, sell."),
    "price": _("The price has risen since the file was looked at."),
}


def look(told: Told) -> Look:
    """The picture for a row: of its sale, if it has one."""
    return statewords.LOOKS[told.sale.state] if told.sale else ROWS[told.row.state]
