"""Accounts: the shops' floats are guarded by the database, the house is summed."""

from decimal import Decimal

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class AccountKind(models.TextChoices):
    """What an account stands for. Lines are credit-positive; see `natural_sign`."""

    FLOAT = "float", _("shop float")
    PROVIDER = "provider", _("money at the provider")
    BANK = "bank", _("deposits received")
    INCOME = "income", _("income")
    COMMISSION = "commission", _("commissions to shops")
    VARIANCE = "variance", _("price variance")
    LATE = "late", _("late deliveries")
    CLAIMS = "claims", _("claims on the provider")
    REFUNDS = "refunds", _("refunds borne")
    OPENING = "opening", _("opening balance")


#: Accounts of things we have: their lines are negative when they grow.
ASSETS = frozenset({AccountKind.PROVIDER, AccountKind.BANK, AccountKind.CLAIMS})


class Account(models.Model):
    """One account in one currency.

    A float account is `guarded`: `balance`, `held` and `line_count` are kept by
    triggers on lines and holds, and a hold or a transfer out below
    `-credit_limit` is refused by the database. House accounts keep no running
    balance (they would be a lock that every sale fights for): the last checkpoint
    and the lines since say what they hold, see `ledger.queries.balance_of`.
    """

    code = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=12, choices=AccountKind)
    currency = models.CharField(max_length=3)
    guarded = models.BooleanField(default=False)
    balance = models.DecimalField(max_digits=20, decimal_places=4, default=Decimal(0))
    held = models.DecimalField(max_digits=20, decimal_places=4, default=Decimal(0))
    line_count = models.BigIntegerField(default=0)
    credit_limit = models.DecimalField(max_digits=20, decimal_places=4, default=Decimal(0))
    opened_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints = [
            models.CheckConstraint(condition=Q(held__gte=0), name="account_held_not_negative"),
            models.CheckConstraint(
                condition=Q(credit_limit__gte=0), name="account_credit_limit_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(guarded=True) | Q(balance=0, held=0, line_count=0),
                name="account_house_is_summed",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="account_stays", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="account_moves_by_lines",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf(
                    "balance", "held", "line_count", "currency", "guarded", "code"
                ),
                func="""
                    IF pg_trigger_depth() < 2 THEN
                        RAISE EXCEPTION 'account % changes only by lines and holds', OLD.code;
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def available(self) -> Decimal:
        """What a shop may still spend, its credit not counted: balance − holds."""
        return self.balance - self.held

    @property
    def natural_sign(self) -> int:
        """+1, or −1 for assets: multiply a stored amount by it to show it."""
        return -1 if self.kind in ASSETS else 1


class HoldState(models.TextChoices):
    OPEN = "open", pgettext_lazy("hold", "open")
    CAPTURED = "captured", _("captured")
    RELEASED = "released", _("released")


class Hold(models.Model):
    """Money of one float set aside for one sale, until captured or released."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="holds")
    key = models.CharField(max_length=60, unique=True)
    amount = models.DecimalField(max_digits=20, decimal_places=4)
    state = models.CharField(max_length=10, choices=HoldState, default=HoldState.OPEN)
    placed_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="hold_amount_positive"),
            models.CheckConstraint(
                condition=Q(state="open", closed_at=None)
                | (~Q(state="open") & Q(closed_at__gte=F("placed_at"))),
                name="hold_closed_at_matches_state",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="hold_stays", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="hold_takes_float",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                func="""
                    UPDATE ledger_account SET held = held + NEW.amount
                     WHERE id = NEW.account_id AND guarded
                       AND balance - held - NEW.amount >= -credit_limit;
                    IF NOT FOUND THEN
                        RAISE EXCEPTION 'insufficient float' USING ERRCODE = 'TN001';
                    END IF;
                    RETURN NULL;
                """,
            ),
            pgtrigger.Trigger(
                name="hold_gives_back",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                    IF OLD.state <> 'open' OR NEW.state NOT IN ('captured', 'released')
                       OR NEW.amount <> OLD.amount OR NEW.account_id <> OLD.account_id
                       OR NEW.key <> OLD.key THEN
                        RAISE EXCEPTION 'a hold is closed once, and nothing else changes';
                    END IF;
                    UPDATE ledger_account SET held = held - OLD.amount WHERE id = OLD.account_id;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.amount} {self.state}"
