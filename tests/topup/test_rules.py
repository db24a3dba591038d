"""Which rule wins and what it makes: the examples of docs/prices.md, and any rules at all."""

import re
from decimal import Decimal as D
from fractions import Fraction
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ledger.money import ABSURD, unit
from topup import rules
from topup.models.price import Method, Rounding, Use
from topup.rules import Amounts, Goods, Refusal, Rule, Rulebook, Seller, Terms

DOC = (Path(__file__).parents[2] / "docs/prices.md").read_text(encoding="utf-8")
GOODS = Goods("airtime", sku_id=1, product_id=2, operator_id=3, country_id="JM")
SELLER = Seller(shop_id=12, ancestors=(10, 11), tier_id=5)
SCOPES = {
    "SKU": {"sku_id": 1}, "product": {"product_id": 2}, "operator": {"operator_id": 3},
    "country": {"country_id": "JM"}, "kind": {"kind": "airtime"}, "shop": {"shop_id": 12},
    "branch": {"branch_id": 11}, "near branch": {"branch_id": 11}, "far branch": {"branch_id": 10},
    "tier": {"tier_id": 5}, "everything": {},
}  # fmt: skip


def table(heading):
    """The rows of the first table whose head begins so."""
    text = DOC[DOC.index(f"| {heading} |") :].split("\n\n")[0]
    rows = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in text.splitlines()]
    assert len(rows) > 10
    return rows[2:]


def price(id=1, method=Method.MARKUP, value=8, **rest):
    return Rule(id, Use.PRICE, method, D(value), **rest)


def share(id=2, method=Method.SHARE_OF_MARGIN, value=50, **rest):
    return Rule(id, Use.COMMISSION, method, D(value), **rest)


def scope(words):
    return {name: value for word in words.split(", ") for name, value in SCOPES[word].items()}


@pytest.mark.parametrize(("one", "another", "wins"), table("one rule is for"))
def test_the_rule_that_wins_is_the_one_of_the_table(one, another, wins):
    first, second = price(1, **scope(one)), price(2, **scope(another))
    won = Rulebook([first, second]).choose(use=Use.PRICE, goods=GOODS, seller=SELLER)
    assert won == (first if wins == "one" else second)
    if one != another:  # not because it was written first
        first, second = price(2, **scope(one)), price(1, **scope(another))
        won = Rulebook([first, second]).choose(use=Use.PRICE, goods=GOODS, seller=SELLER)
        assert won == (first if wins == "one" else second)


PATTERNS = {
    r"cost \+ ([\d.]+) %": Method.MARKUP,
    r"face value \+ ([\d.]+)": Method.FEE,
    r"face value \+ ([\d.]+) %": Method.FEE_PERCENT,
    r"([\d.]+) % of margin": Method.SHARE_OF_MARGIN,
    r"([\d.]+) % of face value": Method.SHARE_OF_FACE,
}
WAYS = {"up to": Rounding.UP, "nearest": Rounding.NEAREST, "down to": Rounding.DOWN}


def rule_of(text, use):
    """A rule as the table writes it."""
    how, *more = text.split(", ")
    columns = {"may_lose": "may lose" in more}
    for part in more:
        if found := re.fullmatch(r"(up to|nearest|down to) ([\d.]+)", part):
            columns |= {"rounding": WAYS[found[1]], "step": D(found[2])}
    for pattern, method in PATTERNS.items():
        if found := re.fullmatch(pattern, how):
            return Rule(1, use, method, D(found[1]), **columns)
    fixed = Method.FIXED_PRICE if use == Use.PRICE else Method.FIXED_COMMISSION
    return Rule(1, use, fixed, D(how), **columns)


