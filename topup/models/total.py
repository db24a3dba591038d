"""Totals of days that are over, so that reports need not read old sales."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from topup.models.shop import Shop


def _sum() -> models.DecimalField:  # type: ignore[type-arg]
    return models.DecimalField(max_digits=20, decimal_places=4, default=0)


class DayTotal(models.Model):
    """What one cashier sold of one operator on one day of the shop's own calendar.

    A sale counts on the day of its final word, a refund on the day it was made, as a
    negative; so a day that is over does not change any more.
    """

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="day_totals")
    day = models.DateField()
    agent = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10)
    operator_name = models.CharField(max_length=120, blank=True)
    currency = models.CharField(max_length=3)
    sales = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    refunds = models.IntegerField(default=0)
    price = _sum()
    commission = _sum()
    charge = _sum()
    cost = _sum()
    variance = _sum()

    class Meta:
        verbose_name = _("total of a day")
        verbose_name_plural = _("totals of days")
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "day", "agent", "kind", "operator_name", "currency"],
                name="day_total_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.shop_id} {self.day} {self.operator_name}"


class DayClose(models.Model):
    """The distributor's day, reconciled and sealed: sales, books and provider agree, or why not."""

    day = models.DateField(_("day"), unique=True)
    figures = models.JSONField(default=dict)
    problems = models.JSONField(default=list)
    note = models.CharField(_("note"), max_length=300, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)
    sealed_at = models.DateTimeField(null=True, blank=True)
    sealed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    digest = models.CharField(max_length=64, blank=True)  # of the figures and the day before

    class Meta:
        verbose_name = _("daily close")
        verbose_name_plural = _("daily closes")
        ordering = ["-day"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(sealed_at=None, sealed_by=None, digest="")
                | (models.Q(sealed_at__isnull=False, sealed_by__isnull=False)
                   & ~models.Q(digest="")),
                name="close_sealed_has_its_digest",
            ),
        ]  # fmt: skip
        triggers = [
            pgtrigger.Trigger(
                name="close_sealed_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF OLD.sealed_at IS NOT NULL THEN
                        RAISE EXCEPTION 'the close of % is sealed', OLD.day;
                    END IF;
                    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return str(self.day)

    @property
    def is_sealed(self) -> bool:
        return self.sealed_at is not None
