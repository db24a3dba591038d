"""What must be true when all is over, as a bookkeeper would count it. Pure.

Every check yields one sentence for each thing that is wrong; no sentence, no fault.
"""

from collections.abc import Iterator
from decimal import Decimal

from portal.drill.facts import Facts, SaleFact
from portal.statewords import LOOKS

FINAL = {"completed", "declined", "cancelled", "delivered_late"}
DELIVERED = {"completed", "delivered_late"}
ZERO = Decimal(0)


def findings(facts: Facts) -> list[str]:
    """Everything that is wrong; empty when the drill was passed."""
    checks = (
        every_confirm_is_one_sale, every_sale_is_final, nothing_was_posted_twice,
        delivered_is_paid, floats_paid_what_was_quoted, wallet_is_the_provider_account,
        books_are_right, pages_tell_the_end, everything_runs,
    )  # fmt: skip
    return [sentence for check in checks for sentence in check(facts)]


def every_confirm_is_one_sale(facts: Facts) -> Iterator[str]:
    """As many rows as confirms, each at the terms of the check page."""
    sales = {sale.name: sale for sale in facts.sales}
    pressed = {press.name for press in facts.presses if not press.refusal}
    if len(pressed) != len(facts.sales):
        yield f"{len(pressed)} sales were confirmed, {len(facts.sales)} are in the database"
    for name in sales.keys() - pressed:
        yield f"sale {name} was made, and nobody was told so"
    for press in facts.presses:
        sale = sales.get(press.name)
        if press.refusal:
            continue
        if sale is None:
            yield f"sale {press.name} was confirmed and is lost"
            continue
        if press.sale_names != {press.name}:
            yield f"confirm of {press.name} led to {sorted(press.sale_names) or 'no sale'}"
        if (sale.charge, sale.recipient) != (press.charge, press.recipient):
            yield f"sale {press.name} is not what was on its check page"


def every_sale_is_final(facts: Facts) -> Iterator[str]:
    for sale in facts.sales:
        if sale.state not in FINAL:
            yield f"sale {sale.name} is not final: {sale.state}"
        elif sale.lacks_details:
            yield f"sale {sale.name} still lacks its invoice or its code"


def nothing_was_posted_twice(facts: Facts) -> Iterator[str]:
    """The provider would have executed a second POST: there must be none."""
    names = {sale.name for sale in facts.sales}
    for name, order in facts.orders.items():
        if order.posts > 1:
            yield f"order {name} was posted {order.posts} times"
        if name not in names:
            yield f"order {name or 'without an id'} is of no sale"
    for sale in facts.sales:
        posts = facts.orders[sale.name].posts if sale.name in facts.orders else 0
        if sale.state == "cancelled" and posts:
            yield f"sale {sale.name} was cancelled and posted"
        if _must_have_been_sent(sale) and not posts:
            yield f"sale {sale.name} is {sale.state} and was never posted"


def _must_have_been_sent(sale: SaleFact) -> bool:
    # A worker killed between claim and send leaves a sale that the provider does not know.
    return sale.state in DELIVERED or (sale.state == "declined" and sale.basis != "absent")


def delivered_is_paid(facts: Facts) -> Iterator[str]:
    """Executed at the provider and booked here are the same sales, at the same invoices."""
    for sale in facts.sales:
        order = facts.orders.get(sale.name)
        executed = order.executed if order else 0
        charged = order.charged if order else ZERO
        if executed and sale.state not in DELIVERED:
            yield f"sale {sale.name} was delivered and is {sale.state}"
        if sale.state in DELIVERED and not executed:
            yield f"sale {sale.name} is {sale.state} and was never delivered"
        if sale.state in DELIVERED and sale.invoice != charged:
            yield f"sale {sale.name} was charged {charged}, booked {sale.invoice}"


def floats_paid_what_was_quoted(facts: Facts) -> Iterator[str]:
    """Every float is what it was, less the charges of its completed sales."""
    for account in facts.floats:
        paid = sum(
            (s.charge for s in facts.sales if s.shop == account.shop and s.state == "completed"),
            ZERO,
        )
        if account.balance != account.start - paid:
            yield (
                f"the float of {account.shop} is {account.balance}; "
                f"it began with {account.start} and paid {paid}"
            )
        if account.held:
            yield f"the float of {account.shop} still holds {account.held}"


def wallet_is_the_provider_account(facts: Facts) -> Iterator[str]:
    """The provider's wallet, our account of it and the journal's sum agree to the digit."""
    if facts.wallet_available != facts.provider_account:
        yield (
            f"the provider has {facts.wallet_available}, "
            f"our books say {facts.provider_account}"
        )  # fmt: skip
    charged = sum((order.charged for order in facts.orders.values()), ZERO)
    if facts.wallet_available != facts.wallet_opened - charged:
        yield (
            f"the provider's wallet went from {facts.wallet_opened} to {facts.wallet_available}, "
            f"its journal charged {charged}"
        )


def books_are_right(facts: Facts) -> Iterator[str]:
    yield from facts.book_problems


def pages_tell_the_end(facts: Facts) -> Iterator[str]:
    """Every sale's page says how it ended, and shows the code that was paid for."""
    sales = {sale.name: sale for sale in facts.sales}
    for press in facts.presses:
        sale = sales.get(press.name)
        if sale is None or sale.state not in LOOKS:
            continue
        wanted = str(LOOKS[sale.state].heading)
        if press.heading != wanted:
            yield f"the page of {press.name} says {press.heading!r}, not {wanted!r}"
        if sale.has_pin and sale.state == "completed":
            yield from _code_is_shown(facts, press.name, press.words)


def _code_is_shown(facts: Facts, name: str, words: str) -> Iterator[str]:
    pins = facts.orders[name].pins if name in facts.orders else []
    if not pins:
        yield f"sale {name} is a PIN, and the provider gave none"
    for pin in pins:
        if "".join(pin.split()) not in "".join(words.split()):
            yield f"the page of {name} does not show its code"


def everything_runs(facts: Facts) -> Iterator[str]:
    """What was killed runs again, and no page told an agent something wrong."""
    for part in facts.missing_parts:
        yield f"{part} was not started again"
    yield from facts.complaints
