"""What a draft would have made of past sales: asked for, counted by a worker, kept."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from topup.models.price import PriceBook


class WhatIfState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    RUNNING = "running", _("counting")
    DONE = "done", pgettext_lazy("what-if", "done")
    FAILED = "failed", _("failed")


class WhatIf(models.Model):
    """The sales from `since` to before `until` under the rules of `book`.

    `result` has the sums by shop, written once at the end; see `topup.services.whatif`.
    """

    book = models.ForeignKey(
        PriceBook, on_delete=models.CASCADE, related_name="replays", verbose_name=_("price book")
    )
    since = models.DateTimeField(_("from"))
    until = models.DateTimeField(_("until"))
    state = models.CharField(
        _("state"), max_length=10, choices=WhatIfState, default=WhatIfState.WAITING
    )
    sales_total = models.PositiveIntegerField(null=True)
    sales_done = models.PositiveIntegerField(default=0)
    result = models.JSONField(default=list)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+",
        verbose_name=_("asked by"),
    )  # fmt: skip
    asked_at = models.DateTimeField(_("asked at"), auto_now_add=True)
    moved_at = models.DateTimeField(auto_now_add=True)  # the worker's last sign of life

    class Meta:
        verbose_name = _("what-if")
        verbose_name_plural = _("what-ifs")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.book}, {self.since:%Y-%m-%d} – {self.until:%Y-%m-%d}"
