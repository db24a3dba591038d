"""Words of the provider: its list of response codes, and names in other languages."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models.product import Sku


class ErrorCode(models.Model):
    """One code of the provider's own list; never deleted: `last_seen_at` says when it was there."""

    code = models.CharField(_("code"), max_length=10)
    language = models.CharField(_("language"), max_length=10, default="en")
    text = models.CharField(_("the provider's text"), max_length=300, blank=True)
    first_seen_at = models.DateTimeField(_("first seen"), auto_now_add=True)
    last_seen_at = models.DateTimeField(_("last seen"))

    class Meta:
        verbose_name = _("code of the provider's list")
        verbose_name_plural = _("codes of the provider's list")
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["code", "language"], name="error_code_once"),
        ]

    def __str__(self) -> str:
        return self.code


class SkuText(models.Model):
    """A SKU's words in another language than English. What is "" there is not translated."""

    sku = models.ForeignKey(Sku, on_delete=models.CASCADE, related_name="texts")
    language = models.CharField(max_length=10)
    name = models.CharField(max_length=250, blank=True)
    product_name = models.CharField(max_length=200, blank=True)
    description = models.TextField(blank=True)
    additional_information = models.TextField(blank=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("translated SKU")
        verbose_name_plural = _("translated SKUs")
        constraints = [
            models.UniqueConstraint(fields=["sku", "language"], name="sku_text_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.language})"
