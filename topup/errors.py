"""What selling refuses, in words for the person at the counter."""

import math
from datetime import datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ledger.money import round_down, round_up


class TopupError(Exception):
    """Base: `message` is plain and translated, `field` names what to mend."""

    field = ""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or self.default())

    @property
    def message(self) -> str:
        return str(self.args[0])

    def default(self) -> str:
        return _("This cannot be sold now.")


class QuoteError(TopupError):
    """No price can be given; nothing was sold."""


class AmountError(QuoteError):
    """The amount does not fit the SKU."""

    field = "amount"


class RecipientError(QuoteError):
    """The number does not fit the SKU."""

    field = "recipient"


class ExtraError(QuoteError):
    """What was typed besides number and amount does not fit; `name` is the field's."""

    field = "extra"

    def __init__(self, message: str = "", *, name: str = "") -> None:
        self.name = name
        super().__init__(message)


class NotSellableError(QuoteError):
    """The SKU is unknown, retired, paused, or has no cost in the wallet's currency."""

    field = "sku"

    def default(self) -> str:
        return _("This product is not on sale any more. Choose another one.")


class LosingSaleError(NotSellableError):
    """The rules would sell it for less than it costs."""

    def default(self) -> str:
        return _("This product has no good price now. Your distributor has been told.")


class BadQuoteError(TopupError):
    """The form's price was not made by us for this shop."""

    def default(self) -> str:
        return _("This form is not valid any more. Start the sale again; nothing was sold.")


class QuoteExpiredError(TopupError):
    """The price was held too long."""

    def default(self) -> str:
        return _("The price was held too long. Nothing was sold. Check the new price and sell.")


class PriceChangedError(TopupError):
    """The catalogue or the shop's terms changed since the quote."""

    def default(self) -> str:
        return _("The price has changed. Nothing was sold. Check the new price and sell.")


class ShopFrozenError(TopupError):
    def default(self) -> str:
        return _("This shop may not sell at the moment. Call your distributor.")


class SellingStoppedError(TopupError):
    def default(self) -> str:
        return _("Selling is stopped for the moment. Your distributor has been told.")


class SaleConflictError(TopupError):
    """The key of this form was used for other goods."""

    def default(self) -> str:
        return _("This form was already used for another sale. Look at your sales first.")


class InsufficientFloatError(TopupError):
    """The float does not cover the charge; nothing was sold."""

    def __init__(self, *, available: Decimal, needed: Decimal, currency: str) -> None:
        self.available, self.needed, self.currency = available, needed, currency
        super().__init__(
            _(
                "Not enough float: this sale needs %(needed)s %(currency)s, "
                "%(available)s %(currency)s is left. Ask your distributor for more."
            )
            % {
                "needed": round_up(needed, currency),
                "available": round_down(available, currency),
                "currency": currency,
            }
        )


class WrongProviderError(TopupError):
    """The settings name another provider than the one this database belongs to."""


class TreeError(TopupError):
    """A shop cannot lie there."""

    field = "parent"


class LevelError(TreeError):
    """Shops lie below it, so it stays a sub-distributor."""

    field = "level"

    def default(self) -> str:
        return _("Shops lie under it. Move them first; then it can become a shop.")


class MoneyError(TopupError):
    """A deposit or a transfer that cannot be, in words for whoever asked; nothing has moved."""

    def default(self) -> str:
        return _("This cannot be done now.")


class PictureError(MoneyError):
    """What was sent is no picture that we keep."""

    field = "picture"


class DuplicateError(MoneyError):
    """A deposit looks like another one, and nobody has said that it is not."""

    field = "checked"


class MoneyConflictError(MoneyError):
    """The key of this form was used for something else."""

    def default(self) -> str:
        return _("This form was already used. Nothing was done now: look at what is there first.")


class LimitError(TopupError):
    """More than the shop may sell: in one sale, in its day, or to one number. Nothing was sold."""

    field = "amount"


class BlockedNumberError(QuoteError):
    """The number is on a blocklist; nothing was sold."""

    field = "recipient"

    def default(self) -> str:
        return _("Nobody may sell to this number. Nothing was sold. Ask your distributor why.")


class ShiftError(TopupError):
    """A deed at a shift that cannot be; nothing was changed."""

    def default(self) -> str:
        return _("This cannot be done with this shift.")


class NoShiftError(ShiftError):
    """The deed needs an open shift of the person, and there is none."""

    def default(self) -> str:
        return _("You have no open shift. Nothing was sold. Open a shift, then press again.")


