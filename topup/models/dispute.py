"""Disputes, refunds, and what the provider owes us for them."""

from decimal import Decimal

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext, pgettext_lazy
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
    OPEN = "open", pgettext_lazy("dispute", "open")
    REVIEWED = "reviewed", _("reviewed")
    REFUNDED = "refunded", _("refunded")
    REFUSED = "refused", pgettext_lazy("dispute", "refused")
    WITHDRAWN = "withdrawn", _("withdrawn")


OPEN_DISPUTES = (DisputeState.OPEN, DisputeState.REVIEWED)
_ENDS = (DisputeState.REFUNDED, DisputeState.REFUSED, DisputeState.WITHDRAWN)
#: The only moves there are; the database holds the same table in a trigger.
DISPUTE_MOVES = sorted(
    {("open", "reviewed"), *((str(old), str(new)) for old in OPEN_DISPUTES for new in _ENDS)}
)


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
            models.CheckConstraint(
                condition=~Q(state__in=["refunded", "refused"])
                | (Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(answer="")),
                name="dispute_decided_has_its_answer",
            ),
        ]  # fmt: skip
        triggers = [
            pgtrigger.Protect(name="dispute_stays", operation=pgtrigger.Delete),
            pgtrigger.FSM(name="dispute_moves", field="state", transitions=DISPUTE_MOVES),
            pgtrigger.Trigger(
                name="dispute_decided_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                    IF OLD.state NOT IN ('open', 'reviewed') OR OLD.sale_id <> NEW.sale_id
                       OR OLD.raised_by_id <> NEW.raised_by_id OR OLD.reason <> NEW.reason
                       OR OLD.text <> NEW.text THEN
                        RAISE EXCEPTION 'dispute % does not change', OLD.id;
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()} ({self.get_state_display()})"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_DISPUTES


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
        triggers = [
            pgtrigger.Protect(name="refund_stays", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return gettext("Refund %(id)s") % {"id": self.pk}


class ClaimState(models.TextChoices):
    OPEN = "open", pgettext_lazy("claim", "open")
    WRITE_OFF_ASKED = "write_off_asked", _("write-off waits for a second person")
    CREDITED = "credited", _("paid by the provider")
    WRITTEN_OFF = "written_off", _("written off")


OPEN_CLAIMS = (ClaimState.OPEN, ClaimState.WRITE_OFF_ASKED)


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
    reference = models.CharField(_("the provider's reference"), max_length=60, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("claim on the provider")
        verbose_name_plural = _("claims on the provider")
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["opened_at"], name="claim_open",
                condition=Q(state__in=["open", "write_off_asked"]),
            ),
        ]  # fmt: skip
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="claim_positive"),
            models.CheckConstraint(
                condition=~Q(state="written_off")
                | (Q(asked_by__isnull=False, closed_by__isnull=False)
                   & ~Q(asked_by=F("closed_by"))),
                name="claim_written_off_by_two",
            ),
            models.CheckConstraint(
                condition=~Q(state="credited")
                | (Q(closed_by__isnull=False, closed_at__isnull=False) & ~Q(reference="")),
                name="claim_credited_has_its_reference",
            ),
        ]  # fmt: skip
        triggers = [
            pgtrigger.Protect(name="claim_stays", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="claim_closed_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                    IF OLD.state IN ('credited', 'written_off') OR OLD.sale_id <> NEW.sale_id
                       OR OLD.currency <> NEW.currency THEN
                        RAISE EXCEPTION 'claim % does not change', OLD.id;
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{Decimal(self.amount).normalize():f} {self.currency} ({self.get_state_display()})"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_CLAIMS
