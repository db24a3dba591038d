"""How often somebody may ask for something: counted in the shared cache.

Without the cache nobody is held back: a page that works is worth more than the count.
"""

import hashlib

import structlog
from django.core.cache import cache

log = structlog.get_logger(__name__)


def may(what: str, who: str, *, most: int, seconds: int) -> bool:
    """True for the first `most` times within `seconds` of the first one. Counts this time."""
    key = f"pace:{what}:" + hashlib.sha256(who.encode()).hexdigest()
    try:
        count = 1 if cache.add(key, 1, seconds) else int(cache.incr(key))
    except ValueError:  # gone between the two
        return True
    except Exception:
        log.warning("the cache does not answer; nobody is held back", what=what)
        return True
    return count <= most
