"""Keeps the provider's promotions: those that run, those to come, and what they were."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone

from catalog.models import Country, Operator, Product, Promotion
from catalog.sync import fields
from catalog.wallclock import earliest, latest
from valuetopup import Client
from valuetopup.types import Promotion as Row
from valuetopup.types.promotions import AmountRange


def refresh(client: Client) -> int:
    """Read both lists; how many promotions there are. Safe to repeat. Error: `ValueTopupError`.

    Those that are in neither any more are kept, as ended.
    """
    told = [(row, False) for row in client.current_promotions()]
    told += [(row, True) for row in client.upcoming_promotions()]
    links = _Links(row for row, _is_upcoming in told)
    found: dict[str, Promotion] = {}
    for row, is_upcoming in told:
        promotion = _promotion(row, is_upcoming, links)
        found.setdefault(promotion.fingerprint, promotion)  # in both lists: it runs
    with transaction.atomic():
        # In one order, so that two who write at once wait for each other and no longer.
        _write(sorted(found.values(), key=lambda promotion: promotion.fingerprint))
        gone = Promotion.objects.filter(gone_at=None).exclude(fingerprint__in=found)
        gone.update(gone_at=timezone.now())
    return len(found)


def _write(promotions: list[Promotion]) -> None:
    Promotion.objects.bulk_create(
        promotions,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["fingerprint"],
        update_fields=[
            "starts_at", "ends_at", "product", "operator", "country", "is_upcoming", "seen_at",
            "gone_at",
        ],
    )  # fmt: skip


def _promotion(row: Row, is_upcoming: bool, links: "_Links") -> Promotion:
    said: dict[str, Any] = {
        "name": fields.text(row.name, 200),
        "description": fields.text(row.description, 500),
        "restriction": fields.text(row.restriction, 500),
        "start_text": fields.text(row.start_date, 60),
        "end_text": fields.text(row.end_date, 60),
        "ranges": [_range(span) for span in row.ranges],
    }
    product, operator, country = links.of(row)
    code = country.code if country else row.country_code
    subject = (row.product_id, row.country_code, row.operator_name)
    return Promotion(
        **said,
        fingerprint=fields.fingerprint(said, subject),
        starts_at=earliest(said["start_text"], code),
        ends_at=latest(said["end_text"], code),
        product=product,
        operator=operator,
        country=country,
        is_upcoming=is_upcoming,
        seen_at=timezone.now(),
        gone_at=None,
        raw=fields.plain(row.raw),
    )


def _range(span: AmountRange) -> dict[str, str | None]:
    """Open at an end that is not told, or is nought: "up to 0" is no promotion."""
    return {
        "currency": fields.currency(span.currency),
        "min": f"{span.min:f}" if span.min else None,
        "max": f"{span.max:f}" if span.max else None,
    }


class _Links:
    """Our rows for what promotions name: three queries for all of them."""

    def __init__(self, rows: Iterable[Row]) -> None:
        named = list(rows)
        ids = {row.product_id for row in named if row.product_id is not None}
        codes = {row.country_code for row in named}
        products = Product.objects.filter(provider_id__in=ids)
        self.products = {
            row.provider_id: row
            for row in products.select_related("operator", "country").defer(
                "raw", "operator__raw", "country__raw"
            )
        }
        self.countries = {
            row.code: row for row in Country.objects.filter(code__in=codes).defer("raw")
        }
        operators = Operator.objects.filter(country__in=codes, retired_at=None).defer("raw")
        self.operators = {(row.country_id, _plain(row.name)): row for row in operators}

    def of(self, row: Row) -> tuple[Product | None, Operator | None, Country | None]:
        product = self.products.get(row.product_id) if row.product_id is not None else None
        named = self.operators.get((row.country_code, _plain(row.operator_name)))
        operator = (product.operator if product else None) or named
        country = (product.country if product else None) or self.countries.get(row.country_code)
        return product, operator, country


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())
