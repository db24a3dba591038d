"""What is asked before a sale is made: the rules, what people answered, and cool-downs."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pgtrigger
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class LargeAsks(models.TextChoices):
    """What a first large sale to a number asks for."""

    DIGITS = "digits", _("the last four digits, typed again")
    TICK = "tick", _("a tick that the number was read out and is right")


class CoolDownOf(models.TextChoices):
    """Whom a cool-down concerns."""

    PERSON = "person", _("the person who sells")
    SHOP = "shop", _("the whole shop")


def _minutes(label: Any, default: int, help_text: Any = "") -> Any:
    limits = [MinValueValidator(1), MaxValueValidator(24 * 60)]
    return models.PositiveIntegerField(
        label, default=default, validators=limits, help_text=help_text
    )


def _count(label: Any, default: int, help_text: Any = "") -> Any:
    limits = [MinValueValidator(1), MaxValueValidator(1000)]
    return models.PositiveIntegerField(
        label, default=default, validators=limits, help_text=help_text
    )


def _above(label: Any, default: int, help_text: Any = "") -> Any:
    return models.DecimalField(
        label, max_digits=14, decimal_places=2, default=Decimal(default),
        validators=[MinValueValidator(Decimal(0))], help_text=help_text,
    )  # fmt: skip


class SafetyRules(models.Model):
    """The one row of settings. Amounts are prices in the currency of the float."""

    asks_money = models.BooleanField(
        _("money received: a tick of its own"), default=False,
        help_text=_("Without it the words stand beside the button, and pressing says it."),
    )  # fmt: skip

    repeat_is_on = models.BooleanField(
        _("ask before a second sale of the same to the same number"), default=True
    )
    repeat_minutes = _minutes(
        _("minutes"), 10, _("A customer who comes back later than this is asked nothing.")
    )

    scam_is_on = models.BooleanField(_("ask before PINs and gift cards"), default=True)
    scam_quiet_minutes = _minutes(
        _("the first after so many quiet minutes is asked about"), 60,
        _("Of this person, at this shop."),
    )  # fmt: skip
    scam_above = _above(_("always asked above this price"), 50)
    scam_count = _count(_("asked from this one on …"), 3, _("3: the third is asked about."))
    scam_count_minutes = _minutes(_("… within so many minutes"), 10)
    run_count = _count(
        _("so many are a run …"), 8,
        _("After a run nothing of this kind is sold for a while; owner and admin are told."),
    )  # fmt: skip
    run_minutes = _minutes(_("… within so many minutes"), 30)
    cool_down_minutes = _minutes(
        _("minutes of cool-down"), 15, _("After a wrong answer, and after a run.")
    )
    cool_down_of = models.CharField(
        _("the cool-down is for"), max_length=10, choices=CoolDownOf, default=CoolDownOf.PERSON
    )

    large_is_on = models.BooleanField(
        _("ask before a large sale to a number new to the shop"), default=True
    )
    large_above = _above(_("large is a price above"), 50)
    large_asks = models.CharField(
        _("it asks for"), max_length=10, choices=LargeAsks, default=LargeAsks.DIGITS
    )

    pause_is_on = models.BooleanField(_("pause an operator that fails"), default=True)
    pause_after = _count(
        _("failures in a row"), 5,
        _("Only faults of the operator and missing answers count, never a wrong number."),
    )  # fmt: skip
    pause_minutes = _minutes(
        _("minutes of the first pause"), 5, _("Each failed try afterwards doubles it.")
    )
    pause_most_minutes = _minutes(_("longest pause, in minutes"), 60)

    only = models.BooleanField(default=True, unique=True, editable=False)

    class Meta:
        verbose_name = _("safety rules")
        verbose_name_plural = _("safety rules")
        constraints = [
            models.CheckConstraint(condition=Q(only=True), name="one_row_of_safety_rules"),
            models.CheckConstraint(
                condition=Q(
                    repeat_minutes__gt=0, scam_quiet_minutes__gt=0, scam_count__gt=0,
                    scam_count_minutes__gt=0, run_count__gt=0, run_minutes__gt=0,
                    cool_down_minutes__gt=0, pause_after__gt=0, pause_minutes__gt=0,
                    pause_most_minutes__gte=models.F("pause_minutes"),
                    scam_above__gte=0, large_above__gte=0,
                ),
                name="safety_rules_are_positive",
                violation_error_message=_("The longest pause is shorter than the first one."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(_("safety rules"))

    @property
    def cool_down(self) -> timedelta:
        return timedelta(minutes=self.cool_down_minutes)


class Rule(models.TextChoices):
    """Why something was asked."""

    MONEY = "money", _("money received")
    REPEAT = "repeat", _("a second time")
    SCAM = "scam", _("scam question")
    LARGE = "large", _("large sale to a new number")
    OFFER = "offer", _("not as the kiosk showed it")


class SafetyAnswer(models.Model):
    """One answer of a person before a sale. Append-only.

    `key` is the quote's and the sale's, if there came one of it. No number and no
    code: what was typed is kept only where it is one of the words to choose.
    """

    key = models.CharField(_("sale"), max_length=50, db_index=True)
    shop = models.ForeignKey("topup.Shop", on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    rule = models.CharField(_("rule"), max_length=10, choices=Rule)
    question = models.CharField(_("question"), max_length=60)
    answer = models.CharField(_("answer"), max_length=60)
    is_right = models.BooleanField(_("sale goes on"))
    at = models.DateTimeField(_("when"), auto_now_add=True)

    class Meta:
        verbose_name = _("safety answer")
        verbose_name_plural = _("safety answers")
        ordering = ["-id"]
        triggers = [
            pgtrigger.Protect(
                name="safety_answer_stays", operation=pgtrigger.Update | pgtrigger.Delete
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.question}: {self.answer}"


class CoolDown(models.Model):
    """A time in which a person, or a whole shop, sells no PINs and gift cards."""

    shop = models.ForeignKey("topup.Shop", on_delete=models.PROTECT, related_name="cool_downs")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True,
        related_name="cool_downs", help_text=_("Empty: the whole shop."),
    )  # fmt: skip
    reason = models.CharField(_("why"), max_length=200)
    began_at = models.DateTimeField(_("since"), auto_now_add=True)
    until = models.DateTimeField(_("until"))
    lifted_at = models.DateTimeField(_("lifted"), null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("cool-down")
        verbose_name_plural = _("cool-downs")
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["shop", "-until"], name="cool_down_of_shop", condition=Q(lifted_at=None)
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.shop} {self.until:%Y-%m-%d %H:%M}"
