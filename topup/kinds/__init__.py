"""The kinds of goods: each a module with the same few functions, in one registry.

How to add one: see CONTRIBUTING.md.
"""

from types import ModuleType

from topup.kinds import airtime, bill, esim, gift_card, pin
from topup.models.sale import Kind

KINDS: dict[str, ModuleType] = {
    Kind.AIRTIME: airtime,
    Kind.PIN: pin,
    Kind.BILL: bill,
    Kind.GIFT_CARD: gift_card,
    Kind.ESIM: esim,
}
#: What may be typed besides number and amount and is no secret: all that an address may hold.
CLEAR_NAMES = frozenset(
    field.name for module in KINDS.values() for field in module.FIELDS if not field.is_secret
)
#: The catalogue's category that each kind sells. SIM cards have none: the API has no order for one.
BY_CATEGORY: dict[str, str] = {module.CATEGORY: kind for kind, module in KINDS.items()}
