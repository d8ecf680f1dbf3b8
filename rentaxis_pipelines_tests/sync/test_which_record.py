"""Which of the records found is meant: exact before upper and lower case, never one of several in silence, an id where it is said to be one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rentaxis_pipelines.sync.which_record import (
    Found,
    RecordNotFound,
    SeveralRecords,
    best_fit,
    only_one,
)

WORDS = st.sampled_from(["1", "2", "INV-1", "inv-1", "Inv-1", "Ann Ames", "ANN AMES", "é", "É"])
RECORDS = st.dictionaries(WORDS, st.lists(WORDS, max_size=2), max_size=5).map(
    lambda named: [
        Found(source_type="invoice", source_id=source_id, label="", names=tuple(names))
        for source_id, names in named.items()
    ]
)


@given(wanted=WORDS, records=RECORDS, by_id=st.booleans())
def test_what_is_typed_means_the_records_that_are_called_so(
    wanted: str, records: list[Found], by_id: bool
) -> None:
    def called(one: Found) -> list[str]:
        return [one.source_id] if by_id else [one.source_id, *one.names]

    fitting = best_fit(wanted, records, by_id=by_id)
    exact = [one for one in records if wanted in called(one)]
    folded = [one for one in records if wanted.casefold() in [word.casefold() for word in called(one)]]
    assert fitting == (exact or folded)
    if len(fitting) == 1:
        assert only_one("invoice", wanted, fitting) is fitting[0]
        return
    with pytest.raises(SeveralRecords if fitting else RecordNotFound, match="Nothing was started"):
        only_one("invoice", wanted, fitting)


def test_no_error_holds_a_name() -> None:
    """A run's log holds the error: neither what was typed for a tenant, nor whom it fits, stands in it."""
    records = [
        Found(source_type="tenant", source_id=str(number), label="Tenant Ann Ames", names=("Ann Ames",))
        for number in (4, 7)
    ]
    with pytest.raises(SeveralRecords) as several:
        only_one("tenant", "Ann Ames", records)
    with pytest.raises(RecordNotFound) as none:
        only_one("tenant", "Ann Ames", [])
    assert "Ames" not in f"{several.value}{none.value}"
    assert "id:4, id:7" in str(several.value)
