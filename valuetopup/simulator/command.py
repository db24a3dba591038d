"""The options of the command line; what is wrong with one is said in one line."""

import argparse
import math
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import NoReturn

from valuetopup.simulator.options import Options
from valuetopup.simulator.rates import RATES

ABOUT = """\
The ValueTopup API v2 on this machine: its HTTP, Basic auth, a catalogue, a
wallet, a journal of every order, and a menu of faults. It sells nothing.
"""
MORE = """\
The client's base URL is http://ADDRESS:PORT/api/v2. Faults, delays, journal and
wallet are under /control/ on the same port, from loopback only. Numbers that
end in 0501, 0852 and so on misbehave on purpose: see README.md beside this
program. SIGTERM or Ctrl-C stops it.
"""


class Parser(argparse.ArgumentParser):
    """Argparse without the usage before each error."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"simulator: {message} (--help tells more)\n")


def given(arguments: list[str] | None = None) -> tuple[Options, str, int]:
    """The options, the address and the port. Ends the process on a bad option."""
    values = vars(parser().parse_args(arguments))
    bind, port = values.pop("bind"), values.pop("port")
    return Options(**values), bind, port


def parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="python -m valuetopup.simulator",
        description=ABOUT,
        epilog=MORE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add(
        "--journal",
        type=Path,
        required=True,
        metavar="FILE",
        help="where orders and wallet are kept; made if it is not there, carried on if it is",
    )
    add("--port", type=_port, default=8099, help="(8099); 0 takes a free one and prints it")
    add("--bind", default="127.0.0.1", metavar="ADDRESS", help="(127.0.0.1)")
    add(
        "--wallet",
        type=_money,
        default=Decimal("10000.00"),
        metavar="AMOUNT",
        help="money in a new journal's wallet (10000.00)",
    )
    add(
        "--currency",
        type=_currency,
        default="USD",
        metavar="CODE",
        help="the wallet's currency (USD); a journal keeps the one it began with",
    )
    add("--user", type=_user, default="simulator", help="for Basic auth (simulator)")
    add("--password", default="simulator", help="for Basic auth (simulator)")
    add(
        "--lookup",
        choices=("sandbox", "production"),
        default="sandbox",
        help="numbers that /lookup/mobile knows: the sandbox's eight (the default), or those "
        "of every country but the United States and Spain",
    )
    add(
        "--duplicates",
        choices=("refuse", "execute"),
        default="refuse",
        help="what a second POST with a known correlation id gets: code 899 (the default), "
        "or a second delivery and a second charge, for drills",
    )
    add(
        "--time-scale",
        type=_factor,
        default=1.0,
        metavar="FACTOR",
        help="multiplies the delays of the trigger numbers (1); 0.01 makes 130 s 1.3 s",
    )
    return parser  # fmt: skip


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) < 65536:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no port")


def _money(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("NaN")
    if amount.is_finite() and 0 <= amount < 10**15:
        return amount
    raise argparse.ArgumentTypeError(f"{text!r} is no amount of money")


def _currency(text: str) -> str:
    if text.upper() in RATES:
        return text.upper()
    raise argparse.ArgumentTypeError(f"no rate is known for {text!r}")


def _user(text: str) -> str:
    if text and ":" not in text:
        return text
    raise argparse.ArgumentTypeError("a user id is not empty and has no colon")


def _factor(text: str) -> float:
    try:
        factor = float(text)
    except ValueError:
        factor = math.nan
    if math.isfinite(factor) and factor >= 0:
        return factor
    raise argparse.ArgumentTypeError(f"{text!r} is no factor")
