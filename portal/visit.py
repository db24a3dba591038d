"""The visit of one customer at a kiosk: what he chose so far, and how the screens are for him.

It is kept in the kiosk's session alone, never in an address, and nowhere for longer: a wipe
ends the session, and a visit that nobody touched for ten minutes is over by itself.
"""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from django.http import HttpRequest, HttpResponse

from portal import languages

KEY = "visit"  # in the session
#: Seconds without a touch before the screen asks, and from then to the wipe.
ASK_AFTER, WIPE_AFTER = 60, 20
#: How much longer everything takes in slow mode.
SLOWLY = 3
#: Seconds after which a visit is over, whatever a lost browser may still show.
_OVER_AFTER = 600
#: How long the code, and an opened secret, stay on the screen unless somebody asks for more.
CODE_SECONDS, SECRET_SECONDS = 90, 30
SIZES = (100, 150, 200)
_WIPED = '"cache", "storage"'  # not cookies: the kiosk's own token is one


@dataclass(frozen=True)
class Modes:
    """How the screens are for one customer; nothing of it is about what he buys."""

    size: int = 100
    contrast: bool = False
    low: bool = False
    slow: bool = False
    speech: bool = False

    @property
    def ask_after(self) -> int:
        return ASK_AFTER * (SLOWLY if self.slow else 1)

    @property
    def wipe_after(self) -> int:
        return WIPE_AFTER * (SLOWLY if self.slow else 1)

    @property
    def code_seconds(self) -> int:
        return CODE_SECONDS * (SLOWLY if self.slow else 1)

    @property
    def secret_seconds(self) -> int:
        return SECRET_SECONDS * (SLOWLY if self.slow else 1)


@dataclass(frozen=True)
class Visit:
    """What was chosen so far, one thing on each screen; "" and 0 for what was not yet.

    `here` is the screen that a side step, such as the modes, leads back to; `problem` is told
    once. `code` and `claim` are what a customer types who asks after a sale.
    """

    language: str = ""
    kind: str = ""
    country: str = ""
    number: str = ""  # as it was typed
    msisdn: str = ""
    operator: int = 0
    sku: int = 0
    amount: str = ""  # as it was typed
    face_value: str = ""  # what it was read as, whatever the language becomes
    shown: str = ""  # the figures that the read-back showed
    offer: int = 0
    code: str = ""
    claim: str = ""
    is_code_given: bool = False
    is_claim_given: bool = False
    here: str = ""
    problem: str = ""
    at: int = 0
    modes: Modes = field(default_factory=Modes)

    @property
    def is_empty(self) -> bool:
        """True while there is nothing that the next customer must not see."""
        return replace(self, here="", at=0) == Visit()

    @property
    def is_by_number(self) -> bool:
        """True where the goods go to a number; else a country is chosen."""
        return self.kind == "airtime"


def of(request: HttpRequest) -> Visit:
    """The visit that is under way; an empty one where none is, or where it is over."""
    known: Visit | None = getattr(request, "_visit", None)
    if known is None:
        known = _read(request.session.get(KEY))
        request._visit = known  # type: ignore[attr-defined]
    return known


def keep(request: HttpRequest, **changed: Any) -> Visit:
    """Write what was chosen; the visit lives on from now."""
    made = replace(of(request), **changed, at=_now())
    request.session[KEY] = asdict(made)
    request.session.set_expiry(_OVER_AFTER)  # for a browser that never comes back to wipe it
    request._visit = made  # type: ignore[attr-defined]
    return made


def touch(request: HttpRequest) -> None:
    """Somebody is still there."""
    if not of(request).is_empty:
        keep(request)


def begin(request: HttpRequest, language: str = "") -> Visit:
    """A new customer: nothing of the last one is left but the modes of the first screen.

    He has no language until he chooses one, and no session if he chose no mode either.
    """
    modes = of(request).modes
    request.session.flush()
    request._visit = made = Visit()  # type: ignore[attr-defined]
    return keep(request, language=language, modes=modes) if language or modes != Modes() else made


def tell(request: HttpRequest, problem: str) -> None:
    """Say on the next screen what is to be mended."""
    keep(request, problem=problem)


def told(request: HttpRequest) -> str:
    """What is to be mended; told once."""
    problem = of(request).problem
    if problem:
        keep(request, problem="")
    return problem


def language_of(request: HttpRequest) -> str:
    """The language of the screens: the chosen one, else the first of those offered."""
    return languages.known(of(request).language) or languages.default()


def wipe(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """End the visit: the session with all it kept, and what the browser kept beside it."""
    request.session.flush()
    request._visit = Visit()  # type: ignore[attr-defined]
    response["Clear-Site-Data"] = _WIPED
    return response


def _now() -> int:
    return int(time.time())


def _read(kept: Any) -> Visit:
    """What the session holds; of an older version of the product it may hold anything."""
    if not isinstance(kept, Mapping) or _now() - int(kept.get("at", 0)) > _OVER_AFTER:
        return Visit()
    names = {one.name for one in fields(Visit)}
    values = {name: value for name, value in kept.items() if name in names}
    modes = values.pop("modes", {})
    known = {one.name for one in fields(Modes)}
    return Visit(**values, modes=Modes(**{n: v for n, v in modes.items() if n in known}))