class ShiftOverError(ShiftError):
    """The shift is counted, handed over or sealed."""

    def default(self) -> str:
        return _(
            "Your shift is counted: it takes no sale any more. Finish it, then open a new one."
        )


class TenderError(TopupError):
    """The shop does not take this currency or this way to pay; nothing was sold."""

    field = "tender"

    def default(self) -> str:
        return _("This shop does not take that currency. Nothing was sold. Choose another one.")


class OwedError(TopupError):
    """Money of a customer that cannot be given out so; nothing was changed."""

    field = "code"

    def default(self) -> str:
        return _("This money was given back or used already.")


class BookError(TopupError):
    """A price book that cannot be published, changed or withdrawn so; nothing was changed."""

    def default(self) -> str:
        return _("This price book is published: its rules do not change. Make a new draft.")


class SecondPersonError(BookError):
    """Who made a draft, or changed a rule of it, does not publish it."""

    def default(self) -> str:
        return _("You made or changed this draft. Somebody else has to publish it.")


class GapsError(BookError):
    """Some goods would have no price, and nobody has said that this is meant."""

    field = "despite"

    def default(self) -> str:
        return _("No price rule is for everything: some goods could not be sold.")


class FactorError(TopupError):
    """A second factor that is not there, is there already, or may not be taken away."""


class CodeError(FactorError):
    """A code of a second factor that does not count."""

    field = "code"


class NotInChargeError(TopupError):
    """Only an owner, and for cashiers a manager, may do this."""

    def default(self) -> str:
        return _("You may not do this. Ask the owner of the shop.")


class NameTakenError(TopupError):
    """Somebody has this user name already."""

    field = "username"

    def default(self) -> str:
        return _("This user name is taken. Choose another one.")


class WeakPinError(TopupError):
    """No PIN, or one that anybody would try first."""

    field = "pin"

    def default(self) -> str:
        return _("A PIN has 4 to 8 digits.")

    @classmethod
    def easy(cls) -> "WeakPinError":
        return cls(_("This PIN is too easy to guess. Choose digits that do not follow a pattern."))


class PinError(TopupError):
    """Not the person's PIN; or nobody who could sign in here."""

    field = "pin"

    def __init__(self, message: str = "", *, left: int | None = None) -> None:
        if left is not None and not message:
            message = ngettext(
                "This is not the PIN. %(left)d try is left, then it is locked for some time.",
                "This is not the PIN. %(left)d tries are left, then it is locked for some time.",
                left,
            ) % {"left": left}
        super().__init__(message)

    def default(self) -> str:
        return _("This is not the PIN. Type it again.")


class PinLockedError(PinError):
    """Too many wrong PINs. `until` is when it opens again."""

    def __init__(self, *, until: datetime | None) -> None:
        self.until = until
        seconds = (until - timezone.now()).total_seconds() if until else 0
        minutes = max(1, math.ceil(seconds / 60))
        text = ngettext(
            "Too many wrong PINs: this PIN is locked for %(minutes)d minute. Wait, or sign in "
            "with the password, or ask the owner to unlock it.",
            "Too many wrong PINs: this PIN is locked for %(minutes)d minutes. Wait, or sign in "
            "with the password, or ask the owner to unlock it.",
            minutes,
        )
        super().__init__(text % {"minutes": minutes})


class PinSparedError(PinError):
    """Not tried: the few tries that are left until the lock are another place's."""


class TillBrakedError(TopupError):
    """Too many wrong PINs at one till, of whomever: it takes none for some minutes."""

    def default(self) -> str:
        return _(
            "Too many wrong PINs at this till: it takes none for some minutes. Wait, or sign in "
            "with the password."
        )


class TillFrozenError(TopupError):
    """The till was frozen by one in charge or by the distributor."""

    def default(self) -> str:
        return _("This till is frozen. Ask the owner of the shop, or call your distributor.")


class DisputeError(TopupError):
    """A dispute that cannot be raised or taken back, in words for the shop; nothing was changed."""

    field = "reason"

    def default(self) -> str:
        return _("This sale cannot be disputed now.")


class DecisionError(TopupError):
    """What a person of the distributor wants to decide cannot be; nothing was changed."""

    field = "reason"

    def default(self) -> str:
        return _("This cannot be decided so. Nothing was changed.")


class InviteError(TopupError):
    """A file of shops to invite that cannot be read; nothing was made."""

    field = "file"
