"""Files of many sales: what was in them, what was found out, and how far each row has come.

A row knows its sale only by `correlation_id`, made and stored before anything is sold:
what became of it is read from the sale.
"""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from topup.models.shop import Shop


class BulkState(models.TextChoices):
    CHECKING = "checking", _("being looked at")
    CHECKED = "checked", _("ready to start")
    RUNNING = "running", _("being sold")
    PAUSED = "paused", _("paused")
    DONE = "done", _("finished")
    CANCELLED = "cancelled", pgettext_lazy("file", "cancelled")


B = BulkState
#: The only moves there are; the database holds the same table in a trigger.
FILE_MOVES = sorted(
    (str(old), str(new))
    for old, news in {
        B.CHECKING: (B.CHECKED, B.CANCELLED),
        B.CHECKED: (B.RUNNING, B.CANCELLED),
        B.RUNNING: (B.PAUSED, B.DONE, B.CANCELLED),
        B.PAUSED: (B.RUNNING, B.DONE, B.CANCELLED),
    }.items()
    for new in news
)


class RowState(models.TextChoices):
    UNCHECKED = "unchecked", _("not looked at yet")
    BAD = "bad", _("cannot be sold")
    ASKED = "asked", _("waits for your word")
    WAITING = "waiting", _("waits to be sold")
    OPENING = "opening", _("is being opened")
    OPENED = "opened", _("sold or under way")
    REFUSED = "refused", _("not sold")
    SKIPPED = "skipped", _("left out")


R = RowState
ROW_MOVES = sorted(
    (str(old), str(new))
    for old, news in {
        R.UNCHECKED: (R.BAD, R.ASKED, R.WAITING, R.SKIPPED),
        R.WAITING: (R.OPENING, R.ASKED, R.SKIPPED),
        R.ASKED: (R.WAITING, R.SKIPPED),
        R.OPENING: (R.OPENED, R.REFUSED, R.ASKED, R.WAITING, R.SKIPPED),
    }.items()
    for new in news
)


class Ask(models.TextChoices):
    """What a person has to say about a row before it is sold."""

    REPEAT = "repeat", _("the same for the same number, twice")
    LARGE = "large", _("a first large sale to a number")
    PRICE = "price", _("the price has risen")


def _money() -> models.DecimalField:
    return models.DecimalField(max_digits=20, decimal_places=4, null=True, blank=True)


class BulkFile(models.Model):
    """One file. `next_work_at`: when a worker should take it up; while one has it, its lease.

    `confirmed_total` is what the person said he collects for all rows, once, at the start.
    """

    key = models.UUIDField(unique=True, editable=False)  # of the form that brought it
    start_key = models.UUIDField(unique=True, null=True, editable=False)
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="bulk_files")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+",
        verbose_name=_("sent by"),
    )  # fmt: skip
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+",
        verbose_name=_("started by"),
    )  # fmt: skip
    name = models.CharField(_("file"), max_length=100)
    digest = models.CharField(max_length=64)  # of the bytes that were sent
    state = models.CharField(
        _("state"), max_length=10, choices=BulkState, default=BulkState.CHECKING
    )
    note = models.CharField(_("note"), max_length=300, blank=True)  # why it stands still
    currency = models.CharField(max_length=3)
    row_count = models.PositiveIntegerField(_("rows"))
    checked_count = models.PositiveIntegerField(default=0)
    confirmed_total = _money()
    next_work_at = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField(_("sent at"), auto_now_add=True)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("bulk file")
        verbose_name_plural = _("bulk files")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["shop", "-id"], name="bulk_of_shop"),
            models.Index(
                fields=["next_work_at"], name="bulk_due", condition=Q(next_work_at__isnull=False)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["checking", "checked", "cancelled"])
                | Q(started_by__isnull=False, start_key__isnull=False, confirmed_total__gt=0),
                name="bulk_started_was_confirmed",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="bulk_stays", operation=pgtrigger.Delete),
            pgtrigger.FSM(name="bulk_moves", field="state", transitions=FILE_MOVES),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_over(self) -> bool:
        return self.state in (BulkState.DONE, BulkState.CANCELLED)


class BulkRow(models.Model):
    """One row. `price` and `charge` are those of the pre-check; `most_price` may be paid.

    `due_at`: not before then; of an OPENING row until when its worker has it.
    """

    file = models.ForeignKey(BulkFile, on_delete=models.PROTECT, related_name="rows")
    number = models.PositiveIntegerField()  # the line in the file, its head is 1
    cells = models.JSONField(default=dict)  # as they were typed, by the names of our columns
    reference = models.CharField(max_length=100, blank=True)  # the sender's own
    state = models.CharField(max_length=10, choices=RowState, default=RowState.UNCHECKED)
    reason = models.CharField(max_length=300, blank=True)
    ask = models.CharField(max_length=10, choices=Ask, blank=True)
    said = models.JSONField(default=list)  # what a person has said yes to
    recipient = models.CharField(max_length=20, blank=True)
    account = models.CharField(max_length=40, blank=True)
    sku = models.ForeignKey("catalog.Sku", on_delete=models.SET_NULL, null=True, related_name="+")
    sku_name = models.CharField(max_length=250, blank=True)
    face_value = _money()
    face_currency = models.CharField(max_length=3, blank=True)
    price = _money()
    charge = _money()
    most_price = _money()
    correlation_id = models.CharField(max_length=50, unique=True, null=True)
    due_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("row of a bulk file")
        verbose_name_plural = _("rows of bulk files")
        ordering = ["file", "number"]
        indexes = [models.Index(fields=["file", "state", "number"], name="bulk_row_by_state")]
        constraints = [
            models.UniqueConstraint(fields=["file", "number"], name="bulk_row_once"),
            models.CheckConstraint(
                condition=~Q(state__in=["opening", "opened"]) | Q(correlation_id__isnull=False),
                name="bulk_row_has_its_key_first",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="bulk_row_stays", operation=pgtrigger.Delete),
            pgtrigger.FSM(name="bulk_row_moves", field="state", transitions=ROW_MOVES),
            pgtrigger.Trigger(
                name="bulk_row_keeps_its_key",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("correlation_id"),
                condition=pgtrigger.Condition(
                    "OLD.correlation_id IS NOT NULL"
                    " AND OLD.correlation_id IS DISTINCT FROM NEW.correlation_id"
                ),
                func="RAISE EXCEPTION 'the key of a row does not change';",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file_id}:{self.number}"
