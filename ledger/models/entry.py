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
    CLAIM = "claim", _("claim paid by the provider")
    WRITE_OFF = "write_off", _("claim written off")
    TRANSFER = "transfer", _("transfer between floats")
    CORRECTION = "correction", _("correction")


class Entry(models.Model):
    """One event in the books. `key` makes posting it twice impossible.

    A correction is a new entry; what takes back the whole effect of another
    names it in `reverses`, once.
    """

    kind = models.CharField(max_length=12, choices=EntryKind)
    key = models.CharField(max_length=80, unique=True)
    memo = models.CharField(max_length=200, blank=True)
    reference = models.CharField(max_length=60, blank=True, db_index=True)
    reverses = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversed_by"
    )
    posted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    posted_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        indexes = [
            models.Index(
                fields=["posted_at"], name="entry_invoice_corrected", condition=Q(kind="invoice")
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="entry_stays",
                operation=pgtrigger.Update | pgtrigger.Delete,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Line(models.Model):
    """One amount on one account; positive is credit. Never changed, never removed.

    On a float, `position` counts its lines without a gap and `balance_after` is
    what it held after this one: both are given by the database, under the lock of
    the account, so they tell the true order.
    """

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="lines")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="lines")
    amount = models.DecimalField(max_digits=20, decimal_places=4)
    currency = models.CharField(max_length=3)
    position = models.BigIntegerField(null=True, blank=True, editable=False)
    balance_after = models.DecimalField(
        max_digits=20, decimal_places=4, null=True, blank=True, editable=False
    )

    class Meta:
        verbose_name = _("ledger line")
        verbose_name_plural = _("ledger lines")
        indexes = [models.Index(fields=["account", "id"], name="line_of_account")]
        constraints = [
            models.CheckConstraint(condition=~Q(amount=0), name="line_amount_not_zero"),
            models.UniqueConstraint(fields=["account", "position"], name="line_position_once"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="line_stays",
                operation=pgtrigger.Update | pgtrigger.Delete,
            ),
            pgtrigger.Trigger(
                name="line_moves_balance",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("account_currency", "text"), ("is_guarded", "boolean"),
                         ("is_transfer", "boolean")],
                func="""
                    SELECT currency, guarded INTO account_currency, is_guarded
                      FROM ledger_account WHERE id = NEW.account_id;
                    IF account_currency <> NEW.currency THEN
                        RAISE EXCEPTION 'line in % on an account in %',
                            NEW.currency, account_currency;
                    END IF;
                    NEW.position := NULL;
                    NEW.balance_after := NULL;
                    IF NOT is_guarded THEN
                        RETURN NEW;
                    END IF;
                    SELECT kind = 'transfer' INTO is_transfer
                      FROM ledger_entry WHERE id = NEW.entry_id;
                    UPDATE ledger_account
                       SET balance = balance + NEW.amount, line_count = line_count + 1
                     WHERE id = NEW.account_id
                       AND (NEW.amount > 0 OR NOT is_transfer
                            OR balance - held + NEW.amount >= -credit_limit)
                    RETURNING balance, line_count INTO NEW.balance_after, NEW.position;
                    IF NOT FOUND THEN
                        RAISE EXCEPTION 'insufficient float' USING ERRCODE = 'TN001';
                    END IF;
                    RETURN NEW;
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
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.account_id} {self.amount} {self.currency}"


class Checkpoint(models.Model):
    """What a house account held after the line `line_id`, so that nobody sums it all again.

    Made while no line is being written (see `ledger.services.make_checkpoints`), and
    proved against the lines by the check of the books.
    """

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="checkpoints")
    line_id = models.BigIntegerField()
    balance = models.DecimalField(max_digits=20, decimal_places=4)  # credit-positive
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("checkpoint")
        verbose_name_plural = _("checkpoints")
        constraints = [
            models.UniqueConstraint(fields=["account", "line_id"], name="checkpoint_once"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="checkpoint_stays", operation=pgtrigger.Update | pgtrigger.Delete
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.balance} at {self.line_id}"
