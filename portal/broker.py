"""A line to the broker that gives up soon: for pages that only ask whether it is there."""

import redis
from django.conf import settings

SECONDS = 2.0


def link() -> redis.Redis:
    """A client of its own, to be closed by whoever asked for it."""
    url = settings.REDIS_URL.replace("redis+socket://", "unix://")
    return redis.Redis.from_url(url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS)
