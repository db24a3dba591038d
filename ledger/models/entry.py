"""Entries and their lines: append-only, and zero in sum by the database's word."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ledger.models.account import Account


class EntryKind(models.TextChoices):
    OPENING = "opening", _("opening balance")
    DEPOSIT = "deposit", _("deposit")
    FUNDING = "funding", _("money sent to the provider")
    SALE = "sale", _("sale")
    INVOICE = "invoice", _("invoice corrected")
    LATE = "late", _("late delivery")
    REFUND = "refund", _("refund")
    CORRECTION = "correction", _("correction")


class Entry(models.Model):
    """One event in the books. `key` makes posting it twice impossible."""

    kind = models.CharField(max_length=12, choices=EntryKind)
    key = models.CharField(max_length=80, unique=True)
    memo = models.CharField(max_length=200, blank=True)
    reference = models.CharField(max_length=60, blank=True, db_index=True)
    posted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    posted_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        triggers = [
            pgtrigger.Protect(
                name="entry_stays",
                operation=pgtrigger.Update | pgtrigger.Delete,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Line(models.Model):
    """One amount on one account; positive is credit. Never changed, never removed."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="lines")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="lines")
    amount = models.DecimalField(max_digits=20, decimal_places=4)
    currency = models.CharField(max_length=3)

    class Meta:
        verbose_name = _("ledger line")
        verbose_name_plural = _("ledger lines")
        constraints = [
            models.CheckConstraint(condition=~Q(amount=0), name="line_amount_not_zero"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="line_stays",
                operation=pgtrigger.Update | pgtrigger.Delete,
            ),
            pgtrigger.Trigger(
                name="line_moves_balance",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                declare=[("account_currency", "text")],
                func="""
                    SELECT currency INTO account_currency
                      FROM ledger_account WHERE id = NEW.account_id;
                    IF account_currency <> NEW.currency THEN
                        RAISE EXCEPTION 'line in % on an account in %',
                            NEW.currency, account_currency;
                    END IF;
                    UPDATE ledger_account SET balance = balance + NEW.amount
                     WHERE id = NEW.account_id AND guarded;
                    RETURN NULL;
                """,
            ),
            pgtrigger.Trigger(
                name="line_sums_to_zero",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                func="""
                    IF EXISTS (
                        SELECT 1 FROM ledger_line WHERE entry_id = NEW.entry_id
                         GROUP BY currency HAVING SUM(amount) <> 0
                    ) THEN
                        RAISE EXCEPTION 'entry % does not sum to zero', NEW.entry_id;
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.amount} {self.currency}"
