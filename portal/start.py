"""What every program checks before it starts: settings that can be read, the right provider.

A refusal is one line on standard error and exit code 1.
"""

import sys
import time
from functools import cache
from typing import NoReturn

from django.core.exceptions import ImproperlyConfigured

#: How long a program waits for a database that is just starting, in seconds.
PATIENCE = 20.0


def refuse(text: str) -> NoReturn:
    sys.stderr.write(f"{text}\n")
    sys.exit(1)


def require_settings() -> None:
    """Read the settings now."""
    from django.conf import settings

    try:
        settings.INSTALLED_APPS  # noqa: B018  the first look reads them
    except ImproperlyConfigured as error:
        refuse(f"Cannot start: {error}")


@cache
def require_provider() -> None:
    """Refuse when the database belongs to another provider; records ours at first use.

    A database without tables passes: `prepare` will make them and check. Looks
    once per process and its forks, with one query.
    """
    from django.db import OperationalError, ProgrammingError, connection

    from topup.errors import WrongProviderError
    from topup.services.provider import check_identity

    until = time.monotonic() + PATIENCE
    try:
        while True:
            try:
                check_identity()
            except OperationalError as error:
                if time.monotonic() > until:
                    refuse(f"Cannot start: the database does not answer: {_first_line(error)}")
                time.sleep(0.5)
            else:
                return
    except ProgrammingError:
        return  # no tables yet
    except WrongProviderError as error:
        refuse(f"Cannot start: {error}")
    finally:
        connection.close()
        close_pool = getattr(connection, "close_pool", None)
        if close_pool:
            close_pool()  # its threads would not survive a fork


def know_brand() -> None:
    """Before the first page: after a start there may be no cache that could tell of a brand."""
    from django.db import connection

    from topup.services import brands

    brands.load()
    connection.close()


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
