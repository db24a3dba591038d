"""A NUL or another control character in a field: an answer in words, never an error of ours."""

import pytest

from catalog.enums import Category
from tests.portal.conftest import GOOD, RANGE, Visitor
from tests.topup.goods import a_sku
from topup.models import Sale

pytestmark = pytest.mark.django_db
NUL = "a\x00b"
_TOLD = (200, 303, 400, 409, 422)


def test_what_is_typed_of_a_bill_loses_them(visitor, counter):
    sku = a_sku(Category.BILL_PAY, "electric")
    goods = {"operator": sku.operator_id, "sku": sku.pk}
    for typed in ("\x00", "\x00\x1f", "04\x0012\x7f"):
        page = visitor.get("/sell/details/", **goods, **{"x-account_number": typed})
        assert page.status == 200
        page = visitor.get("/sell/details/", details="1", **goods, **{"x-account_number": typed})
        shown = page.value_of_field("x-account_number")
        assert (page.status, shown) == ((200, "0412") if "12" in typed else (422, ""))
    assert "Fill in: Account number." in visitor.get(
        "/sell/details/", details="1", **goods, **{"x-account_number": "\x00"}
    ).text  # fmt: skip


def test_names_of_all_languages_keep_their_letters(visitor, counter):
    """A joiner of letters cannot be seen either, and belongs there."""
    sku = a_sku(Category.BILL_PAY, "electric")
    typed = "क्\u200dष"
    page = visitor.get("/sell/details/", details="1", operator=sku.operator_id, sku=sku.pk,
                       **{"x-account_number": "0412", "x-sender_name": typed})  # fmt: skip
    assert page.value_of_field("x-sender_name") == typed


LOOKS = [
    ("/sell/", "number"), ("/sell/", "operator"), ("/sell/", "sku"), ("/sell/", "again"),
    ("/sell/bar/", "number"), ("/sell/browse/", "q"), ("/sell/browse/", "kind"),
    ("/sell/check/", "quote"), ("/sales/", "q"), ("/sales/", "state"), ("/sales/", "page"),
    ("/queue/", "code"), ("/shift/", "quote"), ("/shift/all/", "page"), ("/notices/", "page"),
    ("/disputes/", "page"), ("/reports/", "period"), ("/reports/", "from"), ("/reports/", "by"),
    ("/money/deposits/", "page"), ("/people/", "page"),
]  # fmt: skip


def test_no_page_breaks_by_one_in_its_address(owner):
    desk = Visitor(owner)
    for path, name in LOOKS:
        assert desk.get(path, **{name: NUL}).status in _TOLD, (path, name)


def test_no_form_breaks_by_one(owner, counter):
    desk = Visitor(owner)
    quoted = desk.quote(number=GOOD, sku=RANGE, amount="5")
    token = desk.get(quoted.leads_to).value_of("quote")
    desk.post("/basket/add/", quote=token)
    basket = desk.get("/basket/").value_of("basket")
    goods = {"number": GOOD, "sku": RANGE, "basket": basket}
    forms = {
        "/sell/quote/": [*goods, "operator", "offer", "line", "instead_of", "x-plan_months"],
        "/sell/confirm/": ["tender", "currency", "owed", "code", "second_time", "answer-money",
                           "answer-repeat", "ask-repeat", "line"],
        "/basket/add/": ["quote"], "/basket/sell/": ["seen", "item", "tender", "currency"],
        "/queue/claim/": ["code"], "/shift/open/": ["n-cash-USD-20", "quote"],
        "/money/deposits/new/": ["amount", "paid_by", "key"],
    }  # fmt: skip
    for path, names in forms.items():
        for name in names:
            data = {"quote": token} if path == "/sell/confirm/" else dict(goods)
            assert desk.post(path, **data | {name: NUL}).status in _TOLD, (path, name)
    sale = Sale.objects.order_by("pk").first() or counter.sell()
    desk.post(f"/receipts/{sale.correlation_id}/print/", paper="80", number="1")
    for name in ("language", "paper", "reason", "came_out"):
        assert (
            desk.post(f"/receipts/{sale.correlation_id}/print/", number="2", **{name: NUL}).status
            in _TOLD
        )
    assert desk.post(f"/disputes/{sale.correlation_id}/", text=NUL, reason=NUL).status in _TOLD
