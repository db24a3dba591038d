"""How each operator does at the moment, from our own sales, and its pauses."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Hold(models.TextChoices):
    """What a person has decided about an operator, whatever its sales say."""

    NONE = "", _("as its sales say")
    OPEN = "open", _("held open: never paused")
    CLOSED = "closed", _("held closed: nothing is sold")


class OperatorWeather(models.Model):
    """One operator's last 30 minutes, as counted at `counted_at`.

    `ended` are sales with a final answer; `delivered` and `failed` those that tell
    something about the operator: a wrong number is in neither. Times in seconds from
    sending to the end. `probe_key` is the customer's own sale that was let through after
    a pause; `counts_from` is when the failures in a row began to be counted anew.
    """

    operator = models.OneToOneField(
        "catalog.Operator", on_delete=models.CASCADE, related_name="weather"
    )
    counted_at = models.DateTimeField(_("counted"), null=True)
    ended = models.PositiveIntegerField(_("ended"), default=0)
    delivered = models.PositiveIntegerField(_("delivered"), default=0)
    failed = models.PositiveIntegerField(_("failed"), default=0)
    median_seconds = models.FloatField(_("median, seconds"), null=True)
    slowest_seconds = models.FloatField(_("slowest, seconds"), null=True)
    failures_in_row = models.PositiveIntegerField(_("failures in a row"), default=0)

    paused_until = models.DateTimeField(_("paused until"), null=True)
    pauses = models.PositiveSmallIntegerField(_("pauses one after the other"), default=0)
    counts_from = models.DateTimeField(null=True)
    probe_key = models.CharField(max_length=50, blank=True)
    probed_at = models.DateTimeField(null=True)

    hold = models.CharField(
        _("decided by hand"), max_length=10, choices=Hold, blank=True, default=Hold.NONE
    )
    hold_reason = models.CharField(_("why"), max_length=200, blank=True)
    held_at = models.DateTimeField(null=True)
    held_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("operator weather")
        verbose_name_plural = _("operator weather")
        constraints = [
            models.CheckConstraint(
                condition=Q(hold="") | ~Q(hold_reason=""), name="held_operator_has_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(probe_key="") | Q(paused_until__isnull=False, probed_at__isnull=False),
                name="probe_of_a_pause",
            ),
        ]

    def __str__(self) -> str:
        return str(self.operator)
