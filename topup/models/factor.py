"""The second factor of those who may enter the admin: an app's codes, and codes on paper."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Factor(models.Model):
    """The key that a person's app makes its codes from. There is a row only once a code fitted.

    A session that has shown a code remembers the row's id: another row, another code.
    """

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="factor",
        verbose_name=_("person"),
    )  # fmt: skip
    sealed = models.BinaryField()
    made_at = models.DateTimeField(_("since"), auto_now_add=True)
    last_step = models.BigIntegerField(default=0)  # of 30 s: a code of it or before is used up
    wrong_tries = models.PositiveIntegerField(_("wrong codes"), default=0)
    locked_until = models.DateTimeField(_("waits until"), null=True, blank=True)

    class Meta:
        verbose_name = _("second factor")
        verbose_name_plural = _("second factors")
        ordering = ["person__username"]

    def __str__(self) -> str:
        return str(self.person)


class RecoveryCode(models.Model):
    """A code for when the app is lost; good once. 80 random bits, so a plain hash keeps it."""

    factor = models.ForeignKey(Factor, on_delete=models.PROTECT, related_name="codes")
    digest = models.CharField(max_length=64, unique=True)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("recovery code")
        verbose_name_plural = _("recovery codes")

    def __str__(self) -> str:
        return f"{self.factor_id}"