@pytest.mark.parametrize("row", table("cost"), ids=lambda row: " | ".join(row[:4]))
def test_amounts_are_those_of_the_table(row):
    cost, face, price_rule, commission_rule, *told, outcome = row
    value, currency = face.split()
    commission = None if commission_rule == "none" else rule_of(commission_rule, Use.COMMISSION)
    terms = Terms(rule_of(price_rule, Use.PRICE), commission)
    made = rules.amounts(
        terms, cost=D(cost), face_value=D(value), face_currency=currency, currency="USD"
    )
    assert [made.price, made.commission, made.charge] == [D(figure) for figure in told]
    assert rules.refusal(terms, made) == (None if outcome == "sold" else Refusal(outcome))


def test_goods_without_a_price_rule_have_no_terms_and_without_a_commission_rule_no_commission():
    assert Rulebook([share()]).terms(GOODS, SELLER) is None
    assert Rulebook([]).terms(GOODS, SELLER) is None
    terms = Rulebook([price(), share(operator_id=99)]).terms(GOODS, SELLER)
    assert (terms.price.id, terms.commission_id) == (1, None)


@pytest.mark.parametrize(
    "elsewhere",
    [{"kind": "pin"}, {"country_id": "HT"}, {"operator_id": 9}, {"product_id": 9}, {"sku_id": 9},
     {"shop_id": 9}, {"branch_id": 9}, {"tier_id": 9}],
)  # fmt: skip
@pytest.mark.parametrize("beside", [{}, {"sku_id": 1, "shop_id": 12}])
def test_a_rule_for_something_else_never_decides(elsewhere, beside):
    assert Rulebook([price(**(beside | elsewhere))]).terms(GOODS, SELLER) is None


def test_a_branch_is_the_shop_itself_too():
    own = price(branch_id=12)
    assert Rulebook([own, price(2, branch_id=11)]).terms(GOODS, SELLER).price == own


def test_goods_without_operator_or_tier_meet_only_rules_that_name_none():
    bare = Goods("pin", sku_id=1)
    book = Rulebook([price(1, operator_id=3), price(2, tier_id=5), price(3)])
    assert book.terms(bare, Seller(shop_id=12)).price.id == 3


# --- any rules at all -------------------------------------------------------------------------

maybe = lambda values: st.none() | st.sampled_from(values)  # noqa: E731
percents = st.decimals(0, 1000, places=4)
shares = st.decimals(0, 100, places=4)
figures = st.decimals(0, 10**9 - 1, places=4)
small = st.decimals(0, 30, places=4)
scopes = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["", "airtime", "pin"]), "country_id": maybe(["JM", "HT"]),
        "operator_id": maybe([3, 4]), "product_id": maybe([2, 6]), "sku_id": maybe([1, 7]),
        "shop_id": maybe([12, 13]), "branch_id": maybe([10, 11, 12, 14]), "tier_id": maybe([5, 6]),
    }
)  # fmt: skip
hows = st.one_of(
    st.tuples(st.just(Use.PRICE), st.sampled_from([Method.MARKUP, Method.FEE_PERCENT]), percents),
    st.tuples(st.just(Use.PRICE), st.just(Method.FEE), figures | small),
    st.tuples(st.just(Use.PRICE), st.just(Method.FIXED_PRICE), figures | small),
    st.tuples(st.just(Use.COMMISSION), st.just(Method.SHARE_OF_MARGIN), shares),
    st.tuples(st.just(Use.COMMISSION), st.just(Method.SHARE_OF_FACE), shares),
    st.tuples(st.just(Use.COMMISSION), st.just(Method.FIXED_COMMISSION), figures | small),
)
steps = maybe([D("0.0001"), D("0.003"), D("0.01"), D("0.05"), D("0.3"), D(1), D(7), D(100)])
details = st.tuples(st.sampled_from(["", *Rounding.values]), steps, st.booleans())
costs = st.decimals("0.0001", 10**12 - 1, places=4) | st.decimals("0.0001", 50, places=4)
sellers = st.builds(
    Seller, st.sampled_from([12, 13, 20]), st.sampled_from([(), (10,), (10, 11), (14, 11)]),
    maybe([5, 6]),
)  # fmt: skip
goods = st.builds(
    Goods, st.sampled_from(["airtime", "pin"]), st.sampled_from([1, 7, 8]), maybe([2, 6]),
    maybe([3, 4]), maybe(["JM", "HT"]),
)  # fmt: skip


