"""What the provider says in words may repeat a secret: it is cut out before it is kept."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

from topup import sealing
from topup.evidence import Outcome
from topup.kinds import KINDS
from topup.models import Sale

HIDDEN = "[…]"
SHORTEST = 4  # letters; less would garble every message
_BETWEEN = r"[\s\xa0-]*"  # people and providers write codes in groups


def without_secrets(outcome: Outcome, sale: Sale) -> Outcome:
    """The outcome with no secret of its own, or of what was typed, in its message."""
    message = outcome.message
    if not message:
        return outcome
    for secret in {*_bought(outcome, sale), *_typed(sale)}:
        signs = re.sub(_BETWEEN, "", secret)
        if len(signs) >= SHORTEST:
            message = re.sub(_BETWEEN.join(map(re.escape, signs)), HIDDEN, message)
    return replace(outcome, message=message[:200])


def _bought(outcome: Outcome, sale: Sale) -> Iterator[str]:
    if outcome.transaction is not None:
        yield from _leaves(KINDS[sale.kind].secret(outcome.transaction))


def _typed(sale: Sale) -> Iterator[str]:
    if sale.sealed_extras:
        with suppress(sealing.SealError):  # a lost key does not keep a sale from its end
            yield from _leaves(sealing.unseal(bytes(sale.sealed_extras)))


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    elif isinstance(value, str):
        yield value
