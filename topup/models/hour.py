"""What each shop's float spent in each hour, so that a forecast need not read the sales."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from topup.models.shop import Shop


class SpendHour(models.Model):
    """The charges of one shop's sales in the hour (UTC) that begins at `hour`.

    Money that was given back is not counted. Kept by `topup.services.forecast`, for
    eight days; an hour without a row spent nothing.
    """

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="spend_hours")
    hour = models.DateTimeField()
    amount = models.DecimalField(max_digits=20, decimal_places=4)

    class Meta:
        verbose_name = _("spending of an hour")
        verbose_name_plural = _("spending by the hour")
        constraints = [
            models.UniqueConstraint(fields=["shop", "hour"], name="spend_hour_once"),
        ]
        indexes = [models.Index(fields=["hour"], name="spend_hour_by_time")]

    def __str__(self) -> str:
        return f"{self.shop_id} {self.hour:%Y-%m-%d %H} {self.amount}"
