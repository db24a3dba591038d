"""What an order brings besides its amounts. Secrets are left out of repr()."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Self

from valuetopup._rows import Row
from valuetopup.types.base import Raw


@dataclass(frozen=True, kw_only=True)
class TransactionProduct:
    sku_id: int | None
    name: str
    face_value: Decimal | None
    instructions: str
    description: str

    @classmethod
    def read(cls, row: Row) -> Self:
        return cls(
            sku_id=row.integer("skuId"),
            name=row.text("productName", "name"),
            face_value=row.decimal("faceValue"),
            instructions=row.text("instructions"),
            description=row.text("productDescription", "description"),
        )


@dataclass(frozen=True, kw_only=True)
class TopupDetail:
    """What arrived on the phone, in `destination_currency`."""

    local_currency_amount: Decimal | None
    sales_tax_amount: Decimal | None
    local_currency_amount_excluding_tax: Decimal | None
    destination_currency: str
    operator_transaction_id: str

    @classmethod
    def read(cls, row: Row) -> Self:
        return cls(
            local_currency_amount=row.decimal("localCurrencyAmount"),
            sales_tax_amount=row.decimal("salesTaxAmount"),
            local_currency_amount_excluding_tax=row.decimal("localCurrencyAmountExcludingTax"),
            destination_currency=row.code("destinationCurrency", "destinationCurrencyCode"),
            operator_transaction_id=row.text("operatorTransactionId"),
        )


@dataclass(frozen=True, kw_only=True)
class Pin:
    number: str = field(repr=False)
    control_number: str = field(repr=False)
    delivered_amount: Decimal | None
    delivered_currency: str
    expiration_date: str

    @classmethod
    def read(cls, row: Row) -> Self:
        return cls(
            number=row.text("pinNumber", "pin", "number"),
            control_number=row.text("controlNumber", "serialNumber"),
            delivered_amount=row.decimal("deliveredAmount"),
            delivered_currency=row.code("deliveredCurrencyCode", "deliveryCurrencyCode"),
            expiration_date=row.text("expirationDate", "expiryDate"),
        )


@dataclass(frozen=True, kw_only=True)
class GiftCard(Raw):
    number: str = field(repr=False)
    pin: str = field(repr=False)
    certificate_link: str = field(repr=False)
    expiration_date: str

    @classmethod
    def read(cls, row: Row) -> Self:
        return cls(
            number=row.text("cardNumber", "number"),
            pin=row.text("pin", "pinNumber"),
            certificate_link=row.text("certificateLink", "claimLink", "link"),
            expiration_date=row.text("expirationDate", "expiryDate"),
            raw=row.raw,
        )


@dataclass(frozen=True, kw_only=True)
class BillDetail(Raw):
    account_number: str
    token: str = field(repr=False)  # of prepaid electricity
    unit: str
    received_narration: str = field(repr=False)

    @classmethod
    def read(cls, row: Row) -> Self:
        return cls(
            account_number=row.text("accountNumber"),
            token=row.text("token"),
            unit=row.text("unit", "units"),
            received_narration=row.text("receivedNarration", "narration"),
            raw=row.raw,
        )


@dataclass(frozen=True, kw_only=True)
class SimDetail(Raw):
    sim_number: str = field(repr=False)
    language: str
    zip_code: str
    msisdn: str

    @classmethod
    def read(cls, row: Row) -> Self:
        return cls(
            sim_number=row.text("simNumber"),
            language=row.text("language"),
            zip_code=row.text("zipCode"),
            msisdn=row.text("mobileNumber", "mobile"),
            raw=row.raw,
        )


@dataclass(frozen=True, kw_only=True)
class EsimDetail(Raw):
    """An eSIM profile. Only the ICCID is documented; the rest is read if it is there."""

    iccid: str = field(repr=False)
    smdp_address: str = field(repr=False)
    activation_code: str = field(repr=False)
    qr_code: str = field(repr=False)

    @classmethod
    def read(cls, row: Row) -> Self:
        return cls(
            iccid=row.text("iccid", "simNumber"),
            smdp_address=row.text("smdpAddress", "smdp"),
            activation_code=row.text("activationCode", "matchingId", "lpa"),
            qr_code=row.text("qrCode", "qrCodeUrl", "qr"),
            raw=row.raw,
        )


@dataclass(frozen=True, kw_only=True)
class EsimBundle(Raw):
    """How much of a bundle is left, in `unit`. Dates are text."""

    iccid: str = field(repr=False)
    name: str
    total: Decimal | None
    used: Decimal | None
    remaining: Decimal | None
    unit: str
    status: str
    activation_date: str
    expiry_date: str

    @classmethod
    def read(cls, row: Row) -> Self:
        return cls(
            iccid=row.text("iccid"),
            name=row.text("bundleName", "name", "productName"),
            total=row.decimal("totalData", "total", "initialQuantity"),
            used=row.decimal("usedData", "used"),
            remaining=row.decimal("remainingData", "remaining", "remainingQuantity"),
            unit=row.text("unit", "units", "dataUnit"),
            status=row.text("status", "bundleState", "state"),
            activation_date=row.text("activationDate", "startDate", "startTime"),
            expiry_date=row.text("expiryDate", "expirationDate", "endDate", "endTime"),
            raw=row.raw,
        )
