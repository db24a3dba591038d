"""How the counter speaks of a dispute: a picture, a heading and what comes of it."""

from django.utils.translation import gettext_lazy as _

from portal.statewords import Look
from topup.models import DisputeState

_WAITS = _("Your distributor looks at it.")

LOOKS: dict[str, Look] = {
    DisputeState.OPEN: Look("clock", "doubt", _("Disputed"), _WAITS),
    DisputeState.REVIEWED: Look("clock", "doubt", _("Disputed, reviewed"), _WAITS),
    DisputeState.REFUNDED: Look(
        "undo-2", "good", _("Dispute accepted"), _("The money is back on your float.")
    ),
    DisputeState.REFUSED: Look(
        "circle-x", "bad", _("Dispute refused"), _("The sale stays as it is.")
    ),
    DisputeState.WITHDRAWN: Look(
        "x", "quiet", _("Dispute taken back"), _("The sale stays as it is.")
    ),
}
