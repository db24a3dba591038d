"""Pictures of operators and products, drawn anew by us."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Logo(models.Model):
    """The picture behind one address of the provider's lists.

    `digest` names what is kept (`small` 64 dots a side, `large` 128; WebP); "" until
    there is a picture. `problem` is why the last try brought none. `next_try_at` is
    when a worker looks again.
    """

    url = models.CharField(_("address"), max_length=300, unique=True)
    digest = models.CharField(max_length=32, blank=True)
    small = models.BinaryField(default=b"")
    large = models.BinaryField(default=b"")
    problem = models.CharField(_("problem"), max_length=200, blank=True)
    fetched_at = models.DateTimeField(_("fetched"), null=True, blank=True)
    tried_at = models.DateTimeField(_("tried"), null=True, blank=True)
    next_try_at = models.DateTimeField(_("next try"), db_index=True)

    class Meta:
        verbose_name = _("logo")
        verbose_name_plural = _("logos")
        ordering = ["url"]
        indexes = [
            models.Index(fields=["digest"], name="logo_by_digest", condition=~Q(digest="")),
        ]

    def __str__(self) -> str:
        return self.url
