"""Money in every sentence: thousands apart, cents always, never rounded."""

import re
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from rentaxis_pipelines.model.money import as_read


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2))
def test_any_amount_in_cents_reads_back_and_has_its_commas(amount: Decimal):
    said = as_read(amount)
    assert Decimal(said.replace(",", "")) == amount
    assert re.fullmatch(r"-?\d{1,3}(,\d{3})*\.\d\d", said)


def test_what_is_no_amount_in_cents_keeps_its_digits():
    assert as_read(Decimal("1234.125")) == "1,234.125"
    assert as_read(Decimal("1200")) == "1,200.00"
