"""The lists in Arabic: product names, SKU names, descriptions and redemption texts.

As far as a real provider would have it: SKUs of the countries below are translated, all
others stay English. Ids, codes, amounts, currencies and operators' names never change.
"""

import re
from typing import Any

from valuetopup.simulator.specs import ProductSpec, SkuSpec

COUNTRIES = {
    "AE": "الإمارات", "AF": "أفغانستان", "BD": "بنغلاديش", "BR": "البرازيل", "CA": "كندا",
    "CO": "كولومبيا", "DO": "جمهورية الدومينيكان", "DZ": "الجزائر", "EG": "مصر", "ES": "إسبانيا",
    "ET": "إثيوبيا", "FR": "فرنسا", "GB": "المملكة المتحدة", "GH": "غانا", "HT": "هايتي",
    "ID": "إندونيسيا", "IN": "الهند", "IQ": "العراق", "IT": "إيطاليا", "JM": "جامايكا",
    "JO": "الأردن", "KE": "كينيا", "KW": "الكويت", "LB": "لبنان", "LK": "سريلانكا",
    "MA": "المغرب", "MX": "المكسيك", "NG": "نيجيريا", "NP": "نيبال", "OM": "عُمان",
    "PH": "الفلبين", "PK": "باكستان", "QA": "قطر", "SA": "السعودية", "SD": "السودان",
    "SN": "السنغال", "SO": "الصومال", "SY": "سوريا", "TN": "تونس", "TR": "تركيا",
    "US": "الولايات المتحدة", "YE": "اليمن",
}  # fmt: skip
# By the offer's number in the ids, as in `tables.OFFERS`.
_NAMES = {
    1: "{op} {country}", 2: "{op}-{country}", 3: "باقات {op} {country}", 4: "عروض {op} {country}",
    5: "بطاقة شحن {op} {country}", 6: "{op} {country}", 7: "بطاقة هدايا {op} {country}",
    8: "شريحة إلكترونية {op}", 9: "شريحة {op} {country}",
}  # fmt: skip
_WORDS = (
    (r"(\d+) days validity", r"صالحة لمدة \1 يومًا"), (r"unlimited calls", "مكالمات بلا حدود"),
    (r"(?<=\d) GB\b", " غيغابايت"), (r"(?<=\d) MB\b", " ميغابايت"), (r"(?<=\d) min\b", " دقيقة"),
    (r"\bSMS\b", "رسالة"), (r"\bsocial\b", "تواصل اجتماعي"),
)  # fmt: skip
_INFORMATION = {
    "Pin": "اتصل بالرقم المطبوع على الإيصال وأدخل الرمز عند الطلب.",
    "GiftCard": "استبدل الرمز في موقع العلامة التجارية أو في تطبيقها.",
    "eSIM": "امسح الرمز من الإعدادات، بيانات الجوال، إضافة شريحة إلكترونية.",
}


def is_wanted(accept_language: str) -> bool:
    """True for "ar" and its forms, where it is the first choice."""
    return re.split(r"[-,;\s]", accept_language.strip().lower(), maxsplit=1)[0] == "ar"


def product_name(product: ProductSpec) -> str:
    """In Arabic if the country is one of the table."""
    country = COUNTRIES.get(product.country.code)
    pattern = _NAMES.get(product.id % 10)
    if country is None or pattern is None:
        return product.name
    return pattern.format(op=product.operator.name.strip(), country=country)


def sku_row(row: dict[str, Any], sku: SkuSpec) -> dict[str, Any]:
    """A row of a list with its words in Arabic; as it is for a country that is not translated."""
    if sku.country.code not in COUNTRIES:
        return row
    name = product_name(sku.product)
    return row | {
        "productName": name,
        "skuName": sku.name.replace(sku.product.name.strip(), name, 1),
        "productDescription": _described(row["productDescription"]),
        "additionalInformation": _INFORMATION.get(sku.category, row["additionalInformation"]),
    }


def _described(text: str | None) -> str | None:
    for pattern, words in _WORDS if text else ():
        text = re.sub(pattern, words, text or "")
    return text
