"""Products (an operator's line) and SKUs (one denomination or range of it)."""

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.enums import Category
from catalog.models.base import CachedRow
from catalog.models.place import Country, Operator


class Product(CachedRow):
    provider_id = models.BigIntegerField(unique=True)
    category = models.CharField(max_length=10, choices=Category)
    name = models.CharField(max_length=200)
    operator = models.ForeignKey(
        Operator, on_delete=models.PROTECT, related_name="products", null=True
    )
    country = models.ForeignKey(
        Country, on_delete=models.PROTECT, related_name="products", null=True
    )
    description = models.TextField(blank=True)
    image_url = models.CharField(max_length=300, blank=True)
    logo_digest = models.CharField(max_length=32, blank=True)  # ours: the picture behind it
    require_fetch_bundle = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


def _amount() -> "models.DecimalField[Decimal | str | None, Decimal | None]":
    return models.DecimalField(max_digits=20, decimal_places=4, null=True, blank=True)


class Sku(CachedRow):
    """One thing that can be ordered. Fixed if min equals max, else a range.

    `face_value`s are in `face_currency`, the currency every `amount` of an
    order is sent in; `delivered`s in `delivered_currency`; `cost`s in
    `cost_currency` (a fall-back only: the provider's estimate is the cost).
    """

    provider_id = models.BigIntegerField(unique=True)
    category = models.CharField(max_length=10, choices=Category)
    name = models.CharField(max_length=250)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="skus", null=True)
    operator = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="skus", null=True)
    country = models.ForeignKey(Country, on_delete=models.PROTECT, related_name="skus", null=True)
    min_face_value = _amount()
    max_face_value = _amount()
    face_currency = models.CharField(max_length=3, blank=True)
    min_delivered = _amount()
    max_delivered = _amount()
    delivered_currency = models.CharField(max_length=3, blank=True)
    min_cost = _amount()
    max_cost = _amount()
    cost_currency = models.CharField(max_length=3, blank=True)
    exchange_rate = models.DecimalField(max_digits=20, decimal_places=8, null=True, blank=True)
    fee = _amount()
    sales_tax = _amount()
    is_sales_tax_charged = models.BooleanField(default=False)
    allow_decimal = models.BooleanField(default=False)
    local_number_length = models.PositiveSmallIntegerField(null=True, blank=True)
    dial_codes = models.JSONField(default=list)
    validity = models.CharField(max_length=60, blank=True)
    benefit_type = models.CharField(max_length=60, blank=True)
    description = models.TextField(blank=True)
    additional_information = models.TextField(blank=True)
    require_fetch_bundle = models.BooleanField(default=False)
    paused_at = models.DateTimeField(null=True, blank=True)
    pause_reason = models.CharField(max_length=200, blank=True)
    months_off_at = models.DateTimeField(null=True, blank=True)  # plans of months cost otherwise
    # Known only from the list of one number: on sale to such numbers alone, and in no list
    # of the catalogue, so no sync counts or retires it.
    is_dynamic = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("SKU")
        verbose_name_plural = _("SKUs")
        ordering = ["min_face_value", "name"]
        indexes = [
            models.Index(
                fields=["operator", "category"],
                name="sku_on_sale",
                condition=Q(retired_at=None, paused_at=None),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def shown_name(self) -> str:
        """In the language that `catalog.texts.in_language` joined, else English."""
        return getattr(self, "local_name", "") or self.name

    @property
    def shown_product_name(self) -> str:
        own = getattr(self, "local_product_name", "")
        return own or (self.product.name if self.product else "")

    @property
    def shown_description(self) -> str:
        return getattr(self, "local_description", "") or self.description

    @property
    def shown_information(self) -> str:
        own = getattr(self, "local_additional_information", "")
        return own or self.additional_information

    @property
    def is_fixed(self) -> bool:
        return self.min_face_value == self.max_face_value

    @property
    def is_sellable(self) -> bool:
        """On sale, and its amount has a currency to travel with."""
        return not self.retired_at and not self.paused_at and self.has_amount

    @property
    def has_amount(self) -> bool:
        return bool(
            self.min_face_value is not None
            and self.max_face_value is not None
            and 0 < self.min_face_value <= self.max_face_value
            and len(self.face_currency) == 3
        )

    def typed_amount(self, face_value: Decimal) -> str:
        """A face value as it is typed beside a range; nothing for a fixed SKU.

        Never with three decimals, which may be a thousand for who reads it: 1.5250.
        """
        text = f"{face_value.normalize():f}"
        return "" if self.is_fixed else f"{text}0" if text[-4:-3] == "." else text

    def delivered_for(self, face_value: Decimal) -> Decimal | None:
        """What the receiver gets for a face value, in `delivered_currency`; an estimate."""
        if self.min_delivered is None or not self.min_face_value:
            return None
        if face_value == self.min_face_value:
            return self.min_delivered
        if face_value == self.max_face_value and self.max_delivered is not None:
            return self.max_delivered
        exact = self.min_delivered * face_value / self.min_face_value
        return exact.quantize(Decimal("0.01"))

    def cost_for(self, face_value: Decimal) -> Decimal | None:
        """The catalogue's cost for a face value, in `cost_currency`; None if not given."""
        if self.min_cost is None or not self.min_face_value:
            return None
        if face_value == self.min_face_value:
            return self.min_cost
        if face_value == self.max_face_value and self.max_cost is not None:
            return self.max_cost
        exact = self.min_cost * face_value / self.min_face_value
        return exact.quantize(Decimal("0.0001"))
