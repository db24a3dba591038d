"""Amounts in the forms of the admin: what may be a thousand or a part is asked about."""

from decimal import Decimal as D
from uuid import uuid4

import pytest
from django import forms
from django.utils import translation

from tests.topup.admin.conftest import text_of, url
from tests.topup.conftest import float_of
from topup.admin.amountfield import AmountField
from topup.admin.money import MoneyForm
from topup.admin.pricerules import RuleForm
from topup.admin.resolving import ResolveForm
from topup.admin.shopforms import ShopForm, TermsForm
from topup.admin.transfers import TransferForm
from topup.models import SafetyRules, Shop

ASKED = "Is 1.550 a thousand or a part? Write it without the mark, or with two decimals."
AMOUNTS = {
    MoneyForm: {"amount"}, TransferForm: {"amount"}, ResolveForm: {"amount"},
    RuleForm: {"value", "step"}, TermsForm: {"sale_limit", "day_limit", "number_limit"},
    ShopForm: {"sale_limit", "day_limit", "number_limit", "credit_limit"},
}  # fmt: skip


@pytest.mark.parametrize("form", AMOUNTS)
def test_every_amount_is_read_by_the_one_reader(form):
    others = {"second_rate"} & {*form.base_fields}  # a rate of eight decimals is no amount
    found = {name for name, field in form.base_fields.items()
             if isinstance(field, forms.DecimalField)}  # fmt: skip
    assert found == AMOUNTS[form] | others
    assert {name for name in found if isinstance(form.base_fields[name], AmountField)} == (
        AMOUNTS[form]
    )


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("1550", 1550), ("1 550,5", "1550.5"), ("1,550.50", "1550.5"), ("1.5500", "1.55"),
        ("-30.50", "-30.5"), ("\N{MINUS SIGN}5", -5), ("١٠٫٥", "10.5"), ("1" * 12, "1" * 12),
        ("2000000000.5", "2000000000.5"),
    ],
)  # fmt: skip
def test_what_has_one_reading_is_read(typed, read):
    assert AmountField(max_digits=20, decimal_places=4).clean(typed) == D(read)


@pytest.mark.parametrize("value", ["50", "1.55", "1.525", "1550", "0.005", "2000000000"])
@pytest.mark.parametrize("language", ["en", "es", "ar"])
def test_what_the_page_shows_is_read_as_it_was(value, language, settings):
    """In every language and in money of two decimals and of three."""
    field = AmountField(max_digits=20, decimal_places=4)
    for currency in ("USD", "KWD"):
        settings.VALUETOPUP_WALLET_CURRENCY = currency
        with translation.override(language):
            assert not field.has_changed(D(value), field.prepare_value(D(value)))
            assert field.clean(field.prepare_value(D(value))) == D(value)


def test_in_dinars_three_decimals_are_plain_as_the_language_writes_them(settings):
    settings.VALUETOPUP_WALLET_CURRENCY = "KWD"
    field = AmountField(max_digits=20, decimal_places=4)
    assert field.clean("1.550") == D("1.55")
    with pytest.raises(forms.ValidationError, match=r"with “\.” before the decimals"):
        field.clean("1,550")


def test_nothing_is_posted_moved_lent_or_limited_before_it_is_said_which(desk, shop, other_shop):
    change, money, move = (url("shop_change", shop.pk), url("shop_float", shop.pk),
                           url("depositrequest_transfer"))  # fmt: skip
    page = desk.get(change)
    form = page.context["adminform"].form
    values = {name: value for name in form.fields if (value := form[name].value())}
    values |= {"initial-credit_limit": "0", "switches-TOTAL_FORMS": 0, "switches-INITIAL_FORMS": 0}
    assert 'type="number" name="credit_limit"' not in text_of(page)
    told = {
        "float": desk.post(money, {"amount": "1.550", "memo": "slip", "key": uuid4()}),
        "move": desk.post(move, {"source": shop.pk, "target": other_shop.pk, "amount": "1.550",
                                 "memo": "lent", "key": uuid4()}),
        "limit": desk.post(change, values | {"sale_limit": "1.550"}),
        "credit": desk.post(change, values | {"credit_limit": "1.550"}),
    }  # fmt: skip
    assert {name: ASKED in text_of(page) for name, page in told.items()} == dict.fromkeys(
        told, True
    )
    assert (float_of(shop), float_of(other_shop)) == ((D(100), D(0)), (D(100), D(0)))
    done = desk.post(change, values | {"sale_limit": "1,550.00", "credit_limit": "1 000"})
    assert done.status_code == 302
    row = Shop.objects.get(pk=shop.pk)
    assert (row.sale_limit, row.float_account.credit_limit) == (1550, 1000)


def test_the_rules_of_safety_ask_too(desk):
    page = desk.get(url("safetyrules_changelist"), follow=True)
    form = page.context["adminform"].form
    values = {name: value for name in form.fields if (value := form[name].value())}
    answer = desk.post(
        url("safetyrules_change", SafetyRules.objects.get().pk), values | {"large_above": "1.550"}
    )
    assert ASKED in text_of(answer)
    assert SafetyRules.objects.get().large_above == 50
