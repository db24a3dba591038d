"""Shifts: what is in the drawer, what should be, and what was sealed.

Whoever takes or gives money holds the shift's row FOR SHARE, by the triggers below;
whoever counts, hands over or seals holds it FOR UPDATE. So nothing slips in between.
"""

from decimal import Decimal

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from topup.models.device import Device
from topup.models.shop import Shop


class Tender(models.TextChoices):
    """How the customer pays."""

    CASH = "cash", _("cash")
    CARD = "card", _("card")
    E_MONEY = "e_money", _("mobile money")


class ShiftState(models.TextChoices):
    OPEN = "open", pgettext_lazy("shift", "open")
    COUNTED = "counted", pgettext_lazy("shift", "counted")
    HANDED_OVER = "handed_over", _("handed over")
    SEALED = "sealed", pgettext_lazy("shift", "sealed")


#: The only moves of a shift; the database holds the same table in a trigger.
SHIFT_MOVES = [
    ("open", "counted"), ("counted", "handed_over"), ("counted", "sealed"),
    ("handed_over", "sealed"),
]  # fmt: skip


class Shift(models.Model):
    """One cashier's time at a drawer.

    OPEN → COUNTED (blind; the gap is told) → SEALED, or HANDED_OVER while sales are
    unfinished. `totals` are written when it is counted and never change after the seal.
    """

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="shifts")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="shifts"
    )
    device = models.ForeignKey(
        Device, on_delete=models.PROTECT, null=True, blank=True, related_name="shifts"
    )
    number = models.PositiveIntegerField()  # counts the shop's shifts
    state = models.CharField(max_length=15, choices=ShiftState, default=ShiftState.OPEN)
    opened_at = models.DateTimeField(auto_now_add=True)
    counted_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)  # sealed or handed over
    sealed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    handed_to = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="taken_from"
    )
    gap_note = models.CharField(max_length=300, blank=True)
    totals = models.JSONField(default=dict)
    digest = models.CharField(max_length=64, blank=True)  # of the sealed totals

    class Meta:
        verbose_name = _("shift")
        verbose_name_plural = _("shifts")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["shop", "number"], name="shift_number_once"),
            models.UniqueConstraint(
                fields=["person"], condition=Q(state__in=["open", "counted"]),
                name="one_open_shift_of_a_person",
            ),
            models.CheckConstraint(
                condition=~Q(state="sealed") | (Q(sealed_by__isnull=False) & ~Q(digest="")),
                name="shift_sealed_has_its_digest",
            ),
        ]  # fmt: skip
        triggers = [
            pgtrigger.Protect(name="shift_stays", operation=pgtrigger.Delete),
            pgtrigger.FSM(name="shift_moves", field="state", transitions=SHIFT_MOVES),
            pgtrigger.Trigger(
                name="shift_is_whose_it_is",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("shop_id", "person_id", "number", "opened_at"),
                func="RAISE EXCEPTION 'a shift does not change hands';",
            ),
            pgtrigger.Trigger(  # at commit: one's own next shift opens after this one is over
                name="shift_handed_over_has_a_taker",
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                timing=pgtrigger.Deferred,
                condition=pgtrigger.Q(new__state="handed_over"),
                func="""
                    IF EXISTS (SELECT 1 FROM topup_shift WHERE id = NEW.id
                                AND state = 'handed_over' AND handed_to_id IS NULL) THEN
                        RAISE EXCEPTION 'shift % is handed over to nobody', NEW.id;
                    END IF;
                    RETURN NULL;
                """,
            ),
            pgtrigger.Trigger(
                name="shift_sealed_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__state="sealed"),
                func="RAISE EXCEPTION 'shift % is sealed', OLD.id;",
            ),
        ]

    def __str__(self) -> str:
        return gettext("Shift %(number)s") % {"number": self.number}


_TAKES = """
        IF NEW.shift_id IS NULL THEN RETURN NEW; END IF;
        SELECT state INTO stands FROM topup_shift WHERE id = NEW.shift_id FOR SHARE;
        IF stands NOT IN ({states}) THEN
            RAISE EXCEPTION 'shift % is %', NEW.shift_id, stands USING ERRCODE = 'TN002';
        END IF;
        RETURN NEW;
    """


def takes_while(*states: str) -> str:
    """A trigger's body: the row's shift must be in one of these states, and stays so till commit.

    The lock makes whoever would count or seal it wait. `TN002` tells the service why.
    """
    return _TAKES.format(states=", ".join(f"'{state}'" for state in states))


