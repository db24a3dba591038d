"""The sale and its timeline."""

from decimal import Decimal

import pgtrigger
from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.fields.json import KT
from django.utils.translation import gettext_lazy as _

from topup import sealing, states
from topup.models.device import Device
from topup.models.shift import Shift, Tender, takes_while
from topup.states import Basis, SaleState


class Kind(models.TextChoices):
    """What is sold; each has a module in `topup.kinds`."""

    AIRTIME = "airtime", _("Top-up")
    PIN = "pin", _("PIN")
    BILL = "bill", _("Bill")
    GIFT_CARD = "gift_card", _("Gift card")
    ESIM = "esim", _("eSIM")


#: What was agreed at confirm, and never moves again.
FIXED_TERMS = (
    "correlation_id", "shop_id", "agent_id", "hold_id", "recipient", "provider_sku_id",
    "face_value", "face_currency", "currency", "price", "cost", "commission", "charge",
    "price_rule_id", "commission_rule_id", "tender", "collected_amount", "collected_currency",
    "shift_id", "device_id", "extras", "sealed_extras", "months", "promised_amount",
    "promised_currency", "receipt_day",
)  # fmt: skip


def _money(**options: object) -> models.DecimalField:
    return models.DecimalField(max_digits=20, decimal_places=4, **options)  # type: ignore[arg-type]


