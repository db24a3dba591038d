"""The secret that was sold: sealed, and opened only by the shop that sold it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from topup.models.sale import Sale


class VoucherState(models.TextChoices):
    AWAITED = "awaited", _("paid, code on its way")
    READY = "ready", _("ready")


class Voucher(models.Model):
    """PINs of one sale. `sealed` is opened by `topup.services.vouchers` only."""

    sale = models.OneToOneField(Sale, on_delete=models.PROTECT, related_name="voucher")
    state = models.CharField(max_length=10, choices=VoucherState, default=VoucherState.AWAITED)
    sealed = models.BinaryField(default=b"")
    created_at = models.DateTimeField(auto_now_add=True)
    ready_at = models.DateTimeField(null=True, blank=True)
    first_shown_at = models.DateTimeField(null=True, blank=True)
    read_count = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("voucher")
        verbose_name_plural = _("vouchers")

    def __str__(self) -> str:
        return f"voucher of {self.sale_id}"
