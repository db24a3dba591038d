"""Somebody at a kiosk, by plain forms."""

from catalog.models import Operator, Sku
from portal.kiosk import COOKIE
from tests.portal.conftest import AIRTIME, Visitor
from topup.services import kiosks

NUMBER = "18761234567"
FLOW = ("kind", "number", "operator", "product", "amount", "read-back", "code", "country", "dial",
        "state", "modes", "language", "idle")  # fmt: skip


class Customer(Visitor):
    """Somebody at a kiosk whose browser runs no scripts; it became one by a code."""

    def __init__(self, code=""):
        super().__init__()
        if code:
            self.client.cookies[COOKIE] = kiosks.swap(code)[1]

    def go(self, screen, **data):
        """Answer a screen, and look at where that leads."""
        answer = self.post(f"/kiosk/{screen}/", **data)
        assert answer.status == 303, "no form of a customer stays in the history"
        return self.get(answer.leads_to)

    def at(self, answer):
        return answer.response.request["PATH_INFO"].strip("/").rpartition("/")[2]

    @property
    def kept(self):
        return str(dict(self.client.session.items()))

    def to_operator(self, number=NUMBER, language="en"):
        self.post("/kiosk/", language=language)
        self.go("kind", kind="airtime")
        return self.go("number", typed=number, key="go")

    def to_product(self, **begin):
        self.to_operator(**begin)
        return self.go("operator", operator=Operator.objects.get(name="Digicel").pk)

    def to_read_back(self, sku=AIRTIME, amount="", **begin):
        self.to_product(**begin)
        page = self.go("product", sku=Sku.objects.get(provider_id=sku).pk)
        return self.go("amount", typed=amount, key="go") if amount else page
