"""What one person may put on a float by his word alone: so much within a day, in all.

Whoever wants to put in more lets another person agree; in small parts it is as much.
"""

from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.db.models import Exists, OuterRef, Sum
from django.utils import timezone

from ledger.models import EntryKind, Line
from topup.models import DepositRequest, Person

WITHIN = timedelta(days=1)


def limit() -> Decimal:
    """Above this two people must agree, in the float's currency."""
    return Decimal(str(settings.SECOND_PERSON_ABOVE))


def left(*, account_id: int, by: Person) -> Decimal:
    """What of the limit this person has not used yet on this float. Lock the person before it."""
    of_two = DepositRequest.objects.filter(entry=OuterRef("entry"), first_by__isnull=False)
    put_in = Line.objects.filter(
        ~Exists(of_two), account=account_id, entry__posted_by=by, entry__kind=EntryKind.DEPOSIT,
        entry__posted_at__gt=timezone.now() - WITHIN,
    )  # fmt: skip
    return limit() - (put_in.aggregate(sum=Sum("amount"))["sum"] or Decimal(0))
