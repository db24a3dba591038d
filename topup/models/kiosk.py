"""A kiosk: a screen in a shop that customers use alone. It makes offers and holds no money."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from topup.models.shop import Shop


class PaperState(models.TextChoices):
    UNKNOWN = "unknown", _("not known")
    OK = "ok", _("there is paper")
    LOW = "low", _("nearly used up")
    OUT = "out", _("used up")


class Kiosk(models.Model):
    """One kiosk. Its cookie holds the token, the row only hashes of it.

    A token is changed once a day. The one before it is good until the new one has come
    back, and `old_until` after that: an answer that is lost strands no kiosk.
    `old_token_used_at`: a dead one came, once since the last code was used.
    """

    shop = models.ForeignKey(
        Shop, on_delete=models.PROTECT, related_name="kiosks", verbose_name=_("shop")
    )
    name = models.CharField(_("name"), max_length=60)
    terminal_id = models.CharField(_("terminal"), max_length=6, unique=True, editable=False)

    enrol_code_hash = models.CharField(max_length=64, unique=True, null=True, editable=False)
    enrol_expires_at = models.DateTimeField(null=True, editable=False)
    token_hash = models.CharField(max_length=64, unique=True, null=True, editable=False)
    old_token_hash = models.CharField(max_length=64, unique=True, null=True, editable=False)
    rotated_at = models.DateTimeField(null=True, editable=False)
    old_until = models.DateTimeField(null=True, editable=False)
    old_token_used_at = models.DateTimeField(_("old key used"), null=True, editable=False)

    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False,
        verbose_name=_("made by"),
    )  # fmt: skip
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    enrolled_by = models.ForeignKey(  # who made the code that the browser was given
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False,
        null=True, verbose_name=_("enrolled by"),
    )  # fmt: skip
    enrolled_at = models.DateTimeField(_("enrolled"), null=True, editable=False)
    retired_at = models.DateTimeField(_("retired"), null=True, editable=False)

    last_seen_at = models.DateTimeField(_("last seen"), null=True, editable=False)
    version = models.CharField(_("version"), max_length=100, blank=True, editable=False)
    paper = models.CharField(
        _("paper"), max_length=10, choices=PaperState, default=PaperState.UNKNOWN, editable=False
    )

    is_blocked = models.BooleanField(_("blocked"), default=False, editable=False)
    message = models.CharField(_("message"), max_length=200, blank=True, editable=False)
    reload_wanted_at = models.DateTimeField(null=True, editable=False)
    reloaded_at = models.DateTimeField(null=True, editable=False)
    help_wanted_at = models.DateTimeField(_("help wanted"), null=True, editable=False)
    help_answered_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("kiosk")
        verbose_name_plural = _("kiosks")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(retired_at=None)
                | models.Q(token_hash=None, old_token_hash=None, enrol_code_hash=None),
                name="kiosk_retired_is_out",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.terminal_id} {self.name}"


class SpentToken(models.Model):
    """The hash of a token that a kiosk had: it opens nothing, and tells of a copy if it comes."""

    kiosk = models.ForeignKey(Kiosk, on_delete=models.CASCADE, related_name="spent_tokens")
    token_hash = models.CharField(max_length=64, unique=True)

    class Meta:
        verbose_name = _("old key of a kiosk")
        verbose_name_plural = _("old keys of kiosks")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"an old key of {self.kiosk_id}"
