"""What is typed into the search box: amounts as people write them, ids, names; whatever else stays harmless text."""

import unicodedata
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rentaxis_pipelines.reports.search_terms import LONGEST, SearchTooLong, amount_typed, search_terms

CENTS = st.integers(min_value=0, max_value=99_999_999_999).map(lambda cents: Decimal(cents) / 100)


@given(amount=CENTS, sign=st.sampled_from(["", "$", "$ ", " "]))
def test_an_amount_is_understood_however_it_is_written(amount: Decimal, sign: str) -> None:
    """With and without a dollar sign, and with or without commas, it is the same amount to the cent."""
    for written in (f"{amount:,.2f}", f"{amount:.2f}"):
        found = amount_typed(f"{sign}{written}")
        assert found == amount
        assert found is not None
        assert found.as_tuple().exponent == -2
    assert amount_typed(f"(${amount:,.2f})") == -amount == amount_typed(f"-${amount:,.2f}")


@given(amount=CENTS)
def test_whole_dollars_need_no_point(amount: Decimal) -> None:
    whole = amount.to_integral_value()
    assert amount_typed(f"${whole:,}") == whole == amount_typed(str(whole))


@pytest.mark.parametrize(
    "typed",
    ["", "$", ".", "-", "()", "1,25", "12,50.00", "1.250,00", "1250.001", "1e3", "1_250", "INV-1250", "١٢٥٠", "NaN", "Infinity", "0x10", "1250%", "1 ' or 1=1"],
)  # fmt: skip
def test_what_is_no_amount_is_never_taken_for_one(typed: str) -> None:
    assert amount_typed(typed) is None


@given(typed=st.text(st.characters(exclude_categories=()), max_size=LONGEST))
def test_any_text_becomes_one_that_a_database_takes(typed: str) -> None:
    """No control character or half of one is left, blanks are single, and nothing visible is lost."""
    terms = search_terms(typed)
    assert not [letter for letter in terms.text if unicodedata.category(letter) in ("Cc", "Cs")]
    assert terms.text == " ".join(terms.text.split())
    terms.text.encode()
    kept = [letter for letter in typed if unicodedata.category(letter) not in ("Cc", "Cs")]
    if not terms.only_id:
        assert "".join(terms.text.split()) == "".join("".join(kept).split())
    assert search_terms(terms.text).text == terms.text or terms.only_id or search_terms(terms.text).only_id


@given(source_id=st.text(st.characters(categories=("L", "N")), min_size=1, max_size=40))
def test_an_id_is_said_to_be_one(source_id: str) -> None:
    terms = search_terms(f"ID:  {source_id} ")
    assert (terms.text, terms.only_id, terms.amount) == (source_id, True, None)


def test_ten_kilobytes_are_refused_in_a_sentence() -> None:
    with pytest.raises(SearchTooLong, match="at most 200 characters"):
        search_terms("x" * 10_240)
    assert search_terms(" \t\n" * 5_000).is_empty
