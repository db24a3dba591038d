"""`python -m valuetopup.simulator`: the provider on this machine."""

import argparse
from decimal import Decimal
from pathlib import Path

from valuetopup.simulator.options import BASE_PATH, Options
from valuetopup.simulator.rates import RATES
from valuetopup.simulator.server import Server


def parser() -> argparse.ArgumentParser:
    """The options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m valuetopup.simulator", description=__doc__)
    add = parser.add_argument
    add("--port", type=int, default=8099)
    add("--bind", default="127.0.0.1")
    add("--journal", type=Path, required=True, help="file that keeps orders and wallet")
    add("--wallet", type=Decimal, default=Decimal("10000.00"), help="money to begin with")
    add("--currency", choices=sorted(RATES), default="USD", help="of the wallet")
    add("--lookup", choices=("sandbox", "production"), default="sandbox")
    add("--duplicates", choices=("refuse", "execute"), default="refuse")
    add("--user", default="simulator")
    add("--password", default="simulator")
    add("--time-scale", type=float, default=1.0, help="multiplies the triggers' own delays")
    return parser


def main() -> None:
    given = vars(parser().parse_args())
    bind, port = given.pop("bind"), given.pop("port")
    server = Server(Options(**given), bind=bind, port=port)
    print(f"simulator: http://{bind}:{port}{BASE_PATH}", flush=True)
    server.run()


if __name__ == "__main__":
    main()
