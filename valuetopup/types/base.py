"""What every row has: the provider's object beside the fields read from it."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Raw:
    """`raw` is neither printed nor compared: it may hold secrets and fields unknown to us."""

    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)
