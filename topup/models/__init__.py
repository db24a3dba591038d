"""The tables of selling."""

from topup.models.alarm import Alarm, Stop
from topup.models.audit import AuditEntry, AuditSeal, What
from topup.models.basket import Basket, BasketItem
from topup.models.brand import Brand, BrandPicture
from topup.models.bulk import BulkFile, BulkRow
from topup.models.code import SeenCode
from topup.models.deposit import DepositProof, DepositRequest, DepositState, PaidBy
from topup.models.device import Device
from topup.models.dispute import Claim, ClaimState, Dispute, DisputeState, Refund
from topup.models.factor import Factor, RecoveryCode
from topup.models.favourite import Favourite
from topup.models.hour import SpendHour
from topup.models.kiosk import Kiosk, PaperState, SpentToken
from topup.models.look import CodeLook, CodeOf
from topup.models.notice import Announcement, NoticeRead
from topup.models.offer import KioskClaim, KioskOffer, KioskReveal, OfferState
from topup.models.person import Person, Role
from topup.models.price import BookState, Notice, PriceBook, PriceRule
from topup.models.provider import ProviderCall, ProviderIdentity
from topup.models.receipt import Paper, PrintAnswer, PrintReason, ReceiptPrint
from topup.models.resolution import Resolution, ResolutionState, Way
from topup.models.safety import CoolDown, SafetyAnswer, SafetyRules
from topup.models.sale import Kind, Sale, SaleEvent
from topup.models.shift import (
    CashKind,
    CashMove,
    Owed,
    OwedState,
    Shift,
    ShiftCount,
    ShiftState,
    Tender,
)  # fmt: skip
from topup.models.shop import BlockedNumber, Level, Shop, ShopSwitch, Tier
from topup.models.total import DayClose, DayTotal
from topup.models.voucher import Voucher, VoucherState
from topup.models.weather import OperatorWeather
from topup.models.whatif import WhatIf, WhatIfState

__all__ = [
    "Alarm", "Announcement", "AuditEntry", "AuditSeal", "Basket", "BasketItem",
    "BlockedNumber", "BookState", "Brand", "BrandPicture", "BulkFile", "BulkRow",
    "CashKind", "CashMove", "Claim", "ClaimState", "CodeLook", "CodeOf", "CoolDown", "DayClose",
    "DayTotal", "DepositProof", "DepositRequest", "DepositState", "Device", "Dispute",
    "DisputeState", "Factor",
    "Favourite", "Kind", "Kiosk", "KioskClaim", "KioskOffer", "KioskReveal", "Level", "Notice",
    "NoticeRead",    "OfferState", "OperatorWeather", "Owed", "OwedState",
    "PaidBy", "Paper", "PaperState", "Person", "PriceBook", "PriceRule", "PrintAnswer",
    "PrintReason", "ProviderCall", "ProviderIdentity", "ReceiptPrint", "RecoveryCode", "Refund",
    "Resolution", "ResolutionState", "Role", "SafetyAnswer", "SafetyRules", "Sale", "SaleEvent",
    "SeenCode", "Shift", "ShiftCount", "ShiftState", "Shop", "ShopSwitch", "SpendHour",
    "SpentToken", "Stop", "Tender", "Tier", "Voucher", "VoucherState", "Way", "What", "WhatIf",
    "WhatIfState",
]  # fmt: skip
