"""Which of our countries a number belongs to. A guess from its first digits."""

import phonenumbers

from catalog.models import Country

# Plans of many countries under one code: a lone match there may be the wrong country.
_SHARED_BY_STRANGERS = {"1", "7"}


def country_of(msisdn: str) -> Country | None:
    """The country whose dial code (and area code) matches the most digits; None if none does."""
    matches = _longest_matches(msisdn)
    if not matches:
        return None
    prefix, countries = matches
    region = _region(msisdn)
    for country in countries:
        if country.code == region:
            return country
    if prefix not in _SHARED_BY_STRANGERS:
        return countries[0]
    if region:
        # "1658…" is Jamaica's although its row may know 1876 only; a number of a
        # country that we do not have is nobody's.
        return Country.objects.filter(code=region, retired_at=None).first()
    return _main_country(prefix, countries)


def _longest_matches(msisdn: str) -> tuple[str, list[Country]] | None:
    found: dict[str, list[Country]] = {}
    for country in Country.objects.filter(retired_at=None).defer("raw").order_by("name"):
        prefix = max(
            (prefix for prefix in _prefixes(country) if msisdn.startswith(prefix)),
            key=len,
            default="",
        )
        if prefix:
            found.setdefault(prefix, []).append(country)
    return max(found.items(), key=lambda item: len(item[0]), default=None)


def _prefixes(country: Country) -> list[str]:
    areas = [code + area for code in country.dial_codes for area in country.area_codes]
    return [*country.dial_codes, *areas]


def _region(msisdn: str) -> str:
    """The ISO code by the numbering plans; "" if they do not say."""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(f"+{msisdn}")) or ""
    except phonenumbers.NumberParseException:
        return ""


def _main_country(prefix: str, countries: list[Country]) -> Country:
    main = phonenumbers.region_code_for_country_code(int(prefix))
    return next((country for country in countries if country.code == main), countries[0])
