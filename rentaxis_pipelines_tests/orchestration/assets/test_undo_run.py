"""A run is taken back by a tag of another run, previewed first or at once; its days are looked at, not pushed."""

import pytest

from rentaxis_pipelines.orchestration.names import PUSH_APPROVED, UNDO_RUN

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
FIRST, LAST = "2026-05-01", "2026-05-02"


def undo(running_company, **tags: str):
    """The job with these tags and no configuration at all."""
    return running_company.execute(UNDO_RUN, {}, {"requested_by": "Ann", **tags})


def open_invoices(running_company) -> list[str]:
    """The invoices in QuickBooks that are worth something."""
    return [
        invoice["Id"] for invoice in running_company.objects("Invoice") if float(invoice["TotalAmt"]) != 0
    ]


def test_a_run_is_undone_by_its_tag_alone_and_once(running_company):
    """All its invoices are void; the days it touched are observed and count as pushed no further; a second time there is nothing left."""
    before = open_invoices(running_company)
    pushed = running_company.launch("bulk_sync", FIRST, LAST, types=["invoices"])
    assert pushed.success, pushed.why
    assert len(open_invoices(running_company)) > len(before)

    undone = undo(running_company, undo=pushed.run_id[:8])

    assert undone.success, undone.why
    assert open_invoices(running_company) == before
    assert not undone.metadata("sync_results")
    assert {None, FIRST} <= set(undone.observed("sync_results"))
    assert undone.checks["run_adds_up"].passed
    tags = running_company.instance.get_run_by_id(undone.run_id).tags
    assert tags["kind"] == "undo"
    assert tags["counts"].endswith(("rows", "attention"))
    assert tags["days"]
    written = running_company.writes()
    again = undo(running_company, undo=pushed.run_id)
    assert "has already been undone by Ann" in again.why
    assert running_company.writes() == written


def test_an_undo_is_looked_at_first_and_approved_as_it_was_seen(running_company):
    """``only`` chooses rows; the preview sends nothing and is a plan like any other."""
    pushed = running_company.launch("bulk_sync", FIRST, LAST, types=["expenses"])
    assert pushed.success, pushed.why
    written = running_company.writes()
    looked = undo(running_company, undo=pushed.run_id, only="expenses", preview="yes")
    assert looked.success, looked.why
    assert running_company.writes() == written
    assert running_company.instance.get_run_by_id(looked.run_id).tags["kind"] == "preview"
    approved = running_company.execute(PUSH_APPROVED, {}, {"plan": looked.run_id[:8], "requested_by": "Ann"})
    assert approved.success, approved.why
    assert running_company.writes() > written
    left = running_company.sql(
        "select status from ledger.row_results where run_id = %s and source_type = 'expense' and status = 'failed'",
        approved.run_id,
    )
    assert left == []


WRONG = {
    "no run": ({}, "Which run?"),
    "an empty tag": ({"undo": ""}, "The tag undo is empty"),
    "a run that does not exist": ({"undo": "ffffffff"}, "no run whose id begins with 'ffffffff'"),
    "too little of it": ({"undo": "f"}, "at least the first 4 characters"),
    "without": ({"undo": "{run}", "without": "invoices"}, "The tag without is for push_approved, not for undo_run"),
    "only nothing": ({"undo": "{run}", "only": ","}, "',' names no rows"),
    "rows of another run": ({"undo": "{run}", "only": "INV-999999"}, "'INV-999999' is none of the rows"),
    "a preview": ({"undo": "{preview}"}, "was a preview: it wrote nothing"),
}  # fmt: skip


def test_what_cannot_be_undone_is_refused_in_a_sentence(running_company):
    """And nothing is sent."""
    preview = running_company.launch("bulk_sync", FIRST, LAST, preview="yes", types=["expenses"]).run_id
    run = running_company.launch("bulk_sync", FIRST, LAST, types=["expenses"]).run_id
    written = running_company.writes()
    for case, (tags, sentence) in WRONG.items():
        typed = {
            name: value.replace("{run}", run).replace("{preview}", preview) for name, value in tags.items()
        }
        refused = undo(running_company, **typed)
        assert not refused.success, case
        assert sentence in refused.why, (case, refused.why)
    assert running_company.writes() == written
