"""The record that each sync leaves."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.enums import SyncState


class SyncRun(models.Model):
    """One sync: who asked, what was counted, what changed in words, how it ended."""

    state = models.CharField(max_length=10, choices=SyncState, default=SyncState.RUNNING)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)
    # The held run that this one applied.
    confirms = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="applied_by"
    )
    # {"skus": {"seen":…, "added":…, "changed":…, "retired":…, "returned":…}}
    counts = models.JSONField(default=dict)
    differences = models.TextField(blank=True)  # in words, one a line
    reason = models.TextField(blank=True)  # why held or failed
    suspicions = models.JSONField(default=dict)  # {"gone": 0.42}: kind and size
    notes = models.TextField(blank=True)  # words and pictures that could not be had, one a line
    cost_currency = models.CharField(max_length=3, blank=True)  # of most of the costs seen
    heartbeat_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("catalogue sync")
        verbose_name_plural = _("catalogue syncs")
        ordering = ["-started_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="running"), name="one_sync_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M} {self.get_state_display()}"

    @property
    def has_wrong_currency(self) -> bool:
        """The provider's costs were not in the wallet's currency."""
        return bool(self.cost_currency) and (
            self.cost_currency != settings.VALUETOPUP_WALLET_CURRENCY
        )
