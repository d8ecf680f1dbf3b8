"""The benchmark's made-up town, small: what is shared between the two books is found among thousands of other names."""

from rentaxis_pipelines_bench.matching import match_town


def test_every_shared_address_is_linked_and_a_misspelt_name_is_shown_to_a_person() -> None:
    """A letter left out anywhere in the name; how long it takes and how it grows, ``make bench`` says."""
    matched = match_town(4_000)
    assert matched.by_mail == 1
    assert matched.by_name >= 0.94
