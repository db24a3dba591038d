"""Under whose name the product runs: the one row, and the pictures drawn for it."""

import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from topup.colours import FORM, OURS

#: Signs that turn the words after them around, whatever language those are in.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def check_public_name(text: str) -> None:
    """Error: `ValidationError` for signs that nobody sees."""
    if any(unicodedata.category(sign) == "Cc" or sign in _TURNING for sign in text):
        raise ValidationError(gettext("This name has signs that cannot be seen. Type it anew."))


class Brand(models.Model):
    """The one row; without it the product has its own name, mark and colour.

    `logo`, `logo_dark` and `icon` are digests of `BrandPicture`s, "" for none.
    """

    name = models.CharField(_("public name"), max_length=40, validators=[check_public_name])
    colour = models.CharField(
        _("main colour"), max_length=7, default=OURS,
        validators=[RegexValidator(rf"^{FORM.pattern}\Z")],
    )  # fmt: skip
    logo = models.CharField(_("logo"), max_length=32, blank=True)
    logo_dark = models.CharField(_("logo for dark screens"), max_length=32, blank=True)
    icon = models.CharField(_("icon of the app"), max_length=32, blank=True)

    only = models.BooleanField(default=True, unique=True, editable=False)

    class Meta:
        verbose_name = _("brand")
        verbose_name_plural = _("brand")
        constraints = [models.CheckConstraint(condition=Q(only=True), name="one_brand")]

    def __str__(self) -> str:
        return self.name


class BrandPicture(models.Model):
    """One drawing of a logo or an icon. Public, and never changed.

    `digest` names all drawings that were made of one file; `purpose` is "logo", or
    what an icon is for and its size, such as "maskable-192".
    """

    digest = models.CharField(max_length=32)
    purpose = models.CharField(max_length=20)
    content = models.BinaryField()
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["digest", "purpose"], name="brand_picture_once")
        ]

    def __str__(self) -> str:
        return f"{self.digest} {self.purpose}"
