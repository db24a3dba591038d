"""Countries and operators (mobile networks, billers, brands)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models.base import CachedRow


class Country(CachedRow):
    code = models.CharField(max_length=2, primary_key=True)  # ISO 3166 alpha-2
    name = models.CharField(max_length=100)
    region = models.CharField(max_length=100, blank=True)
    dial_codes = models.JSONField(default=list)  # ["1876", "1658"]
    area_codes = models.JSONField(default=list)
    number_length = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = _("country")
        verbose_name_plural = _("countries")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Operator(CachedRow):
    """One operator in one country; the provider may use one id in several."""

    provider_id = models.BigIntegerField()
    country = models.ForeignKey(Country, on_delete=models.PROTECT, related_name="operators")
    name = models.CharField(max_length=120)
    image_url = models.CharField(max_length=300, blank=True)
    logo_digest = models.CharField(max_length=32, blank=True)  # ours: the picture behind it

    class Meta:
        verbose_name = _("operator")
        verbose_name_plural = _("operators")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["provider_id", "country"], name="operator_once"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def initials(self) -> str:
        """One or two letters for the operator's tile."""
        words = [word for word in self.name.replace("-", " ").split() if word[0].isalnum()]
        return "".join(word[0] for word in words[:2]).upper() or "?"
