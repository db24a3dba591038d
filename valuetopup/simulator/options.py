"""What a simulator can be told when it starts."""

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Literal

BASE_PATH = "/api/v2"


@dataclass(frozen=True)
class Options:
    """Start options; `time_scale` multiplies the delays of the trigger table."""

    journal: Path
    wallet: Decimal = Decimal("10000.00")
    currency: str = "USD"
    lookup: Literal["sandbox", "production"] = "sandbox"
    duplicates: Literal["refuse", "execute"] = "refuse"
    user: str = "simulator"
    password: str = "simulator"  # noqa: S105  a public default, opens only the simulator
    time_scale: float = 1.0
