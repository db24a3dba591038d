"""Price books: versions of all price and commission rules, dated, and published by two."""

from decimal import Decimal

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from topup.models.shop import Shop, Tier


class BookState(models.TextChoices):
    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("published")
    WITHDRAWN = "withdrawn", _("withdrawn")


class PriceBook(models.Model):
    """All rules of one version. Once published it never changes.

    In force is the published book with the latest `starts_at` that has come. The
    first is made from the settings, by nobody; every other is published by a second
    person.
    """

    version = models.PositiveIntegerField(null=True, blank=True, unique=True, editable=False)
    note = models.CharField(_("what is new"), max_length=200, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=BookState, default=BookState.DRAFT, editable=False
    )
    starts_at = models.DateTimeField(_("in force from"), null=True, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+",
        editable=False,
    )  # fmt: skip
    made_at = models.DateTimeField(auto_now_add=True)
    # Ids of all who changed its rules: none of them publishes it.
    edited_by = ArrayField(models.BigIntegerField(), default=list, editable=False)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+",
        editable=False,
    )  # fmt: skip
    published_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("price book")
        verbose_name_plural = _("price books")
        ordering = ["-id"]
        permissions = [("publish_pricebook", _("Can publish and withdraw price books"))]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="draft")
                | Q(version__isnull=False, starts_at__isnull=False, published_at__isnull=False),
                name="book_published_has_its_dates",
            ),
            models.CheckConstraint(
                condition=Q(made_by=None) | Q(published_by=None) | ~Q(made_by=F("published_by")),
                name="book_published_by_a_second_person",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="book_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF OLD.state = 'draft' THEN
                        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
                        IF NEW.published_by_id = ANY(NEW.edited_by) THEN
                            RAISE EXCEPTION 'published by one who changed it';
                        END IF;
                        RETURN NEW;
                    END IF;
                    IF TG_OP = 'DELETE' OR NEW.state <> 'withdrawn' OR OLD.state = 'withdrawn'
                       OR OLD.starts_at <= clock_timestamp() OR NEW.version <> OLD.version
                       OR NEW.starts_at <> OLD.starts_at
                       OR NEW.published_by_id IS DISTINCT FROM OLD.published_by_id
                       OR NEW.made_by_id IS DISTINCT FROM OLD.made_by_id THEN
                        RAISE EXCEPTION 'price book % is published', OLD.version;
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        if self.version:
            return gettext("Price book %(version)s") % {"version": self.version}
        return gettext("Draft %(id)s") % {"id": self.pk}


class Use(models.TextChoices):
    PRICE = "price", _("price")
    COMMISSION = "commission", _("commission")


class Method(models.TextChoices):
    """How a rule makes an amount of its `value`. The base of a fee: see docs/prices.md."""

    MARKUP = "markup", _("price: cost + %")
    FEE = "fee", _("price: face value + amount")
    FEE_PERCENT = "fee_percent", _("price: face value + %")
    FIXED_PRICE = "fixed_price", _("price: this amount")
    SHARE_OF_MARGIN = "share_of_margin", _("commission: % of price − cost")
    SHARE_OF_FACE = "share_of_face", _("commission: % of face value")
    FIXED_COMMISSION = "fixed_commission", _("commission: this amount")


PRICE_METHODS = (Method.MARKUP, Method.FEE, Method.FEE_PERCENT, Method.FIXED_PRICE)
PERCENTS = (Method.MARKUP, Method.FEE_PERCENT)
SHARES = (Method.SHARE_OF_MARGIN, Method.SHARE_OF_FACE)
#: Beyond these a value is a slip of the finger.
MOST_PERCENT, MOST_SHARE, MOST_AMOUNT, MOST_STEP = map(Decimal, (1000, 100, 10**9, 10**6))


class Rounding(models.TextChoices):
    UP = "up", _("up")
    NEAREST = "nearest", _("to the nearest")
    DOWN = "down", _("down")


class PriceRule(models.Model):
    """One rule of a book: for which goods, for whom, and how. Empty means all.

    Of the goods columns but `kind`, and of shop, branch and tier, one need be set;
    `topup.rules` has the order in which rules win.
    """

    book = models.ForeignKey(PriceBook, on_delete=models.CASCADE, related_name="rules")
    use = models.CharField(_("for"), max_length=10, choices=Use)
    kind = models.CharField(_("kind"), max_length=10, blank=True)
    country = models.ForeignKey(
        "catalog.Country", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    operator = models.ForeignKey(
        "catalog.Operator", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    product = models.ForeignKey(
        "catalog.Product", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    sku = models.ForeignKey(
        "catalog.Sku", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    shop = models.ForeignKey(
        Shop, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("shop"),
    )  # fmt: skip
    branch = models.ForeignKey(
        Shop, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("branch"),
    )  # fmt: skip
    tier = models.ForeignKey(
        Tier, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("tier"),
    )  # fmt: skip
    method = models.CharField(_("method"), max_length=20, choices=Method)
    value = models.DecimalField(_("value"), max_digits=20, decimal_places=4)
    rounding = models.CharField(_("rounding"), max_length=10, choices=Rounding, blank=True)
    step = models.DecimalField(
        _("rounded to"), max_digits=20, decimal_places=4, null=True, blank=True,
        help_text=_("Such as 0.05; empty: the smallest unit people pay in."),
    )  # fmt: skip
    may_lose = models.BooleanField(_("may sell at a loss"), default=False)
    note = models.CharField(_("note"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("price rule")
        verbose_name_plural = _("price rules")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(value__gte=0),
                name="rule_value_not_negative",
                violation_error_message=_("The value is not below zero."),
            ),
            models.CheckConstraint(
                condition=Q(step=None) | Q(step__gt=Decimal(0), step__lt=MOST_STEP),
                name="rule_step_positive",
                violation_error_message=_("Round to more than zero, or leave it empty."),
            ),
            models.CheckConstraint(  # also against "not a number", which is above every limit
                condition=Q(method__in=PERCENTS, value__lte=MOST_PERCENT)
                | Q(method__in=SHARES, value__lte=MOST_SHARE)
                | (~Q(method__in=(*PERCENTS, *SHARES)) & Q(value__lt=MOST_AMOUNT)),
                name="rule_value_within_limits",
                violation_error_message=_(
                    "At most 1000 %% on a price, 100 %% as commission, and amounts below 10^9."
                ),
            ),
            models.CheckConstraint(
                condition=~Q(method=Method.FIXED_PRICE) | Q(value__gt=0),
                name="rule_fixed_price_positive",
                violation_error_message=_("A fixed price is more than zero."),
            ),
            models.CheckConstraint(
                condition=Q(use="price", method__in=PRICE_METHODS)
                | (Q(use="commission") & ~Q(method__in=PRICE_METHODS)),
                name="rule_method_fits_use",
                violation_error_message=_("This method is for the other use."),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="rule_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                declare=[("book_state", "text")],
                func="""
                    SELECT state INTO book_state FROM topup_pricebook
                     WHERE id = CASE TG_OP WHEN 'DELETE' THEN OLD.book_id ELSE NEW.book_id END
                       FOR SHARE;
                    IF book_state <> 'draft'
                       OR (TG_OP = 'UPDATE' AND NEW.book_id <> OLD.book_id) THEN
                        RAISE EXCEPTION 'rules of a published price book do not change';
                    END IF;
                    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_method_display()} {self.value.normalize():f}"


class Notice(models.Model):
    """A word from the distributor to a shop, shown to each of its people until he has read it."""

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="notices")
    text = models.CharField(_("text"), max_length=500)
    book = models.ForeignKey(
        PriceBook, on_delete=models.PROTECT, null=True, blank=True, related_name="notices"
    )
    announcement = models.ForeignKey(
        "topup.Announcement", on_delete=models.PROTECT, null=True, blank=True,
        related_name="notices",
    )  # fmt: skip
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-id"]
        indexes = [models.Index(fields=["shop", "-id"], name="notice_of_shop")]

    def __str__(self) -> str:
        return self.text[:60]
