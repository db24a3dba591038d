"""The one function that changes the state of a sale, and what it must leave behind.

So it is here that a sale which comes to nothing owes the customer his money.
"""

from functools import partial
from typing import Any

import structlog
from django.db import transaction

from topup.models import Person, Sale, SaleEvent
from topup.services import owed
from topup.states import MOVES, SaleState

log = structlog.get_logger(__name__)


@transaction.atomic
def move(
    sale: Sale,
    new: SaleState,
    *,
    note: str = "",
    evidence: dict[str, Any] | None = None,
    by: Person | None = None,
    **changes: Any,
) -> bool:
    """Move a sale and write its SaleEvent; other columns may change in the same write.

    False, and nothing written, if the move is not allowed or another was faster:
    safe to repeat. The given `sale` is brought up to date when it moved.
    """
    old = SaleState(sale.state)
    if (old, new) not in MOVES:
        return False
    if not Sale.objects.filter(pk=sale.pk, state=old).update(state=new, **changes):
        return False
    SaleEvent.objects.create(
        sale_id=sale.pk, from_state=old, to_state=new, note=note[:300],
        evidence=evidence or {}, by=by,
    )  # fmt: skip
    line = {"correlation_id": sale.correlation_id, "from_state": str(old), "to_state": str(new)}
    transaction.on_commit(partial(log.info, "sale moved", **line), robust=True)
    sale.state = new
    for name, value in changes.items():
        setattr(sale, name, value)
    owed.follow_state(sale)
    return True


def remember(
    sale: Sale, note: str, *, evidence: dict[str, Any] | None = None, by: Person | None = None
) -> None:
    """A line in the timeline without a move."""
    SaleEvent.objects.create(sale_id=sale.pk, note=note[:300], evidence=evidence or {}, by=by)
