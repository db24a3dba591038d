"""The first admin, shop, agent and float of a database, for `manage.py setup`.

Safe to repeat: what exists is kept as it is, above all its password.
"""

import secrets
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from ledger.errors import KeyReusedError
from ledger.money import unit
from topup.models import Person, Shop
from topup.models.person import Role
from topup.services.desks import make_desks
from topup.services.shops import add_float, open_shop


class SetupError(Exception):
    """Cannot be made; the text says why, and nothing was written."""


@dataclass(frozen=True)
class Wanted:
    """What to make; an empty name leaves that part out, an empty password makes one."""

    admin: str = ""
    admin_password: str = ""
    shop: str = ""
    agent: str = ""
    agent_password: str = ""
    float_amount: Decimal = Decimal(0)


@transaction.atomic
def make_first(wanted: Wanted) -> list[str]:
    """Make what is not there yet; what to tell the one who asked. Error: `SetupError`."""
    if not wanted.shop and (wanted.agent or wanted.float_amount):
        raise SetupError("An agent and a float need a shop: name one.")
    make_desks()
    told = []
    if wanted.admin:
        told.append(_make_person(wanted.admin, wanted.admin_password, Role.ADMIN, None))
    if wanted.shop:
        shop, line = _make_shop(wanted.shop)
        told.append(line)
        if wanted.float_amount:
            told.append(_give_float(shop, wanted.float_amount, wanted.admin))
        if wanted.agent:
            told.append(_make_person(wanted.agent, wanted.agent_password, Role.CASHIER, shop))
    return told


def read_amount(text: str, currency: str) -> Decimal:
    """A float to begin with, in whole units of the currency. Error: `SetupError`."""
    try:
        amount = Decimal(text.strip() or "0")
        fits = 0 <= amount < Decimal(10) ** 12 and amount % unit(currency) == 0
    except InvalidOperation:
        fits = False
    if not fits:
        raise SetupError(f"{text!r} is no amount in {currency}, such as 500 or 500.50.")
    return amount


def check_name(name: str) -> None:
    """Error: `SetupError` if nobody can be called so."""
    try:
        Person._meta.get_field("username").run_validators(name)
    except ValidationError as error:
        raise SetupError(f"{name!r}: {' '.join(error.messages)}") from None


def check_password(password: str, name: str) -> None:
    """Error: `SetupError` if the password is too weak."""
    try:
        validate_password(password, Person(username=name))
    except ValidationError as error:
        raise SetupError(f"The password of {name}: {' '.join(error.messages)}") from None


def _make_person(name: str, password: str, role: Role, shop: Shop | None) -> str:
    check_name(name)
    found = Person.objects.filter(username=name).first()
    if found:
        if found.role != role or found.shop != shop:
            where = f" of {found.shop}" if found.shop else ""
            raise SetupError(f"{name} exists already, as {found.get_role_display()}{where}.")
        return f"{role} {name}: was there already, password unchanged"
    chosen = password or secrets.token_urlsafe(9)
    check_password(chosen, name)
    is_admin = role == Role.ADMIN
    Person.objects.create_user(
        name, password=chosen, role=role, shop=shop, is_staff=is_admin, is_superuser=is_admin
    )
    return f"{role} {name}: made" + ("" if password else f", password {chosen} (shown only now)")


def _make_shop(name: str) -> tuple[Shop, str]:
    shop = Shop.objects.filter(name=name).first()
    if shop:
        return shop, f"shop {name}: was there already"
    try:
        Shop._meta.get_field("name").run_validators(name)
    except ValidationError as error:
        raise SetupError(f"{name!r}: {' '.join(error.messages)}") from None
    return open_shop(name=name), f"shop {name}: made"


def _give_float(shop: Shop, amount: Decimal, admin: str) -> str:
    by = Person.objects.filter(username=admin).first() if admin else None
    try:
        add_float(shop=shop, amount=amount, by=by, memo="first float", key=f"setup:{shop.pk}")
    except KeyReusedError:
        raise SetupError(
            f"{shop} was given its first float already, another amount. Add more in the admin."
        ) from None
    return f"float of {shop}: {amount} {settings.VALUETOPUP_WALLET_CURRENCY} to begin with"
