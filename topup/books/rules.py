"""Price and commission of every sale, made again of its cost by the rules it names.

Sales of the same goods at the same cost are looked at once.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from ledger.checks import MOST
from topup import rules
from topup.models import PriceRule
from topup.rules import Amounts, Rule, Terms
from topup.services.pricebooks import as_rule

_SALES = """
    SELECT price_rule_id, commission_rule_id, cost, face_value, face_currency, currency, months,
           price, commission, MIN(correlation_id), COUNT(*)
      FROM topup_sale WHERE price_rule_id IS NOT NULL
     GROUP BY price_rule_id, commission_rule_id, cost, face_value, face_currency, currency, months,
              price, commission
"""


class Group(NamedTuple):
    """Sales that differ in nothing that makes a price."""

    price_rule: int
    commission_rule: int | None
    cost: Decimal
    face_value: Decimal
    face_currency: str
    currency: str
    months: int
    price: Decimal
    commission: Decimal
    example: str
    number: int


def problems() -> Iterator[str]:
    """Sales whose amounts are not those of their rules, in words."""
    groups = _groups()
    known = {row.pk: as_rule(row) for row in PriceRule.objects.filter(pk__in=_named(groups))}
    found = (words for group in groups if (words := _words(group, _made(group, known))))
    for _number, words in zip(range(MOST), found, strict=False):
        yield words


def _named(groups: list[Group]) -> set[int]:
    """The rules that sales name: of a hundred thousand rules a few."""
    return {pk for group in groups for pk in (group.price_rule, group.commission_rule) if pk}


def _groups() -> list[Group]:
    with connection.cursor() as cursor:
        cursor.execute(_SALES)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return [Group(*row) for row in rows]


def _made(group: Group, known: dict[int, Rule]) -> Amounts:
    commission = known[group.commission_rule] if group.commission_rule else None
    return rules.amounts(
        Terms(known[group.price_rule], commission), cost=group.cost, face_value=group.face_value,
        face_currency=group.face_currency, currency=group.currency, months=group.months,
    )  # fmt: skip


def _words(group: Group, made: Amounts) -> str:
    if (made.price, made.commission) == (group.price, group.commission):
        return ""
    others = f" and {group.number - 1} more like it" if group.number > 1 else ""
    return (
        f"sale {group.example}{others} has price {group.price} and commission {group.commission}, "
        f"its rules make {made.price} and {made.commission}"
    )
