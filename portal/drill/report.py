"""The tables a drill ends with."""

from collections import Counter, defaultdict
from collections.abc import Callable

from portal.drill.plan import PARTS
from portal.drill.story import Order, Result


def tell(order: Order, result: Result, say: Callable[[str], None]) -> None:
    """Outcomes by trouble, kills by part, sums and times."""
    say("")
    _outcomes(result, say)
    say("")
    _kills(result, say)
    say("")
    _sums(result, say)
    spent = ", ".join(f"{what} {seconds:.0f} s" for what, seconds in result.seconds.items())
    say(f"time: {sum(result.seconds.values()):.0f} s ({spent})")
    say(f"seed: {order.seed}")


def _outcomes(result: Result, say: Callable[[str], None]) -> None:
    sales = {sale.name: sale for sale in result.facts.sales}
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for press in result.facts.presses:
        sale = sales.get(press.name)
        end = "no sale" if sale is None else " ".join(filter(None, (sale.state, sale.basis)))
        table[press.trouble][end] += 1
    ends = sorted({end for row in table.values() for end in row})
    say(f"{'number or fault':16}" + "".join(f"{end:>20}" for end in ends))
    for trouble in sorted(table):
        say(f"{trouble:16}" + "".join(f"{table[trouble][end] or '':>20}" for end in ends))
    sums = [sum(row[end] for row in table.values()) for end in ends]
    say(f"{'all':16}" + "".join(f"{total:>20}" for total in sums))


def _kills(result: Result, say: Callable[[str], None]) -> None:
    say(f"{'killed':12}{'times':>6}   first, all or one process · back after")
    for part in PARTS:
        kills = [kill for kill in result.kills if kill.part == part]
        told = ", ".join(
            f"{kill.manner} {kill.back_after:.1f} s" if kill.back_after else f"{kill.manner} never"
            for kill in kills
        )
        say(f"{part:12}{len(kills):>6}   {told}")
    say(f"{'all':12}{len(result.kills):>6}")


def _sums(result: Result, say: Callable[[str], None]) -> None:
    facts, counts = result.facts, result.tally.counts
    posts = [order.posts for order in facts.orders.values()]
    executed = sum(order.executed for order in facts.orders.values())
    say(f"sales: {len(facts.sales)} of {len(facts.presses)} confirmed")
    say(f"orders: {sum(posts)} posted, {executed} executed, at most {max(posts, default=0)} a sale")
    say(f"wallet: {facts.wallet_available}, in our books {facts.provider_account}")
    say("pages: " + ", ".join(f"{count} {what}" for what, count in sorted(counts.items())))
    if facts.alarms:
        say("alarms: " + ", ".join(f"{n} {kind}" for kind, n in sorted(facts.alarms.items())))
    if result.brakes:
        say(f"automatic declines were stopped and lifted {result.brakes} times")
