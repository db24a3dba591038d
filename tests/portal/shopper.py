"""A visitor of the counter who fills baskets and sells them, by plain forms."""

import re

from tests.portal.conftest import Visitor

BASKET = "/basket/"


class Shopper(Visitor):
    """A visitor who fills baskets."""

    def put(self, **goods):
        """Quote, check page, "Add to basket"."""
        _page, token = self.to_check(**goods)
        return self.add(token)

    def add(self, token):
        return self.post("/basket/add/", quote=token)

    def form(self, page=None):
        """The fields that the basket's form sends by itself."""
        html = (page or self.get(BASKET)).html
        fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', html))
        fields.pop("csrfmiddlewaretoken", None)
        fields["item"] = re.findall(r'name="item" value="(\d+)"', html)
        return fields

    def sell(self, page=None, **more):
        return self.post("/basket/sell/", **self.form(page) | more)
