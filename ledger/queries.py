"""What the books say."""

from decimal import Decimal

from django.db.models import Sum

from ledger.models import Account, AccountKind, Checkpoint, Line


def balance_of(account: Account) -> Decimal:
    """What an account holds, in its natural sign and currency.

    A float keeps its balance; a house account is its last checkpoint and the lines
    since, so the time this takes does not grow with the books.
    """
    if account.guarded:
        kept = Account.objects.values_list("balance", flat=True).get(pk=account.pk)
        return kept * account.natural_sign
    last = Checkpoint.objects.filter(account=account).order_by("-line_id").first()
    since, balance = (last.line_id, last.balance) if last else (0, Decimal(0))
    tail = Line.objects.filter(account=account, pk__gt=since).aggregate(sum=Sum("amount"))["sum"]
    return (balance + (tail or 0)) * account.natural_sign


def house_balance(kind: AccountKind, currency: str) -> Decimal:
    """A house account's balance in its natural sign; zero if it was never used."""
    account = Account.objects.filter(code=f"{kind}:{currency}").first()
    return balance_of(account) if account else Decimal(0)
