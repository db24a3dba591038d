"""Everything that moves money. Nothing else writes to the books.

Lines are credit-positive: a shop's float (we owe it) grows by a positive line,
money at the provider (we have it) by a negative one. Every function runs in the
caller's transaction or its own, and with its key is safe to repeat.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal

from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from ledger.errors import HoldClosedError, InsufficientFloatError, KeyReusedError
from ledger.models import Account, AccountKind, Entry, EntryKind, Hold, HoldState, Line
from ledger.money import exact

Posting = tuple[Account, Decimal]


def open_float(*, code: str, currency: str, credit_limit: Decimal = Decimal(0)) -> Account:
    """The guarded account of one shop, made at first use. Safe to repeat."""
    account, _ = Account.objects.get_or_create(
        code=code,
        defaults={
            "kind": AccountKind.FLOAT,
            "currency": currency,
            "guarded": True,
            "credit_limit": exact(credit_limit),
        },
    )
    return account


def house(kind: AccountKind, currency: str) -> Account:
    """The distributor's own account of a kind, made at first use. Safe to repeat."""
    account, _ = Account.objects.get_or_create(
        code=f"{kind}:{currency}", defaults={"kind": kind, "currency": currency}
    )
    return account


def post(
    *,
    kind: EntryKind,
    key: str,
    lines: Iterable[Posting],
    memo: str = "",
    reference: str = "",
    by_id: int | None = None,
    reverses: Entry | None = None,
) -> Entry:
    """Post one entry. Safe to repeat: the same key posts once.

    Lines of zero are left out. `reverses` is the entry whose effect this one takes
    back. Errors: `KeyReusedError` when the key was used with other lines,
    `ValueError` when no line is left; the database refuses a sum that is not zero
    at commit.
    """
    wanted = [(account, exact(amount)) for account, amount in lines if amount != 0]
    if not wanted:
        raise ValueError(f"{key} posts nothing")
    with transaction.atomic():
        entry, is_new = Entry.objects.get_or_create(
            key=key,
            defaults={
                "kind": kind,
                "memo": memo[:200],
                "reference": reference,
                "posted_by_id": by_id,
                "reverses": reverses,
            },
        )
        if not is_new:
            _must_equal(entry, wanted)
            return entry
        # The float is locked last and shortest: its balance is the only row sales fight for.
        wanted.sort(key=lambda posting: (posting[0].guarded, posting[0].pk))
        Line.objects.bulk_create(
            Line(entry=entry, account=account, amount=amount, currency=account.currency)
            for account, amount in wanted
        )
    return entry


def _must_equal(entry: Entry, wanted: list[Posting]) -> None:
    posted = sorted(entry.lines.values_list("account_id", "amount"))
    if posted != sorted((account.pk, amount) for account, amount in wanted):
        raise KeyReusedError(f"{entry.key} was posted with other lines")


def deposit(
    *, account: Account, amount: Decimal, key: str, by_id: int | None = None, memo: str = ""
) -> Entry:
    """Money received for a float (negative: a correction). Safe to repeat by its key."""
    bank = house(AccountKind.BANK, account.currency)
    return post(
        kind=EntryKind.DEPOSIT if amount > 0 else EntryKind.CORRECTION,
        key=key,
        lines=[(account, amount), (bank, -amount)],
        memo=memo,
        by_id=by_id,
    )


def transfer(
    *, source: Account, target: Account, amount: Decimal, key: str, memo: str = "",
    reference: str = "", by_id: int | None = None,
) -> Entry:  # fmt: skip
    """Move available float from one shop to another. Safe to repeat by its key.

    Errors: `InsufficientFloatError` when `source` would go below its credit limit,
    with nothing moved; `ValueError` for an amount that is not more than zero.
    """
    if amount <= 0:
        raise ValueError("a transfer moves more than zero")
    with _refusals(source, exact(amount)):
        return post(
            kind=EntryKind.TRANSFER, key=key, memo=memo, reference=reference, by_id=by_id,
            lines=[(source, -amount), (target, amount)],
        )  # fmt: skip


@contextmanager
def _refusals(account: Account, needed: Decimal) -> Iterator[None]:
    """The database's word for too little float, as `InsufficientFloatError`."""
    try:
        with transaction.atomic():
            yield
    except DatabaseError as error:
        if getattr(error.__cause__, "sqlstate", "") != "TN001":
            raise
        account.refresh_from_db()
        raise InsufficientFloatError(
            available=account.available + account.credit_limit,
            needed=needed,
            currency=account.currency,
        ) from None


def place_hold(*, account: Account, amount: Decimal, key: str) -> Hold:
    """Set money of a float aside.

    The database compares and takes in one step, so no two sales can spend the
    same money. Error: `InsufficientFloatError`, with nothing held.
    """
    amount = exact(amount)
    with _refusals(account, amount):
        return Hold.objects.create(account=account, amount=amount, key=key)


def release_hold(*, hold_id: int) -> bool:
    """Give held money back. Safe to repeat; False if the hold was closed before."""
    return _close(hold_id, HoldState.RELEASED)


@transaction.atomic
def capture_hold(
    *, hold: Hold, key: str, against: Iterable[Posting], memo: str = "", reference: str = ""
) -> Entry:
    """Turn a hold into a posting: the float pays exactly the held amount.

    `against` are the other lines; they must sum to the held amount. Safe to
    repeat by its key. Error: `HoldClosedError` for a hold that was released, or
    captured under another key.
    """
    posted = Entry.objects.filter(key=key)
    # Looked for twice: whoever captures at the same time is waited for in between.
    if not posted.exists() and not _close(hold.pk, HoldState.CAPTURED) and not posted.exists():
        raise HoldClosedError(f"{key}: the hold {hold.key} is closed")
    lines = [(hold.account, -hold.amount), *against]
    return post(kind=EntryKind.SALE, key=key, lines=lines, memo=memo, reference=reference)


def _close(hold_id: int, state: HoldState) -> bool:
    return bool(
        Hold.objects.filter(pk=hold_id, state=HoldState.OPEN).update(
            state=state, closed_at=timezone.now()
        )
    )


def set_credit_limit(*, account_id: int, credit_limit: Decimal) -> None:
    """How far below zero a float may go."""
    Account.objects.filter(pk=account_id, guarded=True).update(credit_limit=exact(credit_limit))


@transaction.atomic
def make_checkpoints() -> int:
    """Write down what each house account holds now, if it moved; how many were written.

    The lock waits for lines that are being written and holds new ones back for the
    few milliseconds of adding the tail: a line that commits later would be missed
    for ever. Error: `DatabaseError` when the lock is not had in two seconds; the
    next run tries again.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '2s'")
        cursor.execute("LOCK TABLE ledger_line IN SHARE MODE")
        cursor.execute(_CHECKPOINT)
        return int(cursor.rowcount)


_CHECKPOINT = """
    INSERT INTO ledger_checkpoint (account_id, line_id, balance, made_at)
    SELECT a.id, tail.line_id, COALESCE(c.balance, 0) + tail.amount, clock_timestamp()
      FROM ledger_account a
      LEFT JOIN LATERAL (SELECT line_id, balance FROM ledger_checkpoint
                          WHERE account_id = a.id ORDER BY line_id DESC LIMIT 1) c ON true
     CROSS JOIN LATERAL (SELECT MAX(id) AS line_id, SUM(amount) AS amount FROM ledger_line
                          WHERE account_id = a.id AND id > COALESCE(c.line_id, 0)) tail
     WHERE NOT a.guarded AND tail.line_id IS NOT NULL
"""
