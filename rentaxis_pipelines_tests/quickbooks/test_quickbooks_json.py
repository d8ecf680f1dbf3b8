"""Money crosses the wire to the cent, and no float ever does."""

import math
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rentaxis_pipelines.quickbooks.json import decode, encode, money

amounts = st.decimals(
    min_value=Decimal("-999999999999999.99"), max_value=Decimal("999999999999999.99"), places=2
)


@given(amounts)
def test_an_amount_survives_the_wire_with_both_its_decimals(amount):
    """15 digits and 2 decimals, as QuickBooks takes them, read back as the same Decimal."""
    body = encode({"Amount": money(amount)})
    written = body.removeprefix(b'{"Amount":').removesuffix(b"}").decode()
    assert len(written.partition(".")[2]) == 2
    back = decode(body)["Amount"]
    assert type(back) is Decimal
    assert back == amount


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text() | amounts,
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=20,
    )
)
def test_any_payload_survives_the_wire(payload):
    assert decode(encode(payload)) == payload


def test_quickbooks_zero_and_hundred_are_read_exactly():
    """QuickBooks writes 0 for nothing and 100.00 for a hundred (recorded traffic)."""
    content = decode(b'{"Balance":0,"TotalAmt":100.10,"Qty":4.5}')
    assert content == {"Balance": 0, "TotalAmt": Decimal("100.10"), "Qty": Decimal("4.5")}
    assert not any(isinstance(value, float) for value in content.values())


@pytest.mark.parametrize(
    "payload",
    [
        1.5,
        {"Amount": 100.0},
        [{"Line": [{"Amount": math.pi}]}],
        (0.1,),
        {"Amount": np.float64(100.0)},
        Decimal("NaN"),
        {"Amount": Decimal("Infinity")},
    ],
)
def test_a_float_or_a_number_that_is_none_is_refused(payload):
    with pytest.raises(TypeError):
        encode(payload)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (100, b"100.00"),
        (Decimal("0.1"), b"0.10"),
        (Decimal("1E+2"), b"100.00"),
        (Decimal("33.3300"), b"33.33"),
        (0, b"0.00"),
        (Decimal("-7"), b"-7.00"),
    ],
)
def test_money_is_written_with_two_decimals(value, written):
    assert encode(money(value)) == written


@pytest.mark.parametrize("value", [Decimal("0.001"), Decimal("33.333"), Decimal("-0.005")])
def test_a_fraction_of_a_cent_is_never_rounded_away(value):
    with pytest.raises(ValueError, match="cent"):
        money(value)


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"a":', b"\xff", b"[" * 10_000])
def test_what_is_not_json_is_a_value_error(body):
    with pytest.raises(ValueError):
        decode(body)
