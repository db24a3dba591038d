"""Looks at a code: by whom, where, on a screen or for a print. Append-only."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from topup.models.device import Device
from topup.models.kiosk import Kiosk
from topup.models.receipt import ReceiptPrint
from topup.models.sale import Sale


class CodeOf(models.TextChoices):
    GOODS = "goods", _("code of the goods")
    MONEY = "money", _("code for money back")


class CodeLook(models.Model):
    """One look. `number` is its place among all openings of that code of the sale.

    The first opening of an old sale may have none: then the voucher keeps its moment alone.
    All openings for one print, its page and its file, are one row.
    """

    sale = models.ForeignKey(Sale, on_delete=models.PROTECT, related_name="looks")
    of = models.CharField(max_length=5, choices=CodeOf)
    number = models.PositiveIntegerField()
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    device = models.ForeignKey(Device, on_delete=models.PROTECT, null=True, related_name="+")
    kiosk = models.ForeignKey(Kiosk, on_delete=models.PROTECT, null=True, related_name="+")
    printed = models.OneToOneField(
        ReceiptPrint, on_delete=models.PROTECT, null=True, related_name="look"
    )

    class Meta:
        verbose_name = _("look at a code")
        verbose_name_plural = _("looks at codes")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(by=None, kiosk__isnull=False) | Q(by__isnull=False, kiosk=None),
                name="look_has_its_eyes",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="code_look_stays", operation=pgtrigger.Update | pgtrigger.Delete
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} of {self.sale_id}"

    @property
    def who(self) -> str:
        return self.by.get_username() if self.by else ""

    @property
    def where(self) -> str:
        """The till or the kiosk; "" for a browser that is neither."""
        if self.kiosk:
            return gettext("kiosk %(terminal)s") % {"terminal": self.kiosk.terminal_id}
        return self.device.name if self.device else ""

    @property
    def how(self) -> str:
        return gettext("for a print") if self.printed_id else gettext("on the screen")
