"""Countries as a kiosk shows them: flags, by name in the customer's language, by first letter."""

import unicodedata
from typing import Any

from catalog.models import Country
from portal.kiosk import KioskRequest
from portal.templatetags.kiosk import country_name

#: With so many or fewer all are shown at once.
FEW = 18


def shown(request: KioskRequest, found: list[Country]) -> dict[str, Any]:
    """The countries to choose from; of many, those of one letter, and the letters."""
    named = sorted(((country_name(one), one) for one in found), key=lambda pair: _plain(pair[0]))
    letters = sorted({_letter(name) for name, _one in named}) if len(named) > FEW else []
    asked = request.GET.get("letter", "")[:1]
    letter = asked if asked in letters else "".join(letters[:1])
    return {
        "letters": letters,
        "letter": letter,
        "countries": [(name, one) for name, one in named if not letter or _letter(name) == letter],
    }


def _letter(name: str) -> str:
    return _plain(name)[:1].upper()


def _plain(name: str) -> str:
    """Without accents and the like, so that Égypte is under E."""
    signs = unicodedata.normalize("NFD", name)
    return "".join(sign for sign in signs if not unicodedata.combining(sign))
