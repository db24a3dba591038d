"""The first price book takes what most shops have for all of them."""

from importlib import import_module

import pytest

usual = import_module("topup.migrations.0003_first_price_book").usual


@pytest.mark.parametrize(
    ("values", "chosen"),
    [
        ([12, 5, 12], 12),
        ([12, 8, 5], 8),  # all tied: the default
        ([12, 5, 5, 12, 8], 5),  # tied without the default: the lowest
        ([8, 12, 12], 12),  # the default has no say against more
    ],
)
def test_the_usual_term_is_that_of_most_shops_and_of_tied_ones_the_default(values, chosen):
    assert usual(values, 8) == usual(values[::-1], 8) == chosen