@st.composite
def books(draw, most=8):
    """Some rules, each with an id of its own."""
    made = draw(st.lists(st.tuples(hows, scopes, details), max_size=most))
    return [
        Rule(at, use, method, value, **where, rounding=way, step=step, may_lose=loses)
        for at, ((use, method, value), where, (way, step, loses)) in enumerate(made, 1)
    ]


def plain_choice(book, use, goods, seller):
    """The written order, read word by word and without an index."""

    def order(rule):
        column = [rule.sku_id, rule.product_id, rule.operator_id, rule.country_id]
        named = [value is not None for value in column]
        narrow = 4 - named.index(True) if any(named) else 0
        if rule.shop_id is not None:
            who = 100
        elif rule.branch_id is not None:
            who = 10 + [*seller.ancestors, seller.shop_id].index(rule.branch_id)
        else:
            who = 1 if rule.tier_id is not None else 0
        sold_by = [rule.shop_id, rule.branch_id, rule.tier_id]
        said = sum(named) + sum(value is not None for value in sold_by)
        return (narrow, rule.kind != "", who, said, rule.id)

    fitting = [rule for rule in book if rule.use == use and rules.fits(rule, goods, seller)]
    return max(fitting, key=order, default=None)


@given(books(most=12), goods, sellers)
def test_the_index_finds_what_reading_every_rule_finds(book, goods, seller):
    made = Rulebook(book)
    assert sorted(rule.id for rule in made) == [rule.id for rule in book]
    for use in Use.values:
        expected = plain_choice(book, use, goods, seller)
        assert made.choose(use=use, goods=goods, seller=seller) == expected


@given(books(most=4), goods, sellers)
def test_the_winner_does_not_depend_on_the_order_of_the_rules(book, goods, seller):
    expected = Rulebook(book).terms(goods, seller)
    assert {Rulebook(other).terms(goods, seller) for other in permutations(book)} == {expected}


NARROWABLE = {
    "kind": GOODS.kind, "country_id": "JM", "operator_id": 3, "product_id": 2, "sku_id": 1,
    "shop_id": 12, "branch_id": 11, "tier_id": 5,
}  # fmt: skip


@given(st.sets(st.sampled_from(sorted(NARROWABLE))), st.sets(st.sampled_from(sorted(NARROWABLE))),
       st.booleans())  # fmt: skip
def test_narrower_always_beats_wider(wide, more, wide_is_later):
    assume(not more <= wide)
    narrow = wide | more
    ids = (2, 1) if wide_is_later else (1, 2)
    wider = price(ids[0], **{name: NARROWABLE[name] for name in wide})
    narrower = price(ids[1], **{name: NARROWABLE[name] for name in narrow})
    assert Rulebook([wider, narrower]).terms(GOODS, SELLER).price == narrower


@given(books(), goods, sellers, costs, st.decimals("0.0001", 10**6, places=4),
       st.sampled_from(["USD", "JMD"]), st.sampled_from(["USD", "JPY", "KWD"]))  # fmt: skip
def test_no_rules_pay_out_more_than_they_take_in_unless_flagged(
    book, goods, seller, cost, face, face_currency, wallet
):
    terms = Rulebook(book).terms(goods, seller)
    if terms is None:
        return
    made = rules.amounts(
        terms, cost=cost, face_value=face, face_currency=face_currency, currency=wallet
    )
    if rules.refusal(terms, made):
        return
    assert made.price > 0
    assert made.charge > 0
    assert 0 <= made.commission < made.price
    assert made.charge >= cost or terms.price.may_lose or terms.commission.may_lose
    assert max(made.price, made.commission, made.charge) < ABSURD


