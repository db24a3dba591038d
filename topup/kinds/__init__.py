"""The kinds of goods: each a module with the same few functions, in one registry.

How to add one: see CONTRIBUTING.md.
"""

from types import ModuleType

from topup.kinds import airtime, pin
from topup.models.sale import Kind

KINDS: dict[str, ModuleType] = {Kind.AIRTIME: airtime, Kind.PIN: pin}
#: The catalogue's category that each kind sells.
BY_CATEGORY: dict[str, str] = {module.CATEGORY: kind for kind, module in KINDS.items()}
