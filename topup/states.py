"""Where a sale stands, the allowed moves, and the words people see for it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SaleState(models.TextChoices):
    """The states of a sale. The labels are the words for people."""

    CREATED = "created", _("not sent")
    CANCELLED = "cancelled", _("not sent")
    SUBMITTED = "submitted", _("sending")
    PENDING = "pending", _("in progress")
    IN_DOUBT = "in_doubt", _("being checked")
    IN_REVIEW = "in_review", _("being checked")
    COMPLETED = "completed", _("done")
    DECLINED = "declined", _("refused")
    REVERSED = "reversed", _("money returned")
    REFUNDED = "refunded", _("money returned")
    DELIVERED_LATE = "delivered_late", _("done late")


S = SaleState

#: The only moves there are; the database holds the same table in a trigger.
MOVES: frozenset[tuple[str, str]] = frozenset(
    (str(old), str(new))
    for old, news in {
        S.CREATED: (S.SUBMITTED, S.CANCELLED),
        S.SUBMITTED: (S.COMPLETED, S.DECLINED, S.PENDING, S.IN_DOUBT, S.CANCELLED),
        S.PENDING: (S.IN_DOUBT, S.COMPLETED, S.DECLINED, S.IN_REVIEW),
        S.IN_DOUBT: (S.PENDING, S.COMPLETED, S.DECLINED, S.IN_REVIEW),
        S.IN_REVIEW: (S.COMPLETED, S.DECLINED, S.REVERSED),
        S.COMPLETED: (S.REFUNDED,),
        S.DECLINED: (S.DELIVERED_LATE,),
        S.REVERSED: (S.DELIVERED_LATE,),
    }.items()
    for new in news
)

#: Sent, and the provider's final word is not known.
OPEN = frozenset({S.SUBMITTED, S.PENDING, S.IN_DOUBT, S.IN_REVIEW})
#: The agent still waits for something.
UNFINISHED = OPEN | {S.CREATED}
#: Asked again and again by the sweep.
POLLED = frozenset({S.PENDING, S.IN_DOUBT, S.IN_REVIEW})
#: The customer has the goods.
DELIVERED = frozenset({S.COMPLETED, S.DELIVERED_LATE})
#: The provider has charged us for it.
INVOICED = DELIVERED | {S.REFUNDED}
#: The shop's money is back on its float (or never left it).
GIVEN_BACK = frozenset({S.CANCELLED, S.DECLINED, S.REVERSED, S.REFUNDED})


class Basis(models.TextChoices):
    """Why a sale counts as declined."""

    REFUSED = "refused", _("the provider refused it")
    ABSENT = "absent", _("the provider does not know it")
    DOUBTFUL = "doubtful", _("the provider repeated a doubtful answer")
    BY_HAND = "by_hand", _("a person found out")
