"""People who sign in."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from topup.models.shop import Shop


class Role(models.TextChoices):
    ADMIN = "admin", _("distributor")
    OWNER = "owner", _("shop owner")
    MANAGER = "manager", _("manager")
    CASHIER = "cashier", _("cashier")


#: Who sees all of a shop, and looks after its people and its money.
IN_CHARGE = frozenset({Role.OWNER, Role.MANAGER})


class Person(AbstractUser):
    """One who signs in. People of a shop have one; the distributor's people none.

    `pin_hash` opens a till of the shop that somebody has signed in at: it is worth
    nothing anywhere else.
    """

    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.CASHIER)
    shop = models.ForeignKey(
        Shop, on_delete=models.PROTECT, null=True, blank=True, related_name="people",
        verbose_name=_("shop"),
    )  # fmt: skip
    language = models.CharField(_("language"), max_length=10, default="en")
    pin_hash = models.CharField(max_length=128, blank=True, editable=False)
    pin_tries = models.PositiveSmallIntegerField(default=0, editable=False)  # wrong ones
    pin_locked_until = models.DateTimeField(null=True, blank=True, editable=False)
    hides_margin = models.BooleanField(_("hide the margin"), default=False)

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
        """Those in charge see every sale of the shop, a cashier only his own."""
        return self.role in IN_CHARGE
