"""A till: a browser that belongs to a shop, where its people change by PIN."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from topup.models.shop import Shop


class Device(models.Model):
    """One till. Its cookie holds the token, the row only the token's hash."""

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="devices")
    name = models.CharField(_("name"), max_length=60)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    enrolled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False
    )
    enrolled_at = models.DateTimeField(auto_now_add=True)
    last_seen_at = models.DateTimeField(null=True, blank=True, editable=False)
    is_frozen = models.BooleanField(_("frozen"), default=False)

    class Meta:
        verbose_name = _("till")
        verbose_name_plural = _("tills")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
