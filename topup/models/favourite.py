"""Goods that people of a shop have starred."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from topup.models.shop import Shop


class Favourite(models.Model):
    """One star: a person's, for a SKU at a face value, at a shop. `face_value` in its currency."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="favourites")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="favourites"
    )
    sku = models.ForeignKey("catalog.Sku", on_delete=models.CASCADE, related_name="+")
    face_value: "models.DecimalField[Decimal, Decimal]" = models.DecimalField(
        max_digits=20, decimal_places=4
    )
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("favourite")
        verbose_name_plural = _("favourites")
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "person", "sku", "face_value"], name="favourite_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku_id} {self.face_value}"
