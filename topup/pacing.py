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
    try:
        return up(_key(what, who), seconds)
    except Exception:
        log.warning("the cache does not answer; nothing is counted", what=what)
        return None


def give_back(what: str, who: str) -> None:
    """This time does not count after all."""
    try:
        down(_key(what, who))
    except Exception:
        log.warning("the cache does not answer; nothing is given back", what=what)


def up(key: str, seconds: int) -> int:
    """One more under a key that ends `seconds` after its first. Raises what the cache raises."""
    if cache.add(key, 1, seconds):
        return 1
    try:
        times = int(cache.incr(key))
    except ValueError:  # it ended between the two
        return 1
    if times <= 1:  # it ended inside the last: Redis begins a new one, which would never end
        cache.touch(key, seconds)
    return times


def down(key: str) -> None:
    """One less, if it still counts. Raises what the cache raises."""
    try:
        if cache.decr(key) < 0:  # it ended meanwhile: the same
            cache.delete(key)
    except ValueError:  # it is over
        return


def _key(what: str, who: str) -> str:
    return f"pace:{what}:" + hashlib.sha256(who.encode()).hexdigest()
