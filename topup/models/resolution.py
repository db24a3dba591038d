"""What a person has decided about a sale by hand, with his reason; above a limit two people."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from topup.models.sale import Sale


class Way(models.TextChoices):
    """How it ends: the first three a sale in review, the others one that was delivered late."""

    COMPLETED = "completed", _("it was delivered: the shop pays")
    DECLINED = "declined", _("it was refused: nothing is paid")
    REVERSED = "reversed", _("give the money back, whatever became of it")
    LEAVE = "leave", _("leave the shop its float: the loss is ours")
    CHARGE = "charge", _("charge the shop, as agreed with it")


OF_REVIEW = (Way.COMPLETED, Way.DECLINED, Way.REVERSED)
OF_LATE = (Way.LEAVE, Way.CHARGE)


class ResolutionState(models.TextChoices):
    WAITING = "waiting", _("waits for a second person")
    DONE = "done", pgettext_lazy("decision", "done")
    DROPPED = "dropped", _("dropped")


class Resolution(models.Model):
    """One decision. `amount` is what it is about: the charge, or what the shop pays late."""

    sale = models.ForeignKey(Sale, on_delete=models.PROTECT, related_name="resolutions")
    way = models.CharField(_("what happened"), max_length=10, choices=Way)
    amount = models.DecimalField(_("amount"), max_digits=20, decimal_places=4)
    currency = models.CharField(max_length=3)
    reason = models.CharField(_("reason"), max_length=300)
    evidence = models.CharField(_("evidence"), max_length=500, blank=True)
    needs_two = models.BooleanField(_("needs a second person"), default=False)
    state = models.CharField(
        _("state"), max_length=10, choices=ResolutionState, default=ResolutionState.WAITING
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("decision about a sale")
        verbose_name_plural = _("decisions about sales")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["sale"], condition=Q(state="waiting"), name="one_waiting_resolution"
            ),
            models.UniqueConstraint(
                fields=["sale"], condition=Q(state="done", way__in=OF_LATE),
                name="late_delivery_settled_once",
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="resolution_not_negative"),
            models.CheckConstraint(
                condition=~Q(state="done")
                | (Q(decided_by__isnull=False)
                   & (Q(needs_two=False) | ~Q(decided_by=F("asked_by")))),
                name="resolution_by_two",
            ),
        ]  # fmt: skip
        triggers = [
            pgtrigger.Protect(name="resolution_stays", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="resolution_decided_once",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                    IF OLD.state <> 'waiting' OR OLD.sale_id <> NEW.sale_id OR OLD.way <> NEW.way
                       OR OLD.amount <> NEW.amount OR OLD.needs_two <> NEW.needs_two
                       OR OLD.asked_by_id <> NEW.asked_by_id OR OLD.reason <> NEW.reason THEN
                        RAISE EXCEPTION 'a decision about a sale does not change';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_way_display()} ({self.get_state_display()})"
