"""Selling the goods of an earlier sale once more: where that begins, and whether it is soon."""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from portal.bar import goods_of
from portal.views.sell import again_url
from topup.kinds import KINDS
from topup.kinds.base import Number
from topup.models import Sale
from topup.states import GIVEN_BACK

FRESH = timedelta(minutes=15)  # so soon that it may be a mistake


@dataclass(frozen=True)
class Repeat:
    """`url`: where the same is sold again to the same customer; "" while it must not be.

    `is_by_number`: the same goods can go to another number, by the bar.
    """

    url: str
    goods: str
    is_by_number: bool
    is_fresh: bool


def of(sale: Sale) -> Repeat | None:
    """How the goods of a sale are sold again; None for one that was refused, or whose SKU is gone.

    A refused sale is mended, not repeated. One without an end is sold to nobody's account a
    second time; the next customer may have the same.
    """
    if sale.sku is None or sale.state in GIVEN_BACK:
        return None
    by_number = KINDS[sale.kind].NUMBER == Number.NEEDED and bool(sale.recipient)
    if sale.is_unfinished:
        return Repeat("", goods_of(sale), by_number, is_fresh=True) if by_number else None
    if by_number:
        asked = urlencode({"number": f"+{sale.recipient}", "again": sale.correlation_id})
        url = f"{reverse('sell:start')}?{asked}"
    else:
        url = again_url(sale.recipient, sale.sku, sale.face_value, sale.extras)
    return Repeat(url, goods_of(sale), by_number, timezone.now() - sale.created_at < FRESH)
