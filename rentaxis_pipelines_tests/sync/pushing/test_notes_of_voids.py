"""Why a record was voided stands in QuickBooks' note: written before the void, whatever fault comes between, and once.

QuickBooks' void takes no note (the emulated company ignores one, as the reference shows none).
"""

import msgspec
import pytest

from rentaxis_pipelines.sync.pushing.recover import recover

WHY = "Void in RentAxis: Entered twice\nRentAxis invoice 1"


def voided(company, source_id: str = "1"):
    """The planned void of an invoice that stands, as planning makes it."""
    link = company.link("invoice", source_id)
    row = company.void(company.invoice(source_id))
    return msgspec.structs.replace(row, payload={"PrivateNote": WHY}, mapped=link.mapped)


def standing(company):
    (found,) = company.objects("Invoice")
    return found


def test_the_reason_arrives_and_the_row_is_one(company) -> None:
    """Two requests, one result; a second void says nothing anew."""
    company.push(company.invoice("1"))
    found = company.push(voided(company))
    assert [(one.status, one.action) for one in found.values()] == [("updated", "void")]
    assert (standing(company)["PrivateNote"], standing(company)["TotalAmt"]) == (f"Voided - {WHY}", 0)
    link = company.link("invoice", "1")
    assert (link.state, link.sync_token) == ("void", standing(company)["SyncToken"])


@pytest.mark.parametrize("requestid", ["documented", "ignored"])
@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize(
    "fault",
    [
        {"action": "lose_answer"},
        {"action": "reset"},
        {"action": "answer", "status": 502, "body": "", "commit": True},
        {"action": "answer", "code": "3001"},
        {"action": "drop_items", "items": [0]},
    ],
    ids=lambda rule: rule["action"],
)
def test_a_fault_on_the_note_or_on_the_void_leaves_both_done(company, fault, times, requestid) -> None:
    """The first batch is the note; its repetition, or the void's own batch, may fail as well."""
    company.push(company.invoice("1"))
    company.ask("switches", {"requestid": requestid})
    company.fault(operation="batch", **fault, times=times)
    found = company.push(voided(company))
    assert [one.status for one in found.values()] == ["updated"]
    assert (standing(company)["PrivateNote"], standing(company)["TotalAmt"]) == (f"Voided - {WHY}", 0)


def test_a_run_that_ends_between_the_note_and_the_void_is_carried_on(company) -> None:
    """The note is known to stand, the invoice is not taken for voided, and the next void goes."""
    company.push(company.invoice("1"))
    company.stop_requested = lambda: standing(company)["PrivateNote"] == WHY
    assert company.push(voided(company))["1"].reason_code == "not_reached"
    company.stop_requested = lambda: False
    link = company.link("invoice", "1")
    assert (link.state, link.mapped["PrivateNote"], link.content_hash) == ("live", WHY, "")
    assert standing(company)["TotalAmt"] != 0
    assert company.push(voided(company))["1"].status == "updated"
    assert (standing(company)["PrivateNote"], standing(company)["TotalAmt"]) == (f"Voided - {WHY}", 0)


def test_a_note_whose_answer_is_lost_with_the_run_is_recovered_as_a_note(company) -> None:
    """Never as the void it was to come before."""
    company.push(company.invoice("1"))
    company.fault(operation="batch", action="lose_answer", times=0)
    company.fault(operation="query", action="reset", times=0)
    assert company.push(voided(company))["1"].status == "failed"
    company.ask("faults", {"clear": True})
    with company.run() as run:
        assert recover(run) == 1
    link = company.link("invoice", "1")
    assert (link.state, link.mapped["PrivateNote"]) == ("live", WHY)
    assert company.push(voided(company))["1"].status == "updated"
    assert (standing(company)["PrivateNote"], standing(company)["TotalAmt"]) == (f"Voided - {WHY}", 0)


def test_a_note_that_quickbooks_refuses_keeps_nobody_from_the_void(company) -> None:
    company.push(company.invoice("1"))
    refused = {
        "Error": [{"Message": "String length", "Detail": "", "code": "2050"}],
        "type": "ValidationFault",
    }
    company.fault(operation="batch", action="fault_items", items=[0], body=refused)
    assert company.push(voided(company))["1"].status == "updated"
    assert standing(company)["TotalAmt"] == 0


def test_what_a_person_changed_since_is_neither_noted_nor_voided(company) -> None:
    """The note is refused as any change would be, and the void does not slip in behind it."""
    company.push(company.invoice("1"))
    row = voided(company)
    company.hand("edit", entity="Invoice", id=row.quickbooks_id, fields={"TxnDate": "2026-09-01"})
    found = company.push(row)["1"]
    assert (found.status, found.reason_code) == ("failed", "changed_in_quickbooks")
    assert standing(company)["TotalAmt"] != 0
    assert "Void" not in standing(company)["PrivateNote"]
