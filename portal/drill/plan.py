"""What a seed decides: what is sold, what goes wrong with it, what is killed and when. Pure."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from valuetopup.simulator.faults import TRIGGERS

PARTS = ("web", "submit", "poll", "catalogue", "beat", "broker", "postgres", "simulator")
#: How a part is killed: its first process, all of its processes, or one of those it started.
MANNERS = ("first", "all", "one")
AREA, PLAIN = "1876", "plain"
#: Of a hundred sales so many get a number that misbehaves, or a fault of the control port.
COMMON = {
    "0852": 8, "0853": 6, "0851": 4, "0121": 6, "0503": 5, "0501": 3, "0502": 3, "0510": 2,
    "0540": 2, "garbage": 2, "no_payload": 2, "no_invoice": 2, "pins_later": 2,
}  # fmt: skip
#: These need most of a minute to end.
SLOW = {"0120": 3, "0560": 1.5, "0999": 1.5}
#: Unknown to the provider, if only for a while. More than five would stop automatic declines.
UNKNOWN = {"0122": 2, "0123": 1}
SLOW_UNTIL = 0.7  # of the sales; the last ones shall not keep the drill waiting


@dataclass(frozen=True)
class Wish:
    """One sale to be made. `trouble` is a trigger of the number, a fault, or plain."""

    goods: str  # amount, range or pin
    msisdn: str
    trouble: str
    twice: bool = False  # presses twice at once


@dataclass(frozen=True)
class Kill:
    """One kill: when so many sales are confirmed, and `wait` seconds more."""

    after: int
    wait: float
    part: str
    manner: str


def wishes(seed: int, sales: int, *, quick: bool = False) -> list[Wish]:
    """The sales of a seed, in their order. `quick`: only what ends within half a minute."""
    dice = random.Random(seed)  # noqa: S311  repeatable on purpose
    slow, rest = [], []
    for trouble, share in ({} if quick else SLOW).items():
        slow += [trouble] * round(sales * share / 100)
    for trouble, count in ({} if quick else UNKNOWN).items():
        slow += [trouble] * min(count, sales // 50)
    for trouble, share in COMMON.items():
        rest += [trouble] * max(1, round(sales * share / 100))
    rest = dice.sample(rest, min(len(rest), max(0, sales // 2)))
    rest += [PLAIN] * (sales - len(slow) - len(rest))
    dice.shuffle(rest)
    for trouble in slow:
        rest.insert(dice.randrange(1 + int(len(rest) * SLOW_UNTIL)), trouble)
    return _with_numbers(dice, rest)


def _with_numbers(dice: random.Random, troubles: Sequence[str]) -> list[Wish]:
    taken: set[str] = set()
    made = []
    for trouble in troubles:
        goods = dice.choices(("amount", "range", "pin"), (60, 20, 20))[0]
        if trouble == "pins_later":
            goods = "pin"
        made.append(Wish(goods, number(dice, trouble, taken), trouble, dice.random() < 0.15))
    return made


def number(dice: random.Random, trouble: str, taken: set[str]) -> str:
    """A number nobody else of the drill has; its end is the trigger, or none."""
    while True:
        end = trouble if trouble in TRIGGERS else f"{dice.randrange(2000, 9999)}"
        number = f"{AREA}{dice.randrange(200, 1000)}{end}"
        if number not in taken and (trouble in TRIGGERS or end not in TRIGGERS):
            taken.add(number)
            return number


def kills(seed: int, count: int, *, sales: int, parts: Sequence[str]) -> list[Kill]:
    """The kills of a seed: every part once before one is killed again."""
    dice = random.Random(seed + 1)  # noqa: S311  repeatable on purpose
    chosen: list[str] = []
    while parts and len(chosen) < count:
        chosen += dice.sample(parts, min(len(parts), count - len(chosen)))
    moments = sorted(dice.randint(1, max(1, sales - 2)) for _ in chosen)
    return [
        Kill(after, dice.uniform(0, 0.7), part, dice.choice(MANNERS))
        for after, part in zip(moments, chosen, strict=True)
    ]
