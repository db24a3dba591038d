"""The second factor: an app's codes after the password, and codes on paper for when it is lost.

The algorithm is pyotp's (RFC 6238: SHA-1, 6 digits, 30 s). Ours is what surrounds it:
a code is good once, wrong ones make the next wait, and the key is sealed at rest.
"""

import hashlib
import secrets
import unicodedata
from datetime import timedelta

import pyotp
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from topup import sealing
from topup.errors import CodeError, FactorError
from topup.models import Factor, Person, RecoveryCode, What
from topup.services import audit, brands

STEP = 30  # seconds that a code is for
DRIFT = 1  # steps that a clock may be off, either way
FEW = 5  # wrong codes in a row, then a pause; it doubles with every five more
PAUSE = timedelta(minutes=5)
LONGEST = timedelta(days=1)
RECOVERY_CODES = 10


def new_secret() -> str:
    """A key for an app, not kept anywhere yet."""
    return pyotp.random_base32()


def app_address(*, secret: str, person: Person) -> str:
    """What the QR code says to the app."""
    issuer = brands.current().name.replace(":", " ")  # which would end the name there
    return pyotp.TOTP(secret).provisioning_uri(name=person.username, issuer_name=issuer)


def factor_of(person: Person) -> Factor | None:
    return Factor.objects.filter(person=person).first()


def enrol(
    *, person: Person, secret: str, code: str, replaced: Factor | None = None, old_code: str = ""
) -> tuple[Factor, list[str]]:
    """Keep a key whose code fits, and make recovery codes: told now and never again.

    `replaced` is the factor that it takes the place of, `old_code` one of its codes.
    Error: `CodeError` if a code does not fit, `FactorError` if there is another factor.
    """
    step = _fitting_step(secret, _tidy(code))
    if step is None:
        raise CodeError(_("This code does not fit. Type the one that the app shows now."))
    if replaced:
        _check_old(person, old_code)
    try:
        with transaction.atomic():
            if replaced:
                _remove(replaced.person_id)
            sealed = sealing.seal(secret)
            factor = Factor.objects.create(person=person, sealed=sealed, last_step=step)
            return factor, _make_codes(factor)
    except IntegrityError:
        raise FactorError(_("There is a second factor already. Sign in again.")) from None


def _check_old(person: Person, old_code: str) -> None:
    try:
        check(person=person, code=old_code)
    except CodeError as error:
        error.field = "old_code"
        raise


def check(*, person: Person, code: str) -> Factor:
    """Use up a code of the app, or a recovery code. The factor it belongs to.

    Recovery codes cannot be guessed, so they work during a pause too. Error:
    `CodeError`, in words, with how long to wait.
    """
    typed = _tidy(code)
    with transaction.atomic():
        factor = Factor.objects.select_for_update(of=("self",)).filter(person=person).first()
        if factor is None:
            raise FactorError(_("There is no second factor any more. Sign in again."))
        problem = "" if _use_recovery_code(factor, typed) else _try(factor, typed)
    what = What.CODE_REFUSED if problem else What.CODE_ACCEPTED
    audit.record(what, person=person)
    if problem:
        raise CodeError(problem)
    return factor


@transaction.atomic
def renew_codes(*, factor: Factor) -> list[str]:
    """New recovery codes; the old ones are worth nothing any more."""
    factor.codes.all().delete()
    return _make_codes(factor)


def codes_left(factor: Factor) -> int:
    return factor.codes.filter(used_at=None).count()


@transaction.atomic
def reset(*, person: Person, by: Person | None) -> None:
    """Take a factor away, so that the person sets up a new one. Safe to repeat.

    `by` is None for the command on the server itself. Error: `FactorError` for one's
    own, and for those who are no superuser.
    """
    if by and not by.is_superuser:
        raise FactorError(_("Only a superuser takes a second factor away."))
    if by and by.pk == person.pk:
        raise FactorError(_("Your own second factor is taken away by somebody else."))
    _remove(person.pk)


def _remove(person_id: int) -> None:
    RecoveryCode.objects.filter(factor__person=person_id).delete()
    Factor.objects.filter(person=person_id).delete()


def _try(factor: Factor, typed: str) -> str:
    """Why the code does not count; "" if it does. The row is locked."""
    now = timezone.now()
    if factor.locked_until and now < factor.locked_until:
        return _wait(factor.locked_until - now)
    step = _fitting_step(str(sealing.unseal(factor.sealed)), typed)
    if step is not None and step > factor.last_step:
        factor.last_step, factor.wrong_tries, factor.locked_until = step, 0, None
        factor.save(update_fields=["last_step", "wrong_tries", "locked_until"])
        return ""
    factor.wrong_tries += 1
    if factor.wrong_tries % FEW == 0:
        pause = min(PAUSE * 2 ** min(factor.wrong_tries // FEW - 1, 10), LONGEST)
        factor.locked_until = now + pause
    factor.save(update_fields=["wrong_tries", "locked_until"])
    if factor.locked_until and now < factor.locked_until:
        return _wait(factor.locked_until - now)
    if step is not None:
        return _("This code was used already. Wait for the next one.")
    return _("This code does not fit. Type the one that the app shows now.")


def _wait(left: timedelta) -> str:
    minutes = -(-int(left.total_seconds()) // 60) or 1
    text = ngettext(
        "Too many wrong codes. Wait %(minutes)d minute, or type a recovery code.",
        "Too many wrong codes. Wait %(minutes)d minutes, or type a recovery code.",
        minutes,
    )
    return text % {"minutes": minutes}


def _fitting_step(secret: str, typed: str) -> int | None:
    """The step that the code is of, a clock a little off allowed."""
    totp, now = pyotp.TOTP(secret), int(timezone.now().timestamp()) // STEP
    for step in range(now - DRIFT, now + DRIFT + 1):
        if secrets.compare_digest(totp.generate_otp(step).encode(), typed.encode()):
            return step
    return None


def _tidy(code: str) -> str:
    """As people type it: spaces, dashes, small letters, digits of other scripts."""
    letters = (str(unicodedata.decimal(letter, letter)) for letter in code[:100])
    return "".join(letter for letter in letters if letter.isalnum()).upper()


def _make_codes(factor: Factor) -> list[str]:
    codes = [pyotp.random_base32(32)[:16] for _number in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(factor=factor, digest=_digest(factor, code)) for code in codes
    )
    return ["-".join(code[at : at + 4] for at in range(0, 16, 4)) for code in codes]


def _use_recovery_code(factor: Factor, typed: str) -> bool:
    if len(typed) != 16:
        return False
    unused = factor.codes.filter(digest=_digest(factor, typed), used_at=None)
    return bool(unused.update(used_at=timezone.now()))


def _digest(factor: Factor, code: str) -> str:
    return hashlib.sha256(f"{factor.pk}:{code}".encode()).hexdigest()
