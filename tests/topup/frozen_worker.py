"""A worker that claims a sale and is then stopped, as SIGSTOP stops a machine's process.

`python -m tests.topup.frozen_worker SALE_ID WHERE SECONDS`: WHERE is `claimed` (before
it connects), `connected` (before it writes) or `answered` (before it writes the answer
down). It stops itself there and prints the state of the sale when somebody lets it go
on. It may send for so many seconds.
"""

import os
import signal
import sys
from datetime import timedelta

import django

django.setup()

from topup import gateway  # noqa: E402
from topup.services import submitting  # noqa: E402
from valuetopup._connection import Wire  # noqa: E402


def freeze() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def main(sale_id: str, where: str, seconds: str) -> None:
    submitting.SEND_WITHIN = timedelta(seconds=float(seconds))
    holder, name = {
        "claimed": (gateway, "purchase"), "connected": (Wire, "before_writing"),
        "answered": (gateway, "_record"),
    }[where]  # fmt: skip
    real = getattr(holder, name)

    def stopped(*arguments):
        freeze()
        return real(*arguments)

    setattr(holder, name, stopped)
    sale = submitting.submit_sale(sale_id=int(sale_id))
    print(sale.state if sale else "nothing to send", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
