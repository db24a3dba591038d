"""Disputes, refunds, and what the provider owes us for them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from topup.models.sale import Sale


class Reason(models.TextChoices):
    NOT_RECEIVED = "not_received", _("the customer got nothing")
    WRONG_NUMBER = "wrong_number", _("sent to a wrong number")
    WRONG_AMOUNT = "wrong_amount", _("the customer got another amount")
    BAD_CODE = "bad_code", _("the code does not work")
    TWICE = "twice", _("sold twice by mistake")
    OTHER = "other", _("something else")


class DisputeState(models.TextChoices):
    OPEN = "open", _("open")
    REVIEWED = "reviewed", _("reviewed")
    REFUNDED = "refunded", _("refunded")
    REFUSED = "refused", _("refused")
    WITHDRAWN = "withdrawn", _("withdrawn")


OPEN_DISPUTES = (DisputeState.OPEN, DisputeState.REVIEWED)


class Dispute(models.Model):
    """A shop says that a delivered sale is not right. Decided by the distributor in time."""

    sale = models.ForeignKey(Sale, on_delete=models.PROTECT, related_name="disputes")
    reason = models.CharField(_("reason"), max_length=15, choices=Reason)
    text = models.CharField(_("what happened"), max_length=500, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=DisputeState, default=DisputeState.OPEN
    )
    raised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    raised_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField(_("answer by"))
    was_shown = models.BooleanField(_("code was shown"), default=False)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    review = models.CharField(_("review"), max_length=300, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(_("answer to the shop"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["due_at"], name="dispute_open",
                condition=Q(state__in=["open", "reviewed"]),
            ),
        ]  # fmt: skip
        constraints = [
            models.UniqueConstraint(
                fields=["sale"], condition=Q(state__in=["open", "reviewed"]),
                name="one_open_dispute_of_a_sale",
            ),
            models.CheckConstraint(
                condition=~Q(state="refunded", was_shown=True)
                | (Q(reviewed_by__isnull=False) & ~Q(reviewed_by=F("decided_by"))),
                name="dispute_shown_code_was_reviewed",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.get_reason_display()} ({self.get_state_display()})"


class Refund(models.Model):
    """The shop's side of a sale taken back; `entry` reverses the sale's entry."""

    sale = models.OneToOneField(Sale, on_delete=models.PROTECT, related_name="refund")
    dispute = models.OneToOneField(
        Dispute, on_delete=models.PROTECT, null=True, blank=True, related_name="refund"
    )
    entry = models.OneToOneField("ledger.Entry", on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        ordering = ["-id"]
        indexes = [models.Index(fields=["made_at"], name="refund_by_time")]

    def __str__(self) -> str:
        return f"refund of {self.sale_id}"


class ClaimState(models.TextChoices):
    OPEN = "open", _("open")
    WRITE_OFF_ASKED = "write_off_asked", _("write-off waits for a second person")
    CREDITED = "credited", _("paid by the provider")
    WRITTEN_OFF = "written_off", _("written off")


class Claim(models.Model):
    """The provider's cost of a refunded sale: paid back into the wallet, or written off by two."""

    sale = models.OneToOneField(Sale, on_delete=models.PROTECT, related_name="claim")
    amount = models.DecimalField(_("amount"), max_digits=20, decimal_places=4)
    currency = models.CharField(max_length=3)
    state = models.CharField(_("state"), max_length=15, choices=ClaimState, default=ClaimState.OPEN)
    opened_at = models.DateTimeField(auto_now_add=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("claim on the provider")
        verbose_name_plural = _("claims on the provider")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="claim_positive"),
            models.CheckConstraint(
                condition=~Q(state="written_off")
                | (Q(asked_by__isnull=False, closed_by__isnull=False)
                   & ~Q(asked_by=F("closed_by"))),
                name="claim_written_off_by_two",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} ({self.get_state_display()})"
