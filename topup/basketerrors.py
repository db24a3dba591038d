"""What the basket refuses. Nothing was sold."""

from django.utils.translation import gettext as _

from topup.errors import TopupError


class BasketError(TopupError):
    """The basket does not take this, or cannot be sold so."""

    def default(self) -> str:
        return _("This basket is not there any more.")


class BasketChangedError(BasketError):
    """What was looked at is not what would be sold."""

    def default(self) -> str:
        return _("The basket has changed. Nothing was sold. Look at the total, then press again.")


class BasketItemError(BasketError):
    """One item keeps the basket from being sold; `cause` is what its sale said."""

    def __init__(self, *, item_id: int, cause: TopupError) -> None:
        self.item_id, self.cause = item_id, cause
        super().__init__(cause.message)


class NewPriceError(BasketError):
    """A price has changed, and nobody has said yes to the new one."""

    def default(self) -> str:
        return _("The price has changed. Nothing was sold. Accept the new one, or remove the item.")


class TwinError(BasketError):
    """The same to the same number is in the basket twice, and nobody has said that it is meant."""

    def default(self) -> str:
        return _("The same is in the basket twice. Nothing was sold. Say that it is meant.")


class RunError(BasketError):
    """So many PINs and gift cards that a cool-down would begin before the last one."""

    def default(self) -> str:
        return _(
            "So many PINs and gift cards are not sold in a row. Nothing was sold. Remove this one."
        )