class Sale(models.Model):
    """One sale. `correlation_id` is its name everywhere, made before anything is sent.

    Amounts are fixed at confirm, in `currency` (the wallet's): the shop's float
    pays `charge` = `price` − `commission`, whatever the invoice says later.
    What was sold is a snapshot; `sku` is only a link.
    """

    correlation_id = models.CharField(max_length=50, unique=True)
    shop = models.ForeignKey("topup.Shop", on_delete=models.PROTECT, related_name="sales")
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="sales"
    )
    hold = models.OneToOneField("ledger.Hold", on_delete=models.PROTECT, related_name="sale")
    kind = models.CharField(max_length=10, choices=Kind)
    recipient = models.CharField(_("number"), max_length=20, blank=True, db_index=True)  # msisdn

    sku = models.ForeignKey("catalog.Sku", on_delete=models.SET_NULL, null=True, related_name="+")
    provider_sku_id = models.BigIntegerField()
    sku_name = models.CharField(max_length=250)
    product_name = models.CharField(max_length=200, blank=True)
    operator_name = models.CharField(max_length=120, blank=True)
    country_code = models.CharField(max_length=2, blank=True)
    snapshot = models.JSONField(default=dict)
    extras = models.JSONField(default=dict)  # what was typed besides, by name; no secret
    sealed_extras = models.BinaryField(default=b"")  # those that are secret
    months = models.PositiveSmallIntegerField(default=1)  # of a plan; `face_value` is for one
    face_value = _money()
    face_currency = models.CharField(max_length=3)
    promised_amount = _money(null=True, blank=True)  # what the check page said would arrive
    promised_currency = models.CharField(max_length=3, blank=True)
    delivered_amount = _money(null=True, blank=True)
    delivered_currency = models.CharField(max_length=3, blank=True)

    currency = models.CharField(max_length=3)
    price = _money()
    cost = _money()
    commission = _money()
    charge = _money()
    invoice_amount = _money(null=True, blank=True)
    price_rule = models.ForeignKey(
        "topup.PriceRule", on_delete=models.PROTECT, null=True, related_name="+"
    )
    commission_rule = models.ForeignKey(
        "topup.PriceRule", on_delete=models.PROTECT, null=True, related_name="+"
    )

    tender = models.CharField(max_length=15, choices=Tender, default=Tender.CASH)
    collected_amount = _money(null=True)  # from the customer, in `collected_currency`
    collected_currency = models.CharField(max_length=3, blank=True)
    shift = models.ForeignKey(
        Shift, on_delete=models.PROTECT, null=True, blank=True, related_name="sales"
    )
    device = models.ForeignKey(
        Device, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    state = models.CharField(
        _("state"), max_length=15, choices=SaleState, default=SaleState.CREATED
    )
    basis = models.CharField(max_length=10, choices=Basis, blank=True)
    quote_expires_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    # The shop's own day, for the receipt's number: it stays when the shop's zone changes.
    # None: the number has the day of `created_at` in UTC.
    receipt_day = models.DateField(null=True, editable=False)
    submitted_at = models.DateTimeField(null=True, blank=True)
    send_before = models.DateTimeField(null=True, blank=True)  # a late worker sends nothing
    settled_at = models.DateTimeField(null=True, blank=True)
    alarm_at = models.DateTimeField(null=True, blank=True)

    next_poll_at = models.DateTimeField(null=True, blank=True)
    poll_count = models.PositiveIntegerField(default=0)
    was_acknowledged = models.BooleanField(default=False)  # an 852, 851 or 000 was seen
    denial_code = models.CharField(max_length=10, blank=True)  # the doubtful answer, repeated?
    denied_at = models.DateTimeField(null=True, blank=True)  # when it was first given
    detail_asks = models.PositiveSmallIntegerField(default=0)  # 000 without its details
    invoice_is_assumed = models.BooleanField(default=False)  # posted at the quoted cost

    provider_reference = models.CharField(max_length=40, blank=True, db_index=True)
    operator_reference = models.CharField(max_length=80, blank=True)
    response_code = models.CharField(max_length=10, blank=True)
    response_message = models.CharField(max_length=200, blank=True)
    flag = models.CharField(max_length=200, blank=True)  # for a person to look at
    receipt_language = models.CharField(max_length=10, blank=True)  # the customer's

    class Meta:
        verbose_name = _("sale")
        verbose_name_plural = _("sales")
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["next_poll_at"], name="sale_due", condition=Q(next_poll_at__isnull=False)
            ),
            models.Index(fields=["shop", "-id"], name="sale_of_shop"),
            models.Index(fields=["agent", "-id"], name="sale_of_agent"),
            models.Index(fields=["state", "-id"], name="sale_by_state"),
            models.Index(fields=["-id"], name="sale_flagged", condition=~Q(flag="")),
            models.Index(fields=["shop", "created_at"], name="sale_of_shop_by_time"),
            models.Index(fields=["shop", "settled_at"], name="sale_of_shop_by_end"),
            models.Index(fields=["-settled_at"], name="sale_by_end"),
            models.Index(
                fields=["shop", "recipient", "-id"], name="sale_language_of_number",
                condition=~Q(receipt_language="") & ~Q(recipient=""),
            ),
            models.Index(
                fields=["shop", "recipient", "-id"], name="sale_of_number",
                condition=~Q(recipient=""),
            ),
            models.Index(
                KT("extras__account_number"), F("id").desc(), name="sale_of_account",
                condition=Q(kind="bill"),
            ),
            BrinIndex(
                fields=["created_at"], name="sale_by_time", autosummarize=True, pages_per_range=16
            ),
            models.Index(
                fields=["state"], name="sale_unfinished",
                condition=Q(state__in=["created", "submitted", "pending", "in_doubt", "in_review"]),
            ),
        ]  # fmt: skip
        constraints = [
            models.CheckConstraint(
                condition=Q(charge=models.F("price") - models.F("commission")),
                name="sale_charge_is_price_less_commission",
            ),
            models.CheckConstraint(
                condition=Q(charge__gt=0, cost__gt=0, commission__gte=0),
                name="sale_amounts_positive",
            ),
            models.CheckConstraint(
                condition=Q(shift=None) | (Q(collected_amount__gt=0) & ~Q(collected_currency="")),
                name="sale_of_a_shift_was_collected",
            ),
            models.CheckConstraint(
                condition=Q(state="declined") | Q(basis="") | Q(state="delivered_late"),
                name="sale_basis_of_declined",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["created", "cancelled"])
                | Q(submitted_at__isnull=False, send_before__isnull=False),
                name="sale_sent_has_its_times",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="sale_stays", operation=pgtrigger.Delete),
            pgtrigger.FSM(
                name="sale_moves", field="state", transitions=sorted(states.MOVES)
            ),
            pgtrigger.Trigger(
                name="sale_terms_fixed",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf(*FIXED_TERMS),
                func="RAISE EXCEPTION 'the terms of a sale do not change';",
            ),
            pgtrigger.Trigger(
                name="sale_of_open_shift", when=pgtrigger.Before, operation=pgtrigger.Insert,
                declare=[("stands", "text")], func=takes_while("open"),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.correlation_id

    @property
    def is_open(self) -> bool:
        return self.state in states.OPEN

    @property
    def is_unfinished(self) -> bool:
        return self.state in states.UNFINISHED

    @property
    def is_delivered(self) -> bool:
        return self.state in states.DELIVERED

    @property
    def all_extras(self) -> dict[str, str]:
        """What was typed besides number and amount, the secret ones opened: for the order only."""
        if not self.sealed_extras:
            return dict(self.extras)
        return {**self.extras, **sealing.unseal(bytes(self.sealed_extras))}

    @property
    def margin(self) -> Decimal:
        """What the distributor keeps at the quoted cost: income less commission."""
        return self.charge - self.cost


class SaleEvent(models.Model):
    """One line of a sale's timeline. Append-only."""

    sale = models.ForeignKey(Sale, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField(auto_now_add=True)
    from_state = models.CharField(max_length=15, choices=SaleState, blank=True)
    to_state = models.CharField(max_length=15, choices=SaleState, blank=True)
    note = models.CharField(max_length=300, blank=True)
    evidence = models.JSONField(default=dict)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("event of a sale")
        verbose_name_plural = _("events of a sale")
        ordering = ["id"]
        indexes = [BrinIndex(fields=["at"], name="sale_event_by_time", autosummarize=True)]
        triggers = [
            pgtrigger.Protect(
                name="sale_event_stays", operation=pgtrigger.Update | pgtrigger.Delete
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_state}→{self.to_state} {self.note}"
