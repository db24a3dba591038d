"""Receipts on paper: each print and whether it came out. Append-only."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from topup.models.sale import Sale


class Paper(models.TextChoices):
    ROLL_80 = "80", _("80 mm")
    ROLL_58 = "58", _("58 mm")
    SHEET = "other", _("Other (A4, Letter)")
    PDF = "pdf", _("PDF")


class PrintReason(models.TextChoices):
    NO_PAPER = "no_paper", _("The paper did not come out")
    UNREADABLE = "unreadable", _("It cannot be read")
    LOST = "lost", _("The customer lost it")
    OTHER = "other", _("Another reason")


def _stays(name: str) -> pgtrigger.Protect:
    return pgtrigger.Protect(name=name, operation=pgtrigger.Update | pgtrigger.Delete)


class ReceiptPrint(models.Model):
    """One print of a sale's receipt. Number 1 is the original, 2 is COPY 1 and needs a reason."""

    sale = models.ForeignKey(Sale, on_delete=models.PROTECT, related_name="prints")
    number = models.PositiveSmallIntegerField()
    paper = models.CharField(max_length=5, choices=Paper)
    language = models.CharField(max_length=10)
    reason = models.CharField(max_length=10, choices=PrintReason, blank=True)
    kiosk_looks = models.PositiveSmallIntegerField(default=0)  # at its code, before this print
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("print of a receipt")
        verbose_name_plural = _("prints of receipts")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["sale", "number"], name="one_print_of_a_number"),
            models.CheckConstraint(
                condition=Q(number=1, reason="") | (Q(number__gt=1) & ~Q(reason="")),
                name="print_copy_has_its_reason",
            ),
        ]
        triggers = [_stays("print_stays")]

    def __str__(self) -> str:
        return f"{self.number} of {self.sale_id}"

    @property
    def copy(self) -> int:
        """0 for the original, else the n of COPY n: what a kiosk showed before is a paper, too."""
        return self.number - 1 + self.kiosk_looks


class PrintAnswer(models.Model):
    """What the person at the counter answered to "Did it print?"."""

    printed = models.OneToOneField(ReceiptPrint, on_delete=models.PROTECT, related_name="answer")
    came_out = models.BooleanField()
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("answer about a print")
        verbose_name_plural = _("answers about prints")
        triggers = [_stays("print_answer_stays")]

    def __str__(self) -> str:
        return f"{self.printed_id}: {'yes' if self.came_out else 'no'}"
