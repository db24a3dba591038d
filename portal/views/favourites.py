"""Stars of goods: a press puts one, another takes it away."""

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_POST

from portal.decorators import AgentRequest, agent_page
from portal.forms.sell import GoodsForm
from portal.http import goods_url, see_other
from topup.services.favourites import set_star


@require_POST
@agent_page
def star(request: AgentRequest) -> HttpResponse:
    """Star goods for the shop, or take the own star away; back to the sell page."""
    goods = GoodsForm(request.POST)
    if not goods.is_valid() or not goods.cleaned_data["face_value"]:
        raise Http404
    set_star(person=request.user, shop=request.shop, sku=goods.cleaned_data["sku"],
             face_value=goods.cleaned_data["face_value"],
             is_on=request.POST.get("star") == "1")  # fmt: skip
    return see_other(request, goods_url())
