"""What was typed for a number or an account before, to be filled in again at the same shop.

Never a secret, never a tick, and nothing is sent that the page did not show.
"""

from django.db.models import F
from django.db.models.fields.json import KT

from catalog.models import Sku
from topup.kinds import BY_CATEGORY, KINDS, bill
from topup.kinds.base import INFO, Extras
from topup.models import Sale, Shop


def remembered(*, shop: Shop, sku: Sku, recipient: str = "", account: str = "") -> Extras:
    """What was typed at the latest sale of this kind to the account or, without one, the number.

    Free details only where it was the same SKU: others have other names. One query, by an
    index on the account or the number.
    """
    if not (recipient or account):
        return {}
    kind = BY_CATEGORY[sku.category]
    sales = Sale.objects.filter(shop=shop, kind=kind).order_by("-pk")
    if account:
        sales = sales.alias(account=KT(f"extras__{bill.ACCOUNT.name}")).filter(account=account)
    else:
        sales = sales.filter(recipient=recipient)
    latest = sales.values("extras", sold=F("provider_sku_id")).first()
    if latest is None:
        return {}
    names = {f.name for f in KINDS[kind].fields(sku) if not f.is_secret and not f.is_tick}
    is_same = latest["sold"] == sku.provider_id
    return {
        name: value for name, value in latest["extras"].items()
        if name in names or (is_same and name.startswith(INFO))
    }  # fmt: skip
