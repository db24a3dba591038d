"""Under whose name the product runs, told to every page without a question to the database.

Each process keeps what it knows. Every few seconds one of its requests asks the shared cache
whether the version is still that one, and reads the row if not. A cache that is away, or
that has forgotten, changes nothing: a worker tells the version again every minute.
"""

import hashlib
import json
import logging
import time
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta

from django.core.cache import cache
from django.db import Error, ProgrammingError, transaction
from django.utils import timezone

from topup import colours
from topup.models import Brand, BrandPicture, Kiosk
from topup.services import paperlogos
from topup.services.brandpictures import LOGO
from topup.services.paperlogos import PaperLogo

NAME = "TopNet"
LOOK_EVERY = 5  # seconds
_VERSION = "brand:version"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Logo:
    """A picture by its digest, and its size in dots."""

    digest: str
    width: int
    height: int


@dataclass(frozen=True)
class Branding:
    """What pages show; as it stands here, the product's own."""

    is_ours: bool = True
    name: str = NAME
    colour: str = colours.OURS
    logo: Logo | None = None
    logo_dark: Logo | None = None
    icon: str = ""
    #: The logo as papers have it, drawn when the row is read; None where it cannot be printed.
    paper: PaperLogo | None = field(default=None, repr=False)

    @property
    def own_name(self) -> str:
        """The name of a brand; "" where the product runs under its own."""
        return "" if self.is_ours else self.name

    @property
    def style(self) -> str:
        """The name of the style sheet with its colours; "" where none is needed."""
        return colours.sheet_name(self.colour)

    @property
    def version(self) -> str:
        """Another one for every other look."""
        told = asdict(replace(self, paper=None))  # it comes of the logo
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class _Known:
    look: Branding
    version: str
    look_again_at: float


_OURS = Branding()
_known = _Known(_OURS, _OURS.version, 0.0)


def current(*, at_once: bool = False) -> Branding:
    """What to show now; up to `LOOK_EVERY` seconds old unless `at_once`.

    Never fails: what cannot be asked is as it was.
    """
    if at_once or time.monotonic() >= _known.look_again_at:
        _keep(_known.look)  # the others of this process need not ask, too
        told = _told_version()
        if told and told != _known.version:
            load()
    return _known.look


def last_known() -> Branding:
    """What this process showed last. Asks nobody: for pages that tell of our own fault."""
    return _known.look


def load() -> Branding:
    """Read the row, and show it from now on; as it was where the database does not answer."""
    try:
        _keep(_read())
    except ProgrammingError:
        pass  # no tables yet
    except Error as error:
        log.warning("brand: cannot be read: %s", error)
    return _known.look


def publish() -> None:
    """Read the row, and tell every process its version. Safe to repeat."""
    try:
        cache.set(_VERSION, load().version, None)
    except Exception as error:
        log.warning("brand: the version cannot be told: %s", error)


def save(brand: Brand) -> None:
    """Keep a brand; everybody sees it within seconds, kiosks as soon as no customer is at them."""
    before = _pictures_of(Brand.objects.first())
    brand.save()
    # Those of the look before stay for pages that are still open.
    BrandPicture.objects.exclude(digest__in=before | _pictures_of(brand)).delete()
    _tell_soon()


def remove() -> None:
    """The product has its own name, mark and colour again. Safe to repeat."""
    Brand.objects.all().delete()
    _tell_soon()


def _tell_soon() -> None:
    """Kiosks load their page anew, but not before every process knows."""
    Kiosk.objects.exclude(token_hash=None).update(
        reload_wanted_at=timezone.now() + timedelta(seconds=LOOK_EVERY)
    )
    transaction.on_commit(publish)


def _keep(look: Branding) -> None:
    global _known
    _known = _Known(look, look.version, time.monotonic() + LOOK_EVERY)


def _told_version() -> str:
    """What the cache says; "" where it says nothing."""
    try:
        return str(cache.get(_VERSION) or "")
    except Exception as error:
        log.warning("brand: the cache does not answer: %s", error)
        return ""


def _read() -> Branding:
    brand = Brand.objects.first()
    if brand is None:
        return _OURS
    wanted = {brand.logo, brand.logo_dark} - {""}
    rows = list(BrandPicture.objects.filter(digest__in=wanted, purpose=LOGO))
    logos = {row.digest: Logo(row.digest, row.width, row.height) for row in rows}
    contents = [bytes(row.content) for row in rows if row.digest == brand.logo]
    return Branding(
        is_ours=False, name=brand.name, colour=brand.colour, icon=brand.icon,
        logo=logos.get(brand.logo), logo_dark=logos.get(brand.logo_dark),
        paper=_on_paper(contents[0]) if contents else None,
    )  # fmt: skip


def _on_paper(content: bytes) -> PaperLogo | None:
    try:
        return paperlogos.on_paper(content)
    except (OSError, ValueError) as error:  # no page is lost for a picture
        log.warning("brand: the logo cannot be drawn for papers: %s", error)
        return None


def _pictures_of(brand: Brand | None) -> set[str]:
    return {brand.logo, brand.logo_dark, brand.icon} if brand else set()
