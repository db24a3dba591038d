"""What a person must look at, and what stops selling until a person clears it."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from topup.models.sale import Sale


class AlarmKind(models.TextChoices):
    SLOW = "slow", _("a sale is open for 15 minutes")
    REVIEW = "review", _("a sale needs a person")
    CONTRADICTION = "contradiction", _("the provider contradicted itself")
    LATE = "late", _("delivered after we gave the money back")
    VARIANCE = "variance", _("the invoice differs from the quote")
    CONFIGURATION = "configuration", _("the provider refuses our requests")
    ABSENT = "absent", _("many orders unknown to the provider")
    BALANCE = "balance", _("little money at the provider")
    CODE = "code", _("a paid code has not arrived")
    BOOKS = "books", _("the books do not add up")
    LOSS = "loss", _("a sale would lose money")
    AUDIT = "audit", _("the audit log was touched")
    SCAM = "scam", _("many PINs or gift cards in a row")
    WEATHER = "weather", _("an operator fails")
    COPY = "copy", _("an old key of a kiosk was used")
    LOOKS = "looks", _("a code was looked at many times")


class Alarm(models.Model):
    """One thing to look at; raised once per kind, sale and what else it is about."""

    kind = models.CharField(max_length=15, choices=AlarmKind)
    sale = models.ForeignKey(
        Sale, on_delete=models.PROTECT, null=True, blank=True, related_name="alarms"
    )
    about = models.CharField(max_length=60, blank=True)  # such as "sku 12": tells two apart
    message = models.CharField(max_length=300)
    raised_at = models.DateTimeField(auto_now_add=True)
    cleared_at = models.DateTimeField(null=True, blank=True)
    cleared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("alarm")
        verbose_name_plural = _("alarms")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "sale", "about"], condition=models.Q(cleared_at=None),
                nulls_distinct=False, name="alarm_once",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.message


class StopKind(models.TextChoices):
    SELLING = "selling", _("no sales are sent")
    ABSENCE = "absence", _("no sale is declined for being unknown")


class Stop(models.Model):
    """Something is stopped, until a person clears it. At most one of a kind."""

    kind = models.CharField(max_length=10, choices=StopKind)
    reason = models.CharField(max_length=300)
    since = models.DateTimeField(auto_now_add=True)
    cleared_at = models.DateTimeField(null=True, blank=True)
    cleared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("stop")
        verbose_name_plural = _("stops")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind"], condition=models.Q(cleared_at=None), name="one_stop_of_a_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.reason}"
