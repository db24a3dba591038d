"""Favourites and the last goods as rows of the sell page: each leads to its amount, filled in."""

from dataclasses import dataclass

from portal.decorators import AgentRequest
from portal.http import goods_url
from topup.services.favourites import Often, often_sold


@dataclass(frozen=True)
class Row:
    """Goods, where they are sold, and what a star needs to be told."""

    goods: Often
    url: str
    amount: str


def rows(request: AgentRequest) -> list[Row]:
    """What is sold often, for the page without a number."""
    return [_row(goods) for goods in often_sold(person=request.user, shop=request.shop)]


def _row(goods: Often) -> Row:
    sku = goods.sku
    amount = sku.typed_amount(goods.face_value)
    chosen = {"operator": sku.operator_id, "sku": sku.pk, f"amount-{sku.pk}": amount}
    return Row(goods, goods_url(**chosen), amount)