def exactly(rule, cost, base, margin):
    """What a rule makes before the rounding, in fractions."""
    value = Fraction(rule.value)
    return {
        Method.MARKUP: cost * (1 + value / 100), Method.FEE: base + value,
        Method.FEE_PERCENT: base * (1 + value / 100), Method.FIXED_PRICE: value,
        Method.SHARE_OF_MARGIN: margin * value / 100, Method.SHARE_OF_FACE: base * value / 100,
        Method.FIXED_COMMISSION: value,
    }[rule.method]  # fmt: skip


@given(books(), costs, st.decimals("0.0001", 10**6, places=4),
       st.sampled_from(["USD", "JMD"]))  # fmt: skip
def test_amounts_are_exact_decimals_at_their_step(book, cost, face, face_currency):
    prices = [rule for rule in book if rule.use == Use.PRICE]
    assume(prices)
    commission = next((rule for rule in book if rule.use == Use.COMMISSION), None)
    terms = Terms(prices[0], commission)
    made = rules.amounts(
        terms, cost=cost, face_value=face, face_currency=face_currency, currency="USD"
    )
    base = Fraction(face if face_currency == "USD" else cost)
    margin = Fraction(made.price) - Fraction(cost)
    step = Fraction(prices[0].step or unit("USD"))
    step = step if (step * 100).denominator == 1 else Fraction(1, 100)
    exact = exactly(prices[0], Fraction(cost), base, margin)
    check(Fraction(made.price), exact, step, prices[0].rounding or "up", low=Fraction(cost))
    if commission:
        step = Fraction(commission.step or unit("USD"))
        exact = max(exactly(commission, Fraction(cost), base, margin), Fraction(0))
        way = commission.rounding or "down"
        check(Fraction(made.commission), exact, step, way, high=margin)
    assert made.charge + made.commission == made.price


def check(amount, exact, step, way, low=None, high=None):
    """A whole number of steps, the right one of the two beside the exact amount."""
    assert (amount / step).denominator == 1
    below = exact // step * step
    above = below if below == exact else below + step
    nearest = below if exact - below < step / 2 else above
    expected = {"up": above, "down": below, "nearest": nearest}[way]
    if low is not None and expected < low <= exact:
        expected = above
    if high is not None and exact <= high < expected:
        expected = below
    assert amount == expected


@given(costs, shares, st.sampled_from(Rounding.values), steps)
def test_rounding_alone_never_makes_a_loss(cost, part, way, step):
    terms = Terms(
        price(value=3, rounding=way, step=step), share(value=part, rounding=way, step=step)
    )
    made = rules.amounts(terms, cost=cost, face_value=D(1), face_currency="USD", currency="USD")
    assert not made.loses
    assert made.commission <= made.price - cost


def test_a_flag_of_either_rule_lets_a_sale_lose_but_never_below_nothing():
    cheap = Amounts(cost=D(10), price=D(9), commission=D(0))
    given_away = Amounts(cost=D(10), price=D(9), commission=D(9))
    for terms in (Terms(price(may_lose=True), share()), Terms(price(), share(may_lose=True))):
        assert rules.refusal(terms, cheap) is None
        assert rules.refusal(terms, given_away) == Refusal.NO_CHARGE
    assert rules.refusal(Terms(price(), None), cheap) == Refusal.LOSS


@pytest.mark.parametrize("method", [Method.SHARE_OF_FACE, "unknown"])
def test_a_rule_of_the_wrong_kind_makes_nothing(method):
    with pytest.raises(ValueError, match="makes no price"):
        rules.amounts(
            Terms(price(method=method), None), cost=D(1), face_value=D(1), face_currency="USD",
            currency="USD",
        )  # fmt: skip
    with pytest.raises(ValueError, match="makes no commission"):
        rules.amounts(
            Terms(price(), share(method=Method.MARKUP)), cost=D(1), face_value=D(1),
            face_currency="USD", currency="USD",
        )  # fmt: skip
