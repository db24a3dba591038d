"""The life of a sale, from confirm to the final word: the doors other layers use."""

from topup.services.opening import OpenedSale, cancel_sale, check_may_sell, open_sale
from topup.services.polling import poll_sale
from topup.services.settling import apply_outcome
from topup.services.submitting import submit_sale

__all__ = [
    "OpenedSale", "apply_outcome", "cancel_sale", "check_may_sell", "open_sale", "poll_sale",
    "submit_sale",
]  # fmt: skip
