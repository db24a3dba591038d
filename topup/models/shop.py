"""A shop: who sells, under whom, within which limits, from which float."""

from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


def check_zone(name: str) -> None:
    """Error: `ValidationError` for a name that is no time zone."""
    if name not in available_timezones():
        raise ValidationError(
            _("“%(name)s” is no time zone. Type one such as America/Jamaica."),
            params={"name": name},
        )


class Level(models.TextChoices):
    SUB_DISTRIBUTOR = "sub_distributor", _("sub-distributor")
    SHOP = "shop", _("shop")


class Tier(models.Model):
    """A class of shops, for price and commission rules."""

    name = models.CharField(_("name"), max_length=40, unique=True)

    class Meta:
        verbose_name = _("tier")
        verbose_name_plural = _("tiers")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


def _limit(words: Any, help_text: Any) -> "models.DecimalField[Any, Any]":
    return models.DecimalField(
        words, max_digits=20, decimal_places=4, null=True, blank=True, help_text=help_text
    )


class Shop(models.Model):
    """A retailer, or a sub-distributor with shops below it.

    Its money is the ledger account `float_account`, nothing here. `ancestors` are the
    ids above it, the top first; `topup.services.shops.place` keeps them. What a shop
    does not set (limits, switches) it has from the nearest above it that does.
    """

    name = models.CharField(_("name"), max_length=100, unique=True)
    level = models.CharField(_("level"), max_length=20, choices=Level, default=Level.SHOP)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children",
        verbose_name=_("under"),
    )  # fmt: skip
    ancestors = ArrayField(models.BigIntegerField(), default=list, blank=True, editable=False)
    tier = models.ForeignKey(
        Tier, on_delete=models.PROTECT, null=True, blank=True, related_name="shops",
        verbose_name=_("tier"),
    )  # fmt: skip
    float_account = models.OneToOneField(
        "ledger.Account", on_delete=models.PROTECT, related_name="shop", editable=False
    )
    is_frozen = models.BooleanField(_("frozen"), default=False)
    address = models.CharField(_("address"), max_length=200, blank=True)
    hotline = models.CharField(_("hotline on receipts"), max_length=40, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=50, blank=True, validators=[check_zone])

    sale_limit = _limit(_("limit per sale"), _("What one sale may cost the customer."))
    day_limit = _limit(_("limit per day"), _("What the shop may sell in one of its days."))
    number_limit = _limit(_("limit per number"), _("What one number may get in one day."))

    second_currency = models.CharField(_("second currency"), max_length=3, blank=True)
    second_rate = models.DecimalField(
        _("its rate"), max_digits=20, decimal_places=8, null=True, blank=True,
        help_text=_("How much of it the customer pays for 1 of the wallet's currency."),
    )  # fmt: skip
    requires_shift = models.BooleanField(_("sells only in a shift"), default=False)
    lock_minutes = models.PositiveSmallIntegerField(
        _("minutes until a till locks"), default=10, help_text=_("0: never.")
    )
    runs_out_at = models.DateTimeField(null=True, blank=True, editable=False)  # the forecast
    # Days before this are in DayTotal, by the midnights of `totals_zone`.
    totals_until = models.DateField(null=True, blank=True, editable=False)
    totals_zone = models.CharField(max_length=50, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("shop")
        verbose_name_plural = _("shops")
        ordering = ["name"]
        indexes = [GinIndex(fields=["ancestors"], name="shop_ancestors")]
        constraints = [
            models.CheckConstraint(
                condition=Q(second_currency="", second_rate=None)
                | (~Q(second_currency="") & Q(second_rate__gt=0)),
                name="shop_second_currency_has_rate",
            ),
            models.CheckConstraint(
                condition=Q(sale_limit=None) | Q(sale_limit__gt=0), name="shop_sale_limit_positive"
            ),
            models.CheckConstraint(
                condition=Q(day_limit=None) | Q(day_limit__gt=0), name="shop_day_limit_positive"
            ),
            models.CheckConstraint(
                condition=Q(number_limit=None) | Q(number_limit__gt=0),
                name="shop_number_limit_positive",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def currency(self) -> str:
        return self.float_account.currency

    @property
    def zone(self) -> ZoneInfo:
        """Where its days begin and end; the distributor's own zone if it has none."""
        return ZoneInfo(self.time_zone or settings.TIME_ZONE)

    @property
    def line(self) -> list[int]:
        """The ids of the shop and all above it, the nearest first."""
        return [self.pk, *reversed(self.ancestors)]


class ShopSwitch(models.Model):
    """Goods that are on or off at a shop and all below it.

    One of kind, operator and SKU is set. SKU beats operator beats kind; among equals
    the nearest shop wins.
    """

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="switches")
    kind = models.CharField(_("kind"), max_length=10, blank=True)
    operator = models.ForeignKey(
        "catalog.Operator", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    sku = models.ForeignKey(
        "catalog.Sku", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    is_on = models.BooleanField(_("on sale"), default=False)

    class Meta:
        verbose_name = _("switch")
        verbose_name_plural = _("switches")
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "kind", "operator", "sku"], nulls_distinct=False,
                name="switch_once",
            ),
            models.CheckConstraint(
                condition=(~Q(kind="") & Q(operator=None, sku=None))
                | Q(kind="", operator__isnull=False, sku=None)
                | Q(kind="", operator=None, sku__isnull=False),
                name="switch_of_one_thing",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.operator or self.sku or self.kind}: {'on' if self.is_on else 'off'}"


class BlockedNumber(models.Model):
    """Numbers that nobody may sell to: one, or all that begin so. Of one branch or of all."""

    prefix = models.CharField(_("number, or its beginning"), max_length=20)
    is_whole = models.BooleanField(_("this number only"), default=True)
    shop = models.ForeignKey(
        Shop, on_delete=models.PROTECT, null=True, blank=True, related_name="blocked_numbers",
        verbose_name=_("at this shop and below"),
    )  # fmt: skip
    reason = models.CharField(_("reason"), max_length=200)
    made_by = models.ForeignKey(
        "topup.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        editable=False,
    )  # fmt: skip
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("blocked number")
        verbose_name_plural = _("blocked numbers")
        constraints = [
            models.UniqueConstraint(
                fields=["prefix", "shop"], nulls_distinct=False, name="blocked_once"
            ),
        ]

    def __str__(self) -> str:
        return self.prefix
