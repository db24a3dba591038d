"""People who sign in."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from topup.models.shop import Shop


class Role(models.TextChoices):
    ADMIN = "admin", _("distributor")
    OWNER = "owner", _("shop owner")
    AGENT = "agent", _("agent")


class Person(AbstractUser):
    """One who signs in. Agents and owners have a shop; the distributor's people none."""

    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.AGENT)
    shop = models.ForeignKey(
        Shop, on_delete=models.PROTECT, null=True, blank=True, related_name="people",
        verbose_name=_("shop"),
    )  # fmt: skip
    language = models.CharField(_("language"), max_length=10, default="en")
    pin_hash = models.CharField(max_length=128, blank=True, editable=False)

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.CheckConstraint(
                condition=Q(role="admin") | Q(shop__isnull=False), name="person_of_a_shop"
            ),
        ]

    @property
    def sees_whole_shop(self) -> bool:
        """The owner sees every sale of the shop, an agent only his own."""
        return self.role == Role.OWNER
