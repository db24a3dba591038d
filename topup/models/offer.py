"""Offers: what a customer chose at a kiosk, and who at the counter has it.

An offer is not a sale: it holds no money and has no correlation id. A claim at the counter
makes the key of the sale that may come of it; of one offer comes one sale at most, because
the sale, its claim and SOLD are written in one transaction under the offer's lock.
"""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from topup.models.kiosk import Kiosk
from topup.models.sale import Sale
from topup.models.shop import Shop


class OfferState(models.TextChoices):
    WAITING = "waiting", _("waits")
    CLAIMED = "claimed", _("at the counter")
    SOLD = "sold", _("sold")
    CANCELLED = "cancelled", pgettext_lazy("kiosk offer", "cancelled")
    EXPIRED = "expired", _("too old")


LIVE = (OfferState.WAITING, OfferState.CLAIMED)
_MOVES = (
    ("waiting", "claimed"), ("waiting", "cancelled"), ("waiting", "expired"),
    ("claimed", "waiting"), ("claimed", "sold"), ("claimed", "cancelled"),
    ("claimed", "expired"),
)  # fmt: skip
#: What the customer chose and was shown; it never moves.
_TERMS = (
    "kiosk_id", "shop_id", "code", "language", "recipient", "face_value", "extras",
    "shown_price", "currency", "shown_second_price", "second_currency", "shown_amount",
    "shown_currency",
)  # fmt: skip


def _money(**options: object) -> models.DecimalField:
    return models.DecimalField(max_digits=20, decimal_places=4, **options)  # type: ignore[arg-type]


class KioskOffer(models.Model):
    """One offer. `shown_…` is what the kiosk showed: the prices, and what will arrive.

    `code` is no secret: who has it can pay at the counter, and no more.
    """

    kiosk = models.ForeignKey(Kiosk, on_delete=models.PROTECT, related_name="offers")
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="kiosk_offers")
    code = models.CharField(max_length=6)
    language = models.CharField(max_length=10)
    sku = models.ForeignKey("catalog.Sku", on_delete=models.SET_NULL, null=True, related_name="+")
    recipient = models.CharField(max_length=20, blank=True)  # msisdn
    face_value = _money()
    extras = models.JSONField(default=dict)  # what was typed besides; nothing secret
    shown_price = _money()
    currency = models.CharField(max_length=3)
    shown_second_price = _money(null=True)
    second_currency = models.CharField(max_length=3, blank=True)
    shown_amount = _money(null=True)
    shown_currency = models.CharField(max_length=3, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=OfferState, default=OfferState.WAITING
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)  # sold, cancelled or too old
    wrong_claims = models.PositiveSmallIntegerField(
        default=0
    )  # claim numbers that were not its own

    class Meta:
        verbose_name = _("offer of a kiosk")
        verbose_name_plural = _("offers of kiosks")
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["shop", "id"], name="offer_live", condition=Q(state__in=LIVE)
            ),
            models.Index(fields=["shop", "code", "-id"], name="offer_by_code"),
            models.Index(
                fields=["ended_at"], name="offer_unsold_end",
                condition=Q(state__in=["cancelled", "expired"]),
            ),
        ]  # fmt: skip
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "code"], condition=Q(state__in=LIVE), name="offer_code_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=LIVE, ended_at=None)
                | (~Q(state__in=LIVE) & Q(ended_at__isnull=False)),
                name="offer_that_ended_says_when",
            ),
            models.CheckConstraint(condition=Q(shown_price__gt=0), name="offer_price_positive"),
        ]
        triggers = [
            pgtrigger.FSM(name="offer_moves", field="state", transitions=list(_MOVES)),
            pgtrigger.Trigger(
                name="offer_terms_fixed", when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf(*_TERMS),
                func="RAISE EXCEPTION 'what a customer was shown does not change';",
            ),
            pgtrigger.Protect(
                name="offer_sold_stays", operation=pgtrigger.Delete,
                condition=pgtrigger.Q(old__state="sold"),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(self.pk)  # not its code: titles and logs show this


class KioskClaim(models.Model):
    """Somebody at the counter has an offer; one at a time, by a constraint.

    `key` is the correlation id of the sale that may come of it, made here and never again:
    whoever comes back to his claim finds the same sale. `quote` is the last price, sealed.
    Who takes the offer over, after `lease_until`, ends this claim and makes one of his own.
    """

    offer = models.ForeignKey(KioskOffer, on_delete=models.CASCADE, related_name="claims")
    agent = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=50, unique=True)
    quote = models.TextField(blank=True)  # sealed
    claimed_at = models.DateTimeField(auto_now_add=True)
    lease_until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    sale = models.OneToOneField(
        Sale, on_delete=models.PROTECT, null=True, related_name="kiosk_claim"
    )

    class Meta:
        verbose_name = _("claim of an offer")
        verbose_name_plural = _("claims of offers")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["offer"], condition=Q(ended_at=None), name="claim_one_at_a_time"
            ),
            models.UniqueConstraint(
                fields=["offer"], condition=Q(sale__isnull=False), name="offer_sold_once"
            ),
            models.CheckConstraint(
                condition=Q(sale=None) | Q(ended_at__isnull=False), name="claim_sold_is_over"
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="claim_keeps_its_key", when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("key", "offer_id", "agent_id", "sale_id"),
                condition=pgtrigger.Condition(
                    "OLD.key IS DISTINCT FROM NEW.key"
                    " OR OLD.offer_id IS DISTINCT FROM NEW.offer_id"
                    " OR OLD.agent_id IS DISTINCT FROM NEW.agent_id"
                    " OR (OLD.sale_id IS NOT NULL AND OLD.sale_id IS DISTINCT FROM NEW.sale_id)"
                ),
                func="RAISE EXCEPTION 'a claim keeps its key, its offer and its sale';",
            ),
            pgtrigger.Protect(
                name="claim_sold_stays", operation=pgtrigger.Delete,
                condition=pgtrigger.Q(old__sale__isnull=False),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.key


class KioskReveal(models.Model):
    """A secret was opened at a kiosk, for who knew code and claim number. Append-only."""

    sale = models.ForeignKey(Sale, on_delete=models.PROTECT, related_name="kiosk_reveals")
    kiosk = models.ForeignKey(Kiosk, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("code shown at a kiosk")
        verbose_name_plural = _("codes shown at kiosks")
        ordering = ["id"]
        triggers = [
            pgtrigger.Protect(
                name="kiosk_reveal_stays", operation=pgtrigger.Update | pgtrigger.Delete
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sale_id} at {self.kiosk_id}"
