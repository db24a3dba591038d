"""How often the provider has answered each response code."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SeenCode(models.Model):
    """One code of an answer about a sale; success and pending are not counted.

    `text` is the provider's own, of its last answer, cut.
    """

    code = models.CharField(_("code"), max_length=10, unique=True)
    times = models.PositiveBigIntegerField(_("times"), default=0)
    text = models.CharField(_("the provider's text"), max_length=200, blank=True)
    first_seen_at = models.DateTimeField(_("first seen"), auto_now_add=True)
    last_seen_at = models.DateTimeField(_("last seen"), db_index=True)

    class Meta:
        verbose_name = _("response code")
        verbose_name_plural = _("response codes")
        ordering = ["-last_seen_at"]

    def __str__(self) -> str:
        return self.code
