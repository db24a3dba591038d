"""What we asked the provider, and which provider this database belongs to."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from topup.models.sale import Sale


class ProviderCall(models.Model):
    """One request about a sale and its answer.

    Written before the call and again after it. `details` holds an allow-list in
    clear; the whole answer is only in `sealed`.
    """

    sale = models.ForeignKey(Sale, on_delete=models.PROTECT, related_name="calls")
    call = models.CharField(max_length=20)  # order, status
    started_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    http_status = models.PositiveSmallIntegerField(null=True, blank=True)
    response_code = models.CharField(max_length=10, blank=True)
    response_message = models.CharField(max_length=200, blank=True)
    error = models.CharField(max_length=200, blank=True)
    details = models.JSONField(default=dict)
    sealed = models.BinaryField(default=b"")

    class Meta:
        verbose_name = _("call to the provider")
        verbose_name_plural = _("calls to the provider")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["sale"], condition=models.Q(call="order"), name="one_order_per_sale"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.call} {self.response_code or self.error}"


class ProviderIdentity(models.Model):
    """The provider that this database belongs to; start-up refuses another."""

    base_url = models.CharField(max_length=200)
    user_id = models.CharField(max_length=100)
    wallet_currency = models.CharField(max_length=3)
    recorded_at = models.DateTimeField(auto_now_add=True)
    only = models.BooleanField(default=True, unique=True, editable=False)

    class Meta:
        verbose_name = _("provider of this database")
        verbose_name_plural = _("provider of this database")
        constraints = [
            models.CheckConstraint(condition=models.Q(only=True), name="one_provider_identity"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.base_url}, {self.wallet_currency}"
