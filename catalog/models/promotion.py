"""Promotions of operators, as the provider tells them."""

from datetime import datetime
from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models.place import Country, Operator
from catalog.models.product import Product, Sku
from catalog.wallclock import read_time


class Promotion(models.Model):
    """One promotion. The provider gives it no id: `fingerprint` is of all that it says.

    `start_text` and `end_text` are the destination's own clock, as written; `starts_at`
    and `ends_at` are the earliest and the latest moment that this can be, None if it
    cannot be read. A promotion that is in no list any more has a `gone_at`.
    """

    fingerprint = models.CharField(max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=200, blank=True)
    description = models.CharField(_("description"), max_length=500, blank=True)
    restriction = models.CharField(_("restriction"), max_length=500, blank=True)
    start_text = models.CharField(_("starts, local time"), max_length=60, blank=True)
    end_text = models.CharField(_("ends, local time"), max_length=60, blank=True)
    starts_at = models.DateTimeField(_("starts"), null=True, blank=True)
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True)
    # [{"currency": "USD", "min": "10", "max": "100"}]; an end that is None is open
    ranges = models.JSONField(_("amounts"), default=list)
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="promotions", null=True, blank=True
    )
    operator = models.ForeignKey(
        Operator, on_delete=models.PROTECT, related_name="promotions", null=True, blank=True
    )
    country = models.ForeignKey(
        Country, on_delete=models.PROTECT, related_name="promotions", null=True, blank=True
    )
    is_upcoming = models.BooleanField(_("told as upcoming"), default=False)
    first_seen_at = models.DateTimeField(_("first seen"), auto_now_add=True)
    seen_at = models.DateTimeField(_("last seen"))
    gone_at = models.DateTimeField(_("ended"), null=True, blank=True)
    raw = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("promotion")
        verbose_name_plural = _("promotions")
        ordering = ["-ends_at", "name"]
        indexes = [
            models.Index(
                fields=["operator", "ends_at"], name="promotion_of_operator",
                condition=Q(gone_at=None),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name or self.description

    @property
    def local_start(self) -> datetime | None:
        """By the destination's clock, without a zone."""
        return read_time(self.start_text)

    @property
    def local_end(self) -> datetime | None:
        return read_time(self.end_text, is_end=True)

    def has_begun(self, now: datetime) -> bool:
        return not self.is_upcoming or bool(self.starts_at and self.starts_at <= now)

    def concerns(self, sku: Sku, face_value: Decimal | None = None) -> bool:
        """Whether it is for this amount of a SKU, or, without one, for any amount of it.

        A range in a currency that is neither ordered nor delivered promises nothing.
        """
        if self.product_id is not None and self.product_id != sku.product_id:
            return False
        return not self.ranges or any(_fits(span, sku, face_value) for span in self.ranges)


def _fits(span: dict[str, str | None], sku: Sku, face_value: Decimal | None) -> bool:
    low, high = _ends(sku, face_value, span["currency"] or sku.face_currency)
    least, most = span["min"], span["max"]
    if low is None or high is None:
        return False
    return (most is None or low <= Decimal(most)) and (least is None or high >= Decimal(least))


def _ends(
    sku: Sku, face_value: Decimal | None, currency: str
) -> tuple[Decimal | None, Decimal | None]:
    """The amounts that may be bought, in this currency; nothing if they are in no such one."""
    if currency == sku.face_currency:
        return face_value or sku.min_face_value, face_value or sku.max_face_value
    if currency != sku.delivered_currency:
        return None, None
    if face_value:
        delivered = sku.delivered_for(face_value)
        return delivered, delivered
    return sku.min_delivered, sku.max_delivered
