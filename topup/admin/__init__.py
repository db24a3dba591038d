"""The distributor's pages in Django admin."""

from django.contrib import admin
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from topup.admin import (
    audit,
    blocked,
    brand,
    bulk,
    claims,
    closes,
    codes,
    deposits,
    desks,
    disputes,
    kiosks,
    notices,
    offers,
    operations,
    people,
    pricerules,
    prices,
    reports,
    safety,
    sales,
    shifts,
    shops,
    tills,
    whatifs,
)

admin.site.site_header = admin.site.site_title = lazy(brand.site_name, str)()
admin.site.index_title = _("Overview")

__all__ = [
    "audit",
    "blocked",
    "brand",
    "bulk",
    "claims",
    "closes",
    "codes",
    "deposits",
    "desks",
    "disputes",
    "kiosks",
    "notices",
    "offers",
    "operations",
    "people",
    "pricerules",
    "prices",
    "reports",
    "safety",
    "sales",
    "shifts",
    "shops",
    "tills",
    "whatifs",
]
