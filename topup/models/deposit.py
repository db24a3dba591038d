"""Deposits: what a shop says it has paid, and who let it onto the float."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from topup.models.shop import Shop


class DepositState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    APPROVED_ONCE = "approved_once", _("waits for a second person")
    APPROVED = "approved", _("on the float")
    REFUSED = "refused", pgettext_lazy("deposit", "refused")
    CANCELLED = "cancelled", _("taken back")


WAITING_STATES = (DepositState.WAITING, DepositState.APPROVED_ONCE)
_W, _ONCE = DepositState.WAITING, DepositState.APPROVED_ONCE
_ENDS = (DepositState.APPROVED, DepositState.REFUSED, DepositState.CANCELLED)
#: The only moves there are; the database holds the same table in a trigger.
MOVES = sorted(
    {(str(_W), str(_ONCE)), *((str(old), str(new)) for old in (_W, _ONCE) for new in _ENDS)}
)
#: What was asked for, and never moves again.
FIXED_TERMS = ("reference", "key", "shop_id", "amount", "currency", "paid_by", "asked_by_id")


#: What waits first, the oldest first; then the newest of what was decided. There is an index
#: of exactly this: the queue is a page of any length of table.
QUEUE = (
    Case(
        When(state__in=WAITING_STATES, then=Value(0)), default=Value(1),
        output_field=models.IntegerField(),
    ),
    Case(When(state__in=WAITING_STATES, then=F("id")), output_field=models.BigIntegerField()),
    F("id").desc(),
)  # fmt: skip


class PaidBy(models.TextChoices):
    BANK = "bank", _("bank transfer")
    CASH = "cash", _("cash to the distributor")
    E_MONEY = "e_money", _("mobile money")


class DepositRequest(models.Model):
    """A shop's word that it has paid in `amount`; `reference` is what it wrote on the payment."""

    reference = models.CharField(_("reference"), max_length=12, unique=True)
    key = models.UUIDField(unique=True, null=True, editable=False)  # of the form that asked
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="deposits")
    amount = models.DecimalField(_("amount"), max_digits=20, decimal_places=4)
    currency = models.CharField(max_length=3)
    paid_by = models.CharField(_("paid by"), max_length=15, choices=PaidBy)
    bank_reference = models.CharField(_("the bank's reference"), max_length=60, blank=True)
    bank_key = models.CharField(  # its letters and digits alone, to find it in any spelling
        max_length=60, blank=True, db_index=True, editable=False
    )
    state = models.CharField(
        _("state"), max_length=15, choices=DepositState, default=DepositState.WAITING
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField(auto_now_add=True)
    warning = models.CharField(_("may be a duplicate"), max_length=200, blank=True)
    first_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    first_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    entry = models.OneToOneField(
        "ledger.Entry", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("deposit")
        verbose_name_plural = _("deposits")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["shop", "-id"], name="deposit_of_shop"),
            models.Index(*QUEUE, name="deposit_queue"),
            models.Index(
                fields=["state"], name="deposit_waiting",
                condition=Q(state__in=["waiting", "approved_once"]),
            ),
        ]  # fmt: skip
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="deposit_amount_positive"),
            models.CheckConstraint(
                condition=Q(first_by=None) | Q(decided_by=None) | ~Q(first_by=F("decided_by"))
                | Q(state="refused"),
                name="deposit_approved_by_two",
            ),
            models.CheckConstraint(
                condition=Q(state="approved", entry__isnull=False)
                | (~Q(state="approved") & Q(entry=None)),
                name="deposit_approved_has_its_entry",
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | Q(decided_by__isnull=False),
                name="deposit_approved_by_a_person",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "approved_once"])
                | ~(Q(decided_by=F("asked_by")) | Q(first_by=F("asked_by"))),
                name="deposit_not_approved_by_who_asked",
            ),
        ]  # fmt: skip
        triggers = [
            pgtrigger.Protect(name="deposit_stays", operation=pgtrigger.Delete),
            pgtrigger.FSM(name="deposit_moves", field="state", transitions=MOVES),
            pgtrigger.Trigger(
                name="deposit_terms_fixed",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf(*FIXED_TERMS),
                func="RAISE EXCEPTION 'the terms of a deposit do not change';",
            ),
            pgtrigger.Trigger(
                name="deposit_decided_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                    IF OLD.state NOT IN ('waiting', 'approved_once') THEN
                        RAISE EXCEPTION 'deposit % is decided', OLD.reference;
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_waiting(self) -> bool:
        return self.state in WAITING_STATES


class DepositProof(models.Model):
    """A picture of the payment, decoded and drawn anew by us before it is kept."""

    deposit = models.OneToOneField(DepositRequest, on_delete=models.PROTECT, related_name="proof")
    picture = models.BinaryField()  # JPEG
    digest = models.CharField(max_length=64, db_index=True)  # SHA-256 of the picture

    class Meta:
        verbose_name = _("proof of a deposit")
        verbose_name_plural = _("proofs of deposits")

    def __str__(self) -> str:
        return self.digest[:12]
