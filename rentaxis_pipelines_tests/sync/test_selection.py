"""Which rows a person means: by record type, by number, by id. Pure."""

import pytest

from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.sync.selection import chosen
from rentaxis_pipelines_tests.support.planned import planned

ROWS = [
    planned("invoice", "5", source_label="Invoice 7"),
    planned("invoice", "7", source_label="Invoice 9"),
    planned("invoice", "abc", source_label="Invoice INV-0042"),
    planned("expense", "7", source_label="Expense 7 (Ace Plumbing)"),
    planned("expense_payment", "7", source_label="Payment of expense 7"),
    planned("tenant", "1", source_label="Tenant Jane Doe"),
]


@pytest.mark.parametrize(
    ("name", "meant"),
    {
        "invoices": {("invoice", "5"), ("invoice", "7"), ("invoice", "abc")},
        "expenses": {("expense", "7"), ("expense_payment", "7")},
        "inv-0042": {("invoice", "abc")},
        "invoice:INV-0042": {("invoice", "abc")},
        "jane doe": {("tenant", "1")},
        "Doe": {("tenant", "1")},
        # An id is never that of another record, even where it is another one's number.
        "invoice:7": {("invoice", "7")},
        "invoice:9": {("invoice", "7")},
        "invoice:5": {("invoice", "5")},
    }.items(),
)
def test_a_name_means_its_records(name: str, meant: set) -> None:
    assert chosen(ROWS, [name], ()) == meant
    assert chosen(ROWS, (), [name]) == {(row.source_type, row.source_id) for row in ROWS} - meant


def test_every_record_that_is_listed_as_possible_can_be_named() -> None:
    """A name of several is refused with the names of each."""
    with pytest.raises(CannotLaunch, match="could be several records: expense:7, ") as refused:
        chosen(ROWS, ["7"], ())
    listed = str(refused.value).partition("records: ")[2].partition(". Name")[0].split(", ")
    assert {key for name in listed for key in chosen(ROWS, [name], ())} == {
        tuple(name.split(":")) for name in listed
    }


@pytest.mark.parametrize("name", ["nobody", "ABC", "invoice:", "payments:5"])
def test_a_name_of_nothing_is_refused(name: str) -> None:
    """An id is written as it is: another case is another id."""
    with pytest.raises(CannotLaunch, match="is none of the rows"):
        chosen(ROWS, [name], ())
