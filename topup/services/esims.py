"""How much data is left on an eSIM that was sold: asked of the provider, kept nowhere."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from topup import gateway
from topup.errors import TopupError
from topup.models import Kind, Sale
from topup.services import vouchers
from valuetopup.errors import RefusedError, ValueTopupError
from valuetopup.types import EsimBundle

_NOT_STARTED, _USED_UP = gettext_lazy("Not started yet"), gettext_lazy("Used up")
#: The provider's words for how a bundle stands, small; others are shown as they are.
_STATUSES: dict[str, Promise] = {
    "active": gettext_lazy("Active"), "expired": gettext_lazy("Expired"),
    "inactive": _NOT_STARTED, "queued": _NOT_STARTED, "depleted": _USED_UP, "used": _USED_UP,
}  # fmt: skip


class EsimError(TopupError):
    """Nothing can be said about it; the message says why."""


@dataclass(frozen=True)
class Remaining:
    """What is left of one bundle. Amounts in `unit`; None where the provider does not say."""

    name: str
    left: Decimal | None
    total: Decimal | None
    unit: str
    status: str
    expires: str

    @property
    def percent(self) -> int | None:
        """The share that is left, 0 to 100; None if it cannot be told."""
        if self.left is None or not self.total or self.total < 0:
            return None
        return max(0, min(100, round(self.left * 100 / self.total)))


def may_ask(sale: Sale) -> bool:
    """True for an eSIM that is the customer's."""
    return sale.kind == Kind.ESIM and vouchers.has_secret(sale)


def remaining(*, sale: Sale) -> list[Remaining]:
    """Ask what is left on the eSIM of a sale. Never inside a transaction. Error: `EsimError`."""
    iccid = vouchers.iccid_of(sale)
    if not iccid:
        raise EsimError(_("This eSIM cannot be asked about."))
    try:
        rows = gateway.esim_status(iccid)
    except RefusedError:
        raise EsimError(_not_known()) from None
    except (ValueTopupError, ValueError):
        raise EsimError(_("No answer came. Try again in a few minutes.")) from None
    if not rows:
        raise EsimError(_not_known())
    return [_of(row) for row in rows]


def _not_known() -> str:
    return _("Nothing is known about it yet. Load the eSIM on the phone first.")


def _of(row: EsimBundle) -> Remaining:
    left = row.remaining
    if left is None and row.total is not None and row.used is not None:
        left = row.total - row.used
    return Remaining(
        name=row.name, left=left, total=row.total, unit=row.unit,
        status=str(_STATUSES.get(row.status.strip().lower(), row.status)),
        expires=row.expiry_date,
    )  # fmt: skip
