"""What is refused about kiosks, in words for whoever stands there."""

from django.utils.translation import gettext as _

from topup.errors import TopupError


class KioskError(TopupError):
    """A deed at a kiosk that cannot be; nothing was changed."""

    def default(self) -> str:
        return _("This cannot be done with this kiosk.")


class EnrolCodeError(KioskError):
    """No code, one that was used, or one that is too old."""

    field = "code"

    def default(self) -> str:
        return _("This code does not work: it was used, it is too old, or it is mistyped.")


class KioskRetiredError(KioskError):
    """The kiosk was taken out of service for good."""

    def default(self) -> str:
        return _("This kiosk is out of service for good. Make a new one.")


class LeaveBrakedError(KioskError):
    """Too many wrong PINs at one kiosk, of whomever."""

    field = "pin"

    def default(self) -> str:
        return _("Too many wrong PINs at this kiosk: it takes none for some minutes.")
