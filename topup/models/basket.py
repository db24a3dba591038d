"""Baskets: several quotes that one customer pays for together.

An item keeps its quote as the sealed word of a form, so nothing secret is read in the
table. Its key is that of the quote and of the sale that may come of it, and never changes.
"""

from uuid import uuid4

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from topup.models.device import Device
from topup.models.sale import Sale
from topup.models.shift import Tender
from topup.models.shop import Shop


class BasketState(models.TextChoices):
    OPEN = "open", _("open")
    SOLD = "sold", _("sold")


class Basket(models.Model):
    """What a person has put together; `tender` and `currency` are how all of it was paid.

    The sales, the link of each item and SOLD are written in one transaction: a basket is
    sold as a whole or not at all. `device`: the till it was sold at.
    """

    key = models.UUIDField(unique=True, default=uuid4, editable=False)
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="baskets")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="baskets"
    )
    device = models.ForeignKey(Device, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(
        _("state"), max_length=10, choices=BasketState, default=BasketState.OPEN
    )
    tender = models.CharField(max_length=15, choices=Tender, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now_add=True)  # when a person last did something
    sold_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("basket")
        verbose_name_plural = _("baskets")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["person", "-id"], name="basket_of_person"),
            models.Index(
                fields=["changed_at"], name="basket_abandoned", condition=Q(state="open")
            ),
        ]  # fmt: skip
        constraints = [
            models.UniqueConstraint(
                fields=["person", "shop"], condition=Q(state="open"), name="basket_open_once"
            ),
            models.CheckConstraint(
                condition=Q(state="open")
                | (Q(sold_at__isnull=False) & ~Q(tender="") & ~Q(currency="")),
                name="basket_sold_was_paid",
            ),
        ]
        triggers = [
            pgtrigger.FSM(name="basket_moves", field="state", transitions=[("open", "sold")]),
            pgtrigger.Protect(
                name="basket_sold_stays", operation=pgtrigger.Delete,
                condition=pgtrigger.Q(old__state="sold"),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(self.key)


class BasketItem(models.Model):
    """One quote of a basket. `price` is the one that the person has agreed to."""

    basket = models.ForeignKey(Basket, on_delete=models.CASCADE, related_name="items")
    key = models.CharField(max_length=50, unique=True)
    quote = models.TextField()  # sealed
    sku = models.ForeignKey("catalog.Sku", on_delete=models.SET_NULL, null=True, related_name="+")
    price = models.DecimalField(max_digits=20, decimal_places=4)
    sale = models.OneToOneField(
        Sale, on_delete=models.PROTECT, null=True, related_name="basket_item"
    )
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("item of a basket")
        verbose_name_plural = _("items of baskets")
        ordering = ["id"]
        triggers = [
            pgtrigger.Protect(
                name="basket_item_sold_stays", operation=pgtrigger.Delete,
                condition=pgtrigger.Q(old__sale__isnull=False),
            ),
            pgtrigger.Trigger(
                name="basket_item_keeps_its_key",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("key", "sale_id"),
                condition=pgtrigger.Condition(
                    "OLD.key IS DISTINCT FROM NEW.key OR (OLD.sale_id IS NOT NULL"
                    " AND OLD.sale_id IS DISTINCT FROM NEW.sale_id)"
                ),
                func="RAISE EXCEPTION 'the key and the sale of an item do not change';",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.key
