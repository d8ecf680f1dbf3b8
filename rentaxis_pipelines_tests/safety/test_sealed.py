"""Sealed numbers: opened by their keys alone, the same text every time, and no more of them shown than four digits."""

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from rentaxis_pipelines.quickbooks.faults import TokenUnreadable
from rentaxis_pipelines.quickbooks.tax_ids import same_tax_id, with_tax_ids, without_tax_ids
from rentaxis_pipelines.safety.sealed import CannotOpen, is_sealed, last_four, masked, opened, seal

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
numbers = st.from_regex(r"[0-9]{3}-[0-9]{2}-[0-9]{4}|[0-9]{2}-[0-9]{7}|[0-9]{9}", fullmatch=True).filter(
    str.isascii
)


@given(numbers)
def test_what_is_sealed_is_opened_by_any_of_the_keys_and_is_the_same_text_every_time(number: str) -> None:
    """A content hash and the body of a request sent again depend on that; a new first key makes another text, which is opened too."""
    sealed = seal(number, OLD)
    assert sealed is not None and is_sealed(sealed)
    assert sealed == seal(number, OLD) != seal(number, NEW)
    assert opened(sealed, f"{NEW}, {OLD}") == number
    assert number not in sealed and number.replace("-", "") not in sealed
    assert masked(sealed) == masked(f"XXXXX{number[-4:]}") == masked(number) == f"***-**-{number[-4:]}"
    with pytest.raises(CannotOpen):
        opened(sealed, NEW)


@pytest.mark.parametrize(
    "text", ["", "1234", "12345678", "1234567890", "see the file", "123-45-678a", "٣٢١-٤٥-٦٧٨٩"]
)
def test_what_is_no_tax_id_is_not_sealed(text: str) -> None:
    assert seal(text, OLD) is None


@given(numbers)
def test_a_request_goes_out_whole_and_its_answer_comes_back_masked(number: str) -> None:
    """Opened in the field alone: a memo that looks sealed, even one that quotes the field, goes out as it was written."""
    sealed = seal(number, OLD)
    assert sealed is not None
    memo = f'"PrivateNote":"\\"TaxIdentifier\\":\\"{sealed}\\" {sealed}"'.encode()
    body = b'{"TaxIdentifier":"' + sealed.encode() + b'",' + memo + b"}"
    sent = with_tax_ids(body, f"{NEW} {OLD}")
    assert sent == b'{"TaxIdentifier":"' + number.encode() + b'",' + memo + b"}"
    answer = (
        b'{"TaxIdentifier": "'
        + number.encode()
        + b'","Detail":"no '
        + number.replace("-", "").encode()
        + b'"}'
    )
    kept = without_tax_ids(answer, body, sent)
    assert number.encode() not in kept and number.replace("-", "").encode() not in kept
    assert number[-4:].encode() in kept
    with pytest.raises(TokenUnreadable, match="PIPELINES_SECRET_KEY"):
        with_tax_ids(body, NEW)


@pytest.mark.parametrize(
    ("ours", "theirs", "same"),
    [
        (seal("123-45-6789", OLD), "XXXXXXX6789", True),
        (seal("123-45-6789", OLD), "XXXXX6789", True),
        (seal("123-45-6789", OLD), "XXXXX6788", False),
        (seal("123-45-6789", OLD), None, False),
        ("", None, True),
        (None, "", True),
    ],
    ids=str.split(
        "as_shown shorter another none_shown none_of_both empty"
    ),  # a sealed number is never twice the same
)
def test_a_number_is_compared_by_what_quickbooks_shows_of_it(
    ours: object, theirs: object, same: bool
) -> None:
    assert same_tax_id(ours, theirs) is same


def test_a_short_number_shows_nothing() -> None:
    assert last_four("123") == last_four("1234") == ""
