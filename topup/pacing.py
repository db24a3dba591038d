"""How often somebody may do something: counted in the shared cache.

Without the cache nobody is held back: a counter that sells is worth more than the count.
What costs more than a page, or opens a door, has another guard besides.
"""

import hashlib

import structlog
from django.core.cache import cache

log = structlog.get_logger(__name__)


def may(what: str, who: str, *, most: int, seconds: int, uncounted: bool = True) -> bool:
    """True for the first `most` times within `seconds` of the first one. Counts this time.

    `uncounted` is the answer while the cache is away.
    """
    times = count(what, who, seconds=seconds)
    return uncounted if times is None else times <= most


def count(what: str, who: str, *, seconds: int) -> int | None:
    """Which time within `seconds` of the first one this is; None while the cache is away."""
    key = _key(what, who)
    try:
        return 1 if cache.add(key, 1, seconds) else int(cache.incr(key))
    except ValueError:  # gone between the two
        return 1
    except Exception:
        log.warning("the cache does not answer; nothing is counted", what=what)
        return None


def give_back(what: str, who: str) -> None:
    """This time does not count after all."""
    try:
        cache.decr(_key(what, who))
    except ValueError:  # gone: it is over
        return
    except Exception:
        log.warning("the cache does not answer; nothing is given back", what=what)


def _key(what: str, who: str) -> str:
    return f"pace:{what}:" + hashlib.sha256(who.encode()).hexdigest()
