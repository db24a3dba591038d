"""Phone numbers: any spelling in, digits with the country code out. Soft.

Numbers are never refused for looking wrong: the provider's own test numbers fail
strict checks. Only what cannot be a number at all is refused, with a sentence
that says what to do. `warnings` says what looks odd; the agent decides.
"""

import re
import unicodedata

import phonenumbers
from django.utils.translation import gettext as _

from catalog import texts
from catalog.models import Country
from catalog.places import country_of

__all__ = ["MsisdnError", "country_of", "group", "is_whole", "normalize", "warnings"]

MIN_DIGITS, MAX_DIGITS = 5, 16
_FEWEST_WHOLE = 7  # digits of a whole number, country code first
_SEPARATORS = set("/.·•‧∙_\\|'`´’\u2044\u2215")
_SEPARATOR_KINDS = {"Zs", "Zl", "Zp", "Cf", "Cc", "Pd", "Ps", "Pe"}
_TRUNK_ZERO = re.compile(r"[(\[]\s*0\s*[)\]]")


class MsisdnError(ValueError):
    """The text is no phone number; `message` tells the agent what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def normalize(text: str, *, country: Country | None = None) -> str:
    """The digits of a number in any spelling, country code first, without +.

    With a `country`, a local number of that country gets its dial code. Error:
    `MsisdnError` with a plain sentence.
    """
    spelling = unicodedata.normalize("NFKC", text).strip()
    if spelling[:4].lower() == "tel:":
        spelling = spelling[4:]
    digits, has_plus = _digits(spelling)
    _check_alone(spelling, country)
    is_international = has_plus or digits.startswith("00")
    if is_international and _TRUNK_ZERO.search(spelling):
        digits, _has_plus = _digits(_TRUNK_ZERO.sub(" ", spelling, count=1))
    digits = digits.removeprefix("00")
    if country is not None and not is_international:
        digits = _with_dial_code(digits, country)
    _check(digits)
    return digits


def is_whole(digits: str) -> bool:
    """True if the digits, country code first, are as many as a number of its country has.

    By the countries we have, else by the numbering plans.
    """
    country = country_of(digits) if _FEWEST_WHOLE <= len(digits) <= MAX_DIGITS else None
    if country is None:
        return False
    if country.number_length:
        return any(
            digits.startswith(code) and len(digits) == len(code) + country.number_length
            for code in country.dial_codes
        )
    try:
        parsed = phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        return False
    reason = phonenumbers.is_possible_number_with_reason(parsed)
    return bool(reason == phonenumbers.ValidationResult.IS_POSSIBLE)


def group(msisdn: str) -> str:
    """For people: "+1 876 123 4567". Digits are only grouped, never changed."""
    try:
        parsed = phonenumbers.parse(f"+{msisdn}")
        told = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
        shown = " ".join(re.sub(r"[^0-9+]", " ", told).split())
    except phonenumbers.NumberParseException:
        return f"+{_in_groups(msisdn)}"
    if re.sub(r"\D", "", shown) != msisdn:
        return f"+{_in_groups(msisdn)}"
    code, _space, rest = shown.partition(" ")
    return (
        shown if len(max(rest.split(), key=len, default="")) < 8 else f"{code} {_in_groups(rest)}"
    )


def warnings(msisdn: str, *, country: Country | None = None) -> list[str]:
    """What looks odd about a number, in sentences; empty if nothing does."""
    country = country or country_of(msisdn)
    if country is None:
        return [_("No country is known for this number. Check the country code.")]
    found = []
    wrong_length = _length_warning(msisdn, country)
    if wrong_length:
        found.append(wrong_length)
    elif not _looks_valid(msisdn):
        found.append(
            _("This number looks unusual for %(country)s. Read it back to the customer.")
            % {"country": texts.country_name(country)}
        )
    return found


def _digits(spelling: str) -> tuple[str, bool]:
    """The digits, and whether a plus stood before them."""
    digits, is_international = "", False
    for character in spelling:
        digit = unicodedata.digit(character, None)
        if digit is not None:
            digits += str(digit)
        elif character == "+" and not digits:
            is_international = True
        elif character in _SEPARATORS or unicodedata.category(character) in _SEPARATOR_KINDS:
            continue
        elif unicodedata.category(character)[0] in "LM":
            raise MsisdnError(_("A phone number has no letters. Type digits only."))
        else:
            raise MsisdnError(
                _("“%(sign)s” does not belong in a phone number. Type one number, digits only.")
                % {"sign": character}
            )
    return digits, is_international


def _check_alone(spelling: str, country: Country | None) -> None:
    """Figures behind a number that is whole without them are no part of it: an amount, perhaps."""
    first, *rest = spelling.split(None, 1) or [""]
    alone = "".join(str(unicodedata.digit(one)) for one in first if one.isdecimal())
    alone = alone.removeprefix("00")
    is_theirs = country is None or any(map(alone.startswith, country.dial_codes))
    if not rest or len(alone) < _FEWEST_WHOLE or not any(map(str.isdecimal, rest[0])):
        return
    if is_theirs and is_whole(alone):
        raise MsisdnError(
            _("More stands behind this number: %(rest)s. Type the number alone.")
            % {"rest": rest[0][:20]}
        )


def _check(digits: str) -> None:
    if not digits:
        raise MsisdnError(_("Type a phone number."))
    if digits.startswith("0"):
        raise MsisdnError(_("Begin with the country code, not with 0. Example: 18761234567."))
    if len(digits) < MIN_DIGITS:
        raise MsisdnError(
            _("This number is too short. Type all of it, country code first: 18761234567.")
        )
    if len(digits) > MAX_DIGITS:
        raise MsisdnError(_("This number is too long. Type one number, country code first."))


def _with_dial_code(digits: str, country: Country) -> str:
    """A local number with its country's dial code; any other number as it is."""
    length, codes = country.number_length, sorted(country.dial_codes, key=len, reverse=True)
    if not length or not codes:
        return digits
    if any(digits.startswith(code) and len(digits) == len(code) + length for code in codes):
        return digits
    for number in (digits, digits.removeprefix("0")):
        if len(number) == length:
            return codes[-1] + number if len(codes) == 1 else digits
        # "876 123 4567" of Jamaica's "1876": all but the 1 is there already.
        if any(code[0] == "1" and number.startswith(code[1:]) for code in codes) and (
            len(number) == 10
        ):
            return "1" + number
    return digits


def _length_warning(msisdn: str, country: Country) -> str:
    codes = [code for code in country.dial_codes if msisdn.startswith(code)]
    if not country.number_length or not codes:
        return ""
    local = len(msisdn) - len(max(codes, key=len))
    if local == country.number_length:
        return ""
    return _(
        "Numbers of %(country)s have %(usual)d digits after +%(code)s, this one has %(given)d."
    ) % {
        "country": texts.country_name(country),
        "usual": country.number_length,
        "code": max(codes, key=len),
        "given": local,
    }


def _looks_valid(msisdn: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(f"+{msisdn}"))
    except phonenumbers.NumberParseException:
        return False


def _in_groups(digits: str) -> str:
    """ "123 456 7890": threes, the rest at the end."""
    parts = []
    while len(digits) > 4:
        parts.append(digits[:3])
        digits = digits[3:]
    return " ".join([*parts, digits])
