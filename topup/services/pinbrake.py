"""Wrong PINs at one till or kiosk, of all people together.

They lock a person's PIN, too (see `topup.services.people`). Who tries one person after
another is braked by the place.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from topup import pacing
from topup.errors import TopupError
from topup.models import Device, Kiosk, What
from topup.services import audit

WRONG_SECONDS = 900  # from the first of them


@contextmanager
def one_try(place: Device | Kiosk, *, most: int, error: type[TopupError]) -> Iterator[None]:
    """A PIN is tried within it; one that was right does not count, and wipes out no other.

    Counted before the PIN is looked at, so that tries at the same moment do not pass together.
    `error` after the `most` that may be wrong; the first such refusal is in the audit log.
    """
    what, who = f"pin:{place._meta.model_name}", str(place.pk)
    tries = pacing.count(what, who, seconds=WRONG_SECONDS) or 0
    if tries > most:
        if tries == most + 1:
            audit.record(What.SIGN_IN_BRAKED, name=str(place), shop_id=place.shop_id)
        raise error
    yield
    pacing.give_back(what, who)
