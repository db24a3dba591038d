"""What a person of the distributor has written to shops, and who of them has read it."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from topup.models.price import Notice


class Announcement(models.Model):
    """One text for one or more shops: each has a notice of it. Sent once for each form's `key`.

    Withdrawn or after its last day it is kept, and no longer shown.
    """

    key = models.UUIDField(unique=True, default=uuid4, editable=False)
    text = models.CharField(_("text"), max_length=500)
    ends_on = models.DateField(_("last day"), null=True, blank=True)  # by each shop's own calendar
    made_at = models.DateTimeField(auto_now_add=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("announcement")
        verbose_name_plural = _("announcements")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.text[:60]


class NoticeRead(models.Model):
    """One person has read one notice."""

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="reads")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("reading of a notice")
        verbose_name_plural = _("readings of notices")
        constraints = [
            models.UniqueConstraint(fields=["notice", "person"], name="notice_read_once"),
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} by {self.person_id}"
