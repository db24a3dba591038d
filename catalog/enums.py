"""Words of the catalogue that are choices."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Category(models.TextChoices):
    """What a SKU is; the provider's categories under our names."""

    RTR = "rtr", _("Top-up")
    PIN = "pin", _("PIN")
    BILL_PAY = "bill_pay", _("Bill payment")
    SIM = "sim", _("SIM")
    GIFT_CARD = "gift_card", _("Gift card")
    ESIM = "esim", _("eSIM")
    OTHER = "other", _("Other")


class SyncState(models.TextChoices):
    """How a sync of the catalogue stands."""

    RUNNING = "running", _("running")
    APPLIED = "applied", _("applied")
    HELD = "held", _("waits for confirmation")
    FAILED = "failed", _("failed")