class Moment(models.TextChoices):
    OPENING = "opening", _("at the start")
    CLOSING = "closing", _("at the end")


class ShiftCount(models.Model):
    """What somebody counted, per tender and currency. A new count is a new row."""

    shift = models.ForeignKey(Shift, on_delete=models.PROTECT, related_name="counts")
    moment = models.CharField(max_length=10, choices=Moment)
    attempt = models.PositiveSmallIntegerField(default=1)
    tender = models.CharField(max_length=15, choices=Tender)
    currency = models.CharField(max_length=3)
    amount = models.DecimalField(max_digits=20, decimal_places=4)
    denominations = models.JSONField(default=dict)  # {"20": 3, "0.25": 7}
    counted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    counted_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("count")
        verbose_name_plural = _("counts")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["shift", "moment", "attempt", "tender", "currency"], name="count_once"
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="count_not_negative"),
        ]
        triggers = [
            pgtrigger.Protect(name="count_stays", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="count_of_open_shift", when=pgtrigger.Before, operation=pgtrigger.Insert,
                declare=[("stands", "text")], func=takes_while("open", "counted"),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{Decimal(self.amount).normalize():f} {self.currency} {self.get_tender_display()}"


class CashKind(models.TextChoices):
    IN = "in", _("put in")
    OUT = "out", _("taken out")
    PAY_OUT = "pay_out", _("paid back to a customer")
    USED = "used", _("used for another sale")


class CashMove(models.Model):
    """Money that went into or out of a drawer beside the sales. Signed: out is negative."""

    shift = models.ForeignKey(Shift, on_delete=models.PROTECT, related_name="moves")
    key = models.UUIDField(unique=True)
    kind = models.CharField(max_length=10, choices=CashKind)
    tender = models.CharField(max_length=15, choices=Tender, default=Tender.CASH)
    amount = models.DecimalField(max_digits=20, decimal_places=4)
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=200)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("cash movement")
        verbose_name_plural = _("cash movements")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="in", amount__gt=0) | (~Q(kind="in") & Q(amount__lt=0)),
                name="cash_move_sign",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="move_stays", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="move_of_open_shift", when=pgtrigger.Before, operation=pgtrigger.Insert,
                declare=[("stands", "text")], func=takes_while("open", "counted"),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.kind} {self.amount} {self.currency}"


class OwedState(models.TextChoices):
    OWED = "owed", _("owed to the customer")
    PAID = "paid", _("paid back")
    USED = "used", _("used for another sale")
    DELIVERED = "delivered", _("delivered after all")


class Owed(models.Model):
    """Money of a customer whose sale came to nothing, kept for him in the drawer.

    `shift` is the one that answers for it now; it moves on with a hand-over.
    """

    sale = models.OneToOneField("topup.Sale", on_delete=models.PROTECT, related_name="owed")
    shift = models.ForeignKey(Shift, on_delete=models.PROTECT, related_name="owed")
    tender = models.CharField(max_length=15, choices=Tender)
    amount = models.DecimalField(max_digits=20, decimal_places=4)
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=OwedState, default=OwedState.OWED)
    wrong_codes = models.PositiveSmallIntegerField(default=0)
    since = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    without_code = models.CharField(max_length=200, blank=True)  # why, when no code was given
    never_printed = models.BooleanField(  # and yet its code was given
        _("its slip was never printed"), default=False
    )
    used_for = models.ForeignKey(
        "topup.Sale", on_delete=models.PROTECT, null=True, blank=True, related_name="paid_with"
    )
    move = models.OneToOneField(
        CashMove, on_delete=models.PROTECT, null=True, blank=True, related_name="owed"
    )

    class Meta:
        verbose_name = _("money owed to a customer")
        verbose_name_plural = _("money owed to customers")
        ordering = ["id"]
        indexes = [models.Index(fields=["sale"], name="owed_now", condition=Q(state="owed"))]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="owed_positive"),
            models.CheckConstraint(
                condition=Q(state__in=["owed", "delivered"], move=None)
                | Q(state__in=["paid", "used"], move__isnull=False),
                name="owed_closed_by_a_move",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="owed_stays", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="owed_closed_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__state__in=["paid", "used", "delivered"]),
                func="RAISE EXCEPTION 'what was owed for sale % is settled', OLD.sale_id;",
            ),
            pgtrigger.Trigger(
                name="owed_terms_fixed",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("sale_id", "tender", "amount", "currency"),
                func="RAISE EXCEPTION 'what is owed does not change';",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} {self.state}"
