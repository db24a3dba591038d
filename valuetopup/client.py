"""The client: one object for all calls, safe to share between threads."""

from valuetopup._catalog import CatalogCalls
from valuetopup._lookup import LookupCalls
from valuetopup._orders import OrderCalls


class Client(OrderCalls, LookupCalls, CatalogCalls):
    """Calls the provider's API, version 2, with HTTP Basic credentials.

    `base_url` ends in `/api/v2`. Whole answers to orders within `order_deadline` seconds,
    to everything else within `deadline`; `connect_timeout` for all attempts to connect.

    Every call may raise NotSentError, NoAnswerError, RejectedRequestError or
    ConfigurationError (`valuetopup.errors`), read calls RefusedError too, and ValueError for
    an argument that must not be sent.
    """
