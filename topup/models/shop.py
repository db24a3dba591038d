"""A shop: who sells, at which prices, from which float."""

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Shop(models.Model):
    """A retailer. Its money is the ledger account `float_account`, nothing here.

    Until pricing rules exist a shop has one markup (percent on cost) and one
    share (percent of price − cost that the shop earns).
    """

    name = models.CharField(_("name"), max_length=100, unique=True)
    float_account = models.OneToOneField(
        "ledger.Account", on_delete=models.PROTECT, related_name="shop", editable=False
    )
    markup_percent = models.DecimalField(
        _("markup, % on cost"), max_digits=6, decimal_places=2, default=Decimal(8)
    )
    commission_share = models.DecimalField(
        _("shop's share of price − cost, %"), max_digits=5, decimal_places=2, default=Decimal(50)
    )
    is_frozen = models.BooleanField(_("frozen"), default=False)
    address = models.CharField(_("address"), max_length=200, blank=True)
    hotline = models.CharField(_("hotline on receipts"), max_length=40, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("shop")
        verbose_name_plural = _("shops")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(markup_percent__gte=0), name="shop_markup_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(commission_share__gte=0, commission_share__lte=100),
                name="shop_commission_share_is_a_share",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def currency(self) -> str:
        return self.float_account.currency
