"""The history of a record: who did what when, field by field, in an accountant's words; and what is said where nothing was done."""

import datetime as dt
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.versions import LinkVersion
from rentaxis_pipelines.reports.history import RecordHistory, record_history
from rentaxis_pipelines.reports.plan_changes import Words
from rentaxis_pipelines.reports.plan_lists import Lists

AT = dt.datetime(2026, 10, 3, 2, 5, tzinfo=dt.UTC)
NEW_YORK = ZoneInfo("America/New_York")
WORDS = Words(Lists(names={("Item", "7"): "Rent", ("Customer", "58"): "Jane Doe"}))


def an_invoice(amount: str = "1200.00", **changes: Any) -> dict[str, Any]:
    """An invoice as QuickBooks answers: with a subtotal line, a balance and a SyncToken."""
    line = {
        "Id": "1",
        "DetailType": "SalesItemLineDetail",
        "Amount": Decimal(amount),
        "Description": "October",
        "SalesItemLineDetail": {"ItemRef": {"value": "7"}},
    }
    subtotal = {"DetailType": "SubTotalLineDetail", "Amount": Decimal(amount)}
    whole = {
        "Id": "145",
        "SyncToken": "0",
        "DocNumber": "INV-0042",
        "TxnDate": "2026-10-01",
        "CustomerRef": {"value": "58", "name": "Jane Doe"},
        "Line": [line, subtotal],
        "TotalAmt": Decimal(amount),
        "Balance": Decimal(amount),
        "MetaData": {"LastUpdatedTime": "2026-10-03T02:05:00Z"},
    }
    return whole | changes


def version(**changes: Any) -> LinkVersion:
    facts: dict[str, Any] = {
        "version_id": 1,
        "realm": "9",
        "source_type": "invoice",
        "source_id": "12",
        "source_label": "Invoice INV-0042",
        "quickbooks_type": "Invoice",
        "quickbooks_id": "145",
        "sync_token": "0",
        "action": "create",
        "run_id": "1a2b3c4d-5e6f",
        "who": "Dana Reyes",
        "at": AT,
        "after": an_invoice(),
    }
    return LinkVersion(**(facts | changes))


def a_link() -> Link:
    return Link(
        realm="9", source_type="invoice", source_id="12", quickbooks_type="Invoice", quickbooks_id="145", sync_token="0",
        content_hash="h", mapped={}, owned=[], origin="created", updated_at=AT,
    )  # fmt: skip


def told(*versions: LinkVersion, link: Link | None = None) -> RecordHistory:
    return record_history(("invoice", "12"), "Invoice INV-0042", versions, link, WORDS, NEW_YORK)


def changes(version: LinkVersion) -> list[tuple[str, str, str]]:
    (entry,) = told(version).entries
    return [(change.field, change.stands, change.will_stand) for change in entry.changes]


def test_who_did_it_when_and_in_which_run_is_said_in_the_companys_zone() -> None:
    ours, theirs = told(
        version(), version(action="edited", run_id=None, who="somebody in QuickBooks", before=an_invoice())
    ).entries
    assert ours.heading == "Run 1a2b3c4d, requested by Dana Reyes: invoice 145 created"
    assert f"{ours.at:%Y-%m-%d %H:%M %Z}" == "2026-10-02 22:05 EDT"
    assert theirs.heading == "Somebody in QuickBooks changed invoice 145"
    assert (ours.run, theirs.run) == ("1a2b3c4d", None)


def test_a_creation_says_its_fields_and_its_lines_by_name() -> None:
    assert changes(version()) == [
        ("amount", "", "1,200.00"),
        ("customer", "", "Jane Doe"),
        ("date", "", "2026-10-01"),
        ("number", "", "INV-0042"),
        ("line 1", "", "Rent: October, 1,200.00"),
    ]


def test_a_change_says_what_stood_and_what_stands_of_the_fields_that_differ() -> None:
    """A balance that a payment moved, the SyncToken and the subtotal are no changes."""
    after = an_invoice("1300.00", SyncToken="3", Balance=Decimal("5.00"), DueDate="2026-11-01")
    assert changes(version(action="update", before=an_invoice(), after=after)) == [
        ("amount", "1,200.00", "1,300.00"),
        ("due date", "", "2026-11-01"),
        ("line 1", "Rent: October, 1,200.00", "Rent: October, 1,300.00"),
    ]


def test_a_void_says_the_amount_and_the_memo() -> None:
    emptied = an_invoice("0.00", PrivateNote="Voided - Entered twice", TotalAmt=0)
    assert changes(version(action="void", before=an_invoice(PrivateNote="Entered twice"), after=emptied)) == [
        ("amount", "1,200.00", "0.00 (voided)"),
        ("line 1", "Rent: October, 1,200.00", "Rent: October, 0.00"),
        ("memo", "Entered twice", "Voided - Entered twice"),
    ]


def test_a_deletion_says_what_went() -> None:
    (entry,) = told(version(action="delete", before=an_invoice(), after=None, sync_token="")).entries
    assert ("amount", "1,200.00", "") in [
        (change.field, change.stands, change.will_stand) for change in entry.changes
    ]
    assert entry.heading.endswith("invoice 145 deleted")


def test_a_name_that_was_made_inactive_says_so() -> None:
    name = {"Id": "58", "SyncToken": "0", "DisplayName": "Jane Doe", "Active": True}
    inactive = version(
        quickbooks_type="Customer", action="update", before=name, after=name | {"Active": False}
    )
    assert changes(inactive) == [("status", "active", "inactive")]


def test_where_it_is_not_known_what_stood_before_the_entry_says_so() -> None:
    unknown = told(version(action="update", before=None)).entries[0]
    assert (unknown.before_known, told(version()).entries[0].before_known) == (False, True)


@pytest.mark.parametrize(
    ("versions", "link", "remark"),
    [
        ([], None, "Nothing has been done to Invoice INV-0042 in QuickBooks."),
        (
            [],
            a_link(),
            "Invoice INV-0042 is invoice 145 in QuickBooks, linked or written last on October 2, 2026. "
            "Nothing has been done to it since versions are kept.",
        ),
        ([version()], a_link(), ""),
        (
            [version(action="update", before=an_invoice())],
            a_link(),
            "What was done to it earlier was not kept: it was linked before versions were.",
        ),
    ],
    ids=["never pushed", "pushed long ago", "whole", "older than its versions"],
)
def test_what_the_versions_do_not_say_is_said(versions, link, remark) -> None:
    assert told(*versions, link=link).remark == remark


def test_for_programs_it_is_plain_json_with_both_sides_of_every_change() -> None:
    said = msgspec.json.decode(msgspec.json.encode(told(version()).as_dict()))
    (entry,) = said["versions"]
    assert (entry["run_id"], entry["at"], entry["before_known"]) == (
        "1a2b3c4d-5e6f", "2026-10-02T22:05:00-04:00", True,
    )  # fmt: skip
    assert entry["changes"][0] == {"field": "amount", "before": "", "after": "1,200.00"}
