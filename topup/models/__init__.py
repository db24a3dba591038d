"""The tables of selling."""

from topup.models.alarm import Alarm, Stop
from topup.models.person import Person, Role
from topup.models.provider import ProviderCall, ProviderIdentity
from topup.models.sale import Kind, Sale, SaleEvent
from topup.models.shop import Shop
from topup.models.voucher import Voucher, VoucherState

__all__ = [
    "Alarm", "Kind", "Person", "ProviderCall", "ProviderIdentity", "Role", "Sale",
    "SaleEvent", "Shop", "Stop", "Voucher", "VoucherState",
]  # fmt: skip
