"""What is read beside the lists: response codes, promotions, words in other languages.

None of it decides what can be sold, so a list that cannot be read never fails a sync:
what is kept stays, and a note says what could not be had. No call inside a transaction.
"""

import logging
from collections.abc import Callable

from django.conf import settings
from django.utils.translation import gettext as _

from catalog.sync import codes, promotions, texts
from valuetopup import Client
from valuetopup.errors import RefusedError, ValueTopupError

_log = logging.getLogger(__name__)
Tell = Callable[[str], None]


def read_extras(client: Client, tell: Tell) -> list[str]:
    """Read and keep all of it. Returns a note for each list that could not be had."""
    steps: list[tuple[str, Callable[[], object]]] = [
        (_("response codes"), lambda: codes.refresh(client)),
        (_("promotions"), lambda: promotions.refresh(client)),
    ]
    steps += [
        (_("names in “%(language)s”") % {"language": language}, _in_language(client, language))
        for language in settings.CATALOG_LANGUAGES
    ]
    return [note for name, step in steps if (note := _try(name, step, tell))]


def _in_language(client: Client, language: str) -> Callable[[], object]:
    return lambda: texts.refresh(client, language)


def _try(name: str, step: Callable[[], object], tell: Tell) -> str:
    """What went wrong, in words; "" if nothing did."""
    tell(_("Reading %(list)s…") % {"list": name})
    try:
        step()
    except ValueTopupError as error:
        code = error.code if isinstance(error, RefusedError) else type(error).__name__
        note = _("Could not be read: %(list)s (%(why)s). What is kept stays.")
        note %= {"list": name, "why": code}
    except Exception as error:  # whatever it is, the lists themselves are in place
        _log.exception("an extra list of the sync could not be kept")
        note = _("Could not be kept: %(list)s (%(why)s).")
        note %= {"list": name, "why": type(error).__name__}
    else:
        return ""
    tell(note)
    return note
