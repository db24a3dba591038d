"""Why a sale waits for an answer, or goods are not sold to anybody for a while."""

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from topup.errors import NotSellableError, TopupError


class SafetyError(TopupError):
    """Something is asked before this sale; nothing was sold.

    `questions` are all that are to be answered, `given` what was answered already.
    """

    field = "safety"

    def __init__(
        self, message: str = "", *, questions: Sequence[Any] = (), given: Sequence[Any] = ()
    ) -> None:
        self.questions, self.given = tuple(questions), tuple(given)
        super().__init__(message)

    def default(self) -> str:
        return _("Nothing is sold yet. Answer the question, then press again.")


class RepeatError(SafetyError):
    """The same was just sold to this number, or a sale to it is unfinished; `earlier` is that."""

    def __init__(
        self, message: str = "", *, earlier: Any = None, is_same: bool = True, **more: Any
    ) -> None:
        self.earlier, self.is_same = earlier, is_same
        super().__init__(message, **more)

    def default(self) -> str:
        if not self.is_same:
            return _("Another sale to this number is not finished yet. Nothing more is sold yet.")
        return _("The same was sold to this number before. Nothing is sold a second time yet.")


class WrongAnswerError(SafetyError):
    """An answer that stops the sale."""

    def default(self) -> str:
        return _(
            "Stop: this looks like a fraud. Nothing was sold. Do not give anybody a code on the "
            "telephone, and call your distributor."
        )


class CoolDownError(TopupError):
    """No PINs and gift cards for some minutes. `until` is when it ends."""

    def __init__(self, *, until: datetime) -> None:
        self.until = until
        seconds = (until - timezone.now()).total_seconds()
        minutes = max(1, math.ceil(seconds / 60))
        text = ngettext(
            "No PINs and gift cards are sold here for %(minutes)d minute, to keep you from fraud. "
            "Nothing was sold. Other goods are sold as ever.",
            "No PINs and gift cards are sold here for %(minutes)d minutes, to keep you from "
            "fraud. Nothing was sold. Other goods are sold as ever.",
            minutes,
        )
        super().__init__(text % {"minutes": minutes})


class OperatorPausedError(NotSellableError):
    """Nothing of this operator is sold now: it fails, or a person has closed it."""
