"""Times in which a person, or a shop, sells no PINs and gift cards."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from topup.models import CoolDown, Notice, Person, Role, SafetyRules, Shop
from topup.models.alarm import AlarmKind
from topup.models.safety import CoolDownOf
from topup.services import alarms


def until(*, agent: Person, shop: Shop, now: datetime) -> datetime | None:
    """When the person may sell them again; None if now."""
    running = CoolDown.objects.filter(
        Q(person=None) | Q(person=agent), shop=shop, lifted_at=None, until__gt=now
    )
    last: datetime | None = running.aggregate(last=Max("until"))["last"]
    return last


@transaction.atomic
def begin_after_wrong_answer(*, agent: Person, shop: Shop, rules: SafetyRules) -> CoolDown:
    """A person gave an answer that says fraud. Owner and admin are told."""
    return _begin(agent, shop, rules, _("A wrong answer before a PIN or gift card."))


def begin_after_run(*, agent: Person, shop: Shop, rules: SafetyRules, count: int) -> CoolDown:
    """So many in a row were sold, the last one just now. Owner and admin are told."""
    told = _("%(count)d PINs or gift cards within %(minutes)d minutes.")
    return _begin(agent, shop, rules, told % {"count": count, "minutes": rules.run_minutes})


@transaction.atomic
def lift(*, cool_down_id: int, by: Person) -> bool:
    """Let them be sold again. Safe to repeat; False if it was lifted or over."""
    now = timezone.now()
    running = CoolDown.objects.filter(pk=cool_down_id, lifted_at=None, until__gt=now)
    return bool(running.update(lifted_at=now, lifted_by=by))


def _begin(agent: Person, shop: Shop, rules: SafetyRules, reason: str) -> CoolDown:
    whom = agent if rules.cool_down_of == CoolDownOf.PERSON else None
    made = CoolDown.objects.create(
        shop=shop, person=whom, reason=reason[:200], until=timezone.now() + rules.cool_down
    )
    name = agent.get_username()
    alarms.raise_alarm(AlarmKind.SCAM, f"{shop.name}, {name}: {reason}", about=f"person {agent.pk}")
    Notice.objects.create(shop=shop, text=_notice(shop, name, made)[:500])
    return made


def _notice(shop: Shop, name: str, made: CoolDown) -> str:
    owner = Person.objects.filter(shop=shop, role=Role.OWNER, is_active=True).first()
    with translation.override((owner and owner.language) or translation.get_language()):
        text = _(
            "%(name)s: %(reason)s No PINs and gift cards until %(until)s. Talk to each other: has "
            "somebody asked for codes on the telephone?"
        )
        at = made.until.astimezone(shop.zone)
        return text % {"name": name, "reason": made.reason, "until": f"{at:%H:%M}"}
