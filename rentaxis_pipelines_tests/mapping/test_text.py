"""Names, numbers and memos are legal in QuickBooks for any text RentAxis may hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rentaxis_pipelines.mapping import text
from rentaxis_pipelines.model.marker import marker, parse_marker


def units(value: str) -> int:
    return len(value.encode("utf-16-le")) // 2


@given(st.text(max_size=700))
def test_any_text_becomes_a_legal_display_name(raw: str) -> None:
    """1 to 500 long, trimmed, no colon, tab, line end or other control character; nothing changes the
    second time.
    """
    name = text.legal_display_name(raw)
    assert 1 <= units(name) <= 500
    assert name == name.strip()
    assert not set(name) & set(":\t\n\r")
    assert all(letter.isprintable() for letter in name)
    assert text.legal_display_name(name) == name


@given(st.text(max_size=700), st.text(min_size=1, max_size=200))
def test_a_suffixed_name_is_legal_and_keeps_its_suffix(raw: str, suffix: str) -> None:
    name = text.with_suffix(raw, f"tenant {suffix}")
    assert units(name) <= 500
    assert name.endswith(")")
    assert "(tenant" in name
    assert text.legal_display_name(name) == name


@given(st.text(min_size=300, max_size=700))
def test_two_long_names_of_one_beginning_stay_apart_by_their_suffix(raw: str) -> None:
    assert text.with_suffix(raw, "tenant 1") != text.with_suffix(raw, "tenant 2")


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("Ann Lee", "Ann Lee"),
        ("  Ann\tLee\n", "Ann Lee"),
        ("Lee: Ann", "Lee - Ann"),
        ("O'Brien & Söhne", "O'Brien & Söhne"),
        ("李小龍", "李小龍"),
        ("محمد", "محمد"),
        ("Ann\u200bLee", "AnnLee"),
        ("", "Unnamed"),
        (" : ", "-"),
        (None, "Unnamed"),
        ("x" * 501, "x" * 500),
    ],
)
def test_display_names(raw: str | None, name: str) -> None:
    assert text.legal_display_name(raw) == name


@given(st.text(min_size=1, max_size=60), st.sampled_from("IPEB"))
def test_a_derived_number_is_legal_and_stable(source_id: str, letter: str) -> None:
    number = text.derived_number(letter, source_id)
    assert text.is_legal_number(number)
    assert number.isascii()
    assert number == text.derived_number(letter, source_id)


@given(st.text(min_size=1, max_size=60), st.text(min_size=1, max_size=60))
def test_two_records_never_share_a_derived_number(first: str, second: str) -> None:
    same = text.derived_number("I", first) == text.derived_number("I", second)
    assert same == (first == second)


@pytest.mark.parametrize(
    ("number", "legal"),
    [
        ("INV-1", True),
        ("x" * 21, True),
        ("x" * 22, False),
        ("", False),
        (None, False),
        ("A\tB", False),
        (" A", False),
    ],
)
def test_which_numbers_can_stand_as_they_are(number: str | None, legal: bool) -> None:
    assert text.is_legal_number(number) is legal


@given(st.lists(st.one_of(st.none(), st.text(max_size=3000)), max_size=4), st.text(min_size=1, max_size=40))
def test_a_memo_fits_and_always_ends_with_its_marker(parts: list[str | None], source_id: str) -> None:
    ending = marker("invoice", source_id)
    note = text.private_note(parts, ending)
    assert units(note) <= 4000
    assert note.endswith(ending)
    assert parse_marker(note) == ("invoice", source_id)


@pytest.mark.parametrize(
    ("note", "found"),
    [
        ("RentAxis invoice 17", ("invoice", "17")),
        ("Voided - RentAxis invoice 17", ("invoice", "17")),
        ("Voided\nmemo\nRentAxis expense_payment 4\n", ("expense_payment", "4")),
        ("RentAxis invoice 5\nRentAxis payment 9", ("payment", "9")),
        ("memo RentAxis invoice 5 RentAxis payment 9", ("payment", "9")),
        ("RentAxis invoice 17\nchecked by Dana", ("invoice", "17")),
        ("RentAxis invoice 17 by hand", None),
        ("just a memo", None),
        ("", None),
        (None, None),
    ],
)
def test_the_marker_is_found_at_the_end_of_a_note(note: str | None, found: tuple[str, str] | None) -> None:
    assert parse_marker(note) == found
