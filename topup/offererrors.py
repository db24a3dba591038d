"""What is refused about offers of a kiosk. Nothing was sold.

The first ones are told at the counter; those of `CustomerError` to the customer at the kiosk.
"""

from django.utils.translation import gettext as _

from topup.errors import (
    AmountError,
    BlockedNumberError,
    ExtraError,
    LimitError,
    RecipientError,
    SellingStoppedError,
    ShopFrozenError,
    TopupError,
)


class OfferError(TopupError):
    """An offer that cannot be had or sold so."""

    def default(self) -> str:
        return _("This offer is not there any more. Nothing was sold.")


class OfferGoneError(OfferError):
    """No offer of this shop, or one that is too old or cancelled: all told in the same words."""

    field = "code"

    def default(self) -> str:
        return _(
            "No offer of this shop waits under this code. Check the digits; after ten minutes the "
            "customer has to choose again."
        )


class OfferTakenError(OfferError):
    """Somebody else has it, or has sold it."""

    def default(self) -> str:
        return _(
            "Somebody else at the counter has this offer, or has sold it. Nothing was sold now."
        )


class OfferGoodsError(OfferError):
    """Other goods than the customer chose."""

    def default(self) -> str:
        return _("These are not the goods that the customer chose. Sell them as a sale of its own.")


class CustomerError(TopupError):
    """Told to a customer at the kiosk; `cause` is what the counter would have been told."""

    def __init__(self, message: str = "", *, cause: TopupError | None = None) -> None:
        self.cause = cause
        self.field = cause.field if cause else ""
        super().__init__(message)

    def default(self) -> str:
        return _("This is not sold at the moment. Choose something else, or ask at the counter.")


class OfferLimitError(CustomerError):
    """So many codes of this kiosk wait already."""

    def default(self) -> str:
        return _("Too many codes wait at the counter. Wait some minutes, or ask at the counter.")


class OfferPriceError(CustomerError):
    """A figure is another one than was shown a moment ago."""

    def default(self) -> str:
        return _("The price or what arrives has just changed. Look once more.")


class OfferCodeError(CustomerError):
    """Code and claim number do not belong together, or were tried too often: never which."""

    def default(self) -> str:
        return _("These two numbers are not known here. Check them, or ask at the counter.")


class OfferLooksError(CustomerError):
    """The code of a sale was shown at kiosks as often as it may be."""

    def default(self) -> str:
        return _("The code was shown here as often as it may be. Ask at the counter.")


def for_customer(error: TopupError) -> CustomerError:
    """The same in words for a customer, who has no distributor and no float."""
    if isinstance(error, CustomerError):
        return error
    if isinstance(error, BlockedNumberError):
        told = _("Nothing is sold to this number here. Ask at the counter.")
    elif isinstance(error, (AmountError, RecipientError, ExtraError)):
        told = error.message
    elif isinstance(error, LimitError):
        told = _("This amount is not sold here now. Choose a smaller one, or ask at the counter.")
    elif isinstance(error, (ShopFrozenError, SellingStoppedError)):
        told = _("Nothing is sold here at the moment. Ask at the counter.")
    else:
        told = ""
    return CustomerError(told, cause=error)
