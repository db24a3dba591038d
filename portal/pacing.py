"""How often somebody may ask for something: counted in the shared cache.

Without the cache nobody is held back from a page: one that works is worth more than the count.
What costs more than a page is not done then.
"""

import hashlib

import structlog
from django.core.cache import cache

log = structlog.get_logger(__name__)


def may(what: str, who: str, *, most: int, seconds: int, uncounted: bool = True) -> bool:
    """True for the first `most` times within `seconds` of the first one. Counts this time.

    `uncounted` is the answer while the cache is away.
    """
    key = f"pace:{what}:" + hashlib.sha256(who.encode()).hexdigest()
    try:
        count = 1 if cache.add(key, 1, seconds) else int(cache.incr(key))
    except ValueError:  # gone between the two
        return True
    except Exception:
        log.warning("the cache does not answer; nothing is counted", what=what)
        return uncounted
    return count <= most
