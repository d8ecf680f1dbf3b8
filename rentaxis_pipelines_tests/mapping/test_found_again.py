"""Transactions with our marker that the ledger does not know: taken back as they are, brought up to date, or left to a person."""

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rentaxis_pipelines.mapping import found_again
from rentaxis_pipelines.mapping.deleted_at_source import plan_deleted_at_source
from rentaxis_pipelines.mapping.invoices import plan_invoice
from rentaxis_pipelines.mapping.outcome import AlreadyWritten, Existing, Facts, Mapped
from rentaxis_pipelines.model.payload import VOID_HASH, content_hash
from rentaxis_pipelines.model.refusal import Refusal
from rentaxis_pipelines.quickbooks.compare import differences, in_words

MARCH = dt.date(2026, 3, 31)


def as_quickbooks_has_it(planned: Any, **changes: Any) -> dict[str, Any]:
    """The object a create leaves behind: with what QuickBooks adds by itself."""
    lines = [{**line, "Id": str(number)} for number, line in enumerate(planned.payload["Line"], start=1)]
    total = {"Amount": planned.total, "DetailType": "SubTotalLineDetail"}
    return {
        **planned.payload,
        "Id": "301",
        "SyncToken": "0",
        "CustomerRef": {**planned.payload["CustomerRef"], "name": "Ann Lee"},
        "Line": [*lines, total],
        "TotalAmt": planned.total,
        "Balance": planned.total,
        "MetaData": {"CreateTime": "2026-03-01T00:00:00-08:00"},
        **changes,
    }


def standing(found: dict[str, Any], *, touched: bool = False, void: bool = False) -> Existing:
    return Existing(
        "Invoice",
        "301",
        VOID_HASH if void else "",
        txn_date=dt.date.fromisoformat(found["TxnDate"]),
        customer_id=found["CustomerRef"]["value"],
        current=found_again.fields_we_write(found),
        touched=touched,
    )


@pytest.mark.parametrize("touched", [False, True])
def test_what_says_the_same_is_taken_back_as_it_is(
    make: SimpleNamespace, with_policy: Any, touched: bool
) -> None:
    """Whoever touched it, such as a payment: its hash is the record's from now on."""
    invoice, context = make.invoice(), with_policy()
    planned = plan_invoice(invoice, None, context, Facts("58"))
    found = as_quickbooks_has_it(planned)
    outcome = plan_invoice(invoice, standing(found, touched=touched), context, Facts("58"))
    assert isinstance(outcome, Refusal)
    assert (outcome.code, outcome.status) == ("unchanged", "skipped")
    assert isinstance(outcome, AlreadyWritten)
    assert (outcome.known.content_hash, outcome.known.edited) == (content_hash(planned.payload), False)


def test_a_redated_one_in_closed_books_is_taken_back_too(make: SimpleNamespace, with_policy: Any) -> None:
    """It stands on another day than the record's, and nothing of a closed period may be written."""
    redate = with_policy(closing_date=MARCH, closed_period="redate")
    found = as_quickbooks_has_it(plan_invoice(make.invoice(), None, redate, Facts("58")))
    later = with_policy(closing_date=dt.date(2026, 12, 31), closed_period="redate")
    outcome = plan_invoice(make.invoice(), standing(found, touched=True), later, Facts("58"))
    assert isinstance(outcome, Refusal)
    assert outcome.code == "unchanged"
    own_day = plan_invoice(make.invoice(), None, with_policy(), Facts("58"))
    assert isinstance(outcome, AlreadyWritten)
    assert outcome.known.content_hash == content_hash(own_day.payload)
    assert outcome.known.payload["TxnDate"] == "2026-04-01"
    assert outcome.known.redated_from == make.invoice().invoice_date


def test_what_nobody_touched_is_brought_up_to_date_and_anything_else_is_left(
    make: SimpleNamespace, with_policy: Any
) -> None:
    """With the SyncToken of its creation the difference can only be RentAxis' own. Otherwise only force overwrites."""
    context = with_policy()
    found = as_quickbooks_has_it(plan_invoice(make.invoice(), None, context, Facts("58")))
    corrected = make.invoice(memo="corrected")
    assert isinstance(plan_invoice(corrected, standing(found), context, Facts("58")), Mapped)
    refused = plan_invoice(corrected, standing(found, touched=True), context, Facts("58"))
    assert isinstance(refused, Refusal)
    assert (refused.code, refused.status) == ("changed_in_quickbooks", "failed")
    assert "differs in memo" in refused.reason
    forced = plan_invoice(corrected, standing(found, touched=True), with_policy(force=True), Facts("58"))
    assert isinstance(forced, Mapped)
    assert forced.action == "update"


def test_a_number_a_person_gave_it_stays_and_is_no_conflict(make: SimpleNamespace, with_policy: Any) -> None:
    context = with_policy()
    found = as_quickbooks_has_it(plan_invoice(make.invoice(), None, context, Facts("58")), DocNumber="1042")
    outcome = plan_invoice(make.invoice(), standing(found, touched=True), context, Facts("58"))
    assert isinstance(outcome, Refusal)
    assert isinstance(outcome, AlreadyWritten)
    assert outcome.known.edited


def test_a_copy_of_another_day_number_and_total_is_not_overwritten(
    make: SimpleNamespace, with_policy: Any
) -> None:
    """A person's copy carries our marker, and nobody has touched it since."""
    context = with_policy()
    planned = plan_invoice(make.invoice(), None, context, Facts("58"))
    copy = as_quickbooks_has_it(planned, DocNumber="COPY", TxnDate="2026-08-01", TotalAmt=Decimal(1))
    outcome = plan_invoice(make.invoice(), standing(copy), context, Facts("58"))
    assert isinstance(outcome, Refusal)
    assert outcome.code == "changed_in_quickbooks"
    voided = plan_invoice(make.invoice(status="void"), standing(copy), context, Facts("58"))
    assert isinstance(voided, Refusal)
    assert voided.code == "changed_in_quickbooks"


def test_what_is_void_there_stays_void_unless_a_person_forces(
    make: SimpleNamespace, with_policy: Any
) -> None:
    context = with_policy()
    planned = plan_invoice(make.invoice(), None, context, Facts("58"))
    note = f"Voided - {planned.payload['PrivateNote']}"
    found = as_quickbooks_has_it(planned, TotalAmt=0, PrivateNote=note)
    found["Line"] = [{**line, "Amount": 0} for line in found["Line"]]
    assert found_again.is_void(found)
    live = plan_invoice(make.invoice(), standing(found, touched=True, void=True), context, Facts("58"))
    assert isinstance(live, Refusal)
    assert (live.code, "is void there" in live.reason) == ("changed_in_quickbooks", True)
    void = plan_invoice(
        make.invoice(status="void"), standing(found, touched=True, void=True), context, Facts("58")
    )
    assert isinstance(void, Refusal)
    assert void.code == "unchanged"
    forced = plan_invoice(
        make.invoice(), standing(found, touched=True, void=True), with_policy(force=True), Facts("58")
    )
    assert isinstance(forced, Mapped)


def test_one_that_rentaxis_does_not_have_is_voided_by_force_only(
    make: SimpleNamespace, with_policy: Any
) -> None:
    found = as_quickbooks_has_it(plan_invoice(make.invoice(), None, with_policy(), Facts("58")))
    existing = msgspec.structs.replace(standing(found), pushed=found_again.fields_we_write(found))
    left = plan_deleted_at_source(existing, with_policy(), "Invoice INV-1")
    assert isinstance(left, Refusal)
    assert left.code == "changed_in_quickbooks"
    forced = plan_deleted_at_source(existing, with_policy(force=True), "Invoice INV-1")
    assert isinstance(forced, Mapped)
    assert forced.action == "void"


FIELDS = st.sampled_from(("DueDate", "PrivateNote", "DocNumber", "TxnDate", "Line", "CustomerRef"))


@given(changed=st.sets(FIELDS), touched=st.booleans())
def test_nothing_a_person_may_have_changed_is_overwritten_and_nothing_is_made_again(
    make: SimpleNamespace, with_policy: Any, changed: set[str], touched: bool
) -> None:
    """Whatever differs: never a create; an update only of what nobody touched since it was made."""
    others = {
        "DueDate": "2027-01-01", "PrivateNote": "another\nRentAxis invoice 17", "DocNumber": "X-1", "TxnDate": "2026-05-05",
        "Line": [], "CustomerRef": {"value": "99"},
    }  # fmt: skip
    context = with_policy()
    planned = plan_invoice(make.invoice(), None, context, Facts("58"))
    found = as_quickbooks_has_it(planned, **{name: others[name] for name in changed})
    outcome = plan_invoice(make.invoice(), standing(found, touched=touched), context, Facts("58"))
    if isinstance(outcome, Mapped):
        assert (outcome.action, touched) == ("update", False)
    else:
        same = not differences(planned.payload, found_again.fields_we_write(found))
        assert outcome.code == ("unchanged" if same or changed == {"DocNumber"} else "changed_in_quickbooks")


def test_every_field_that_is_compared_is_said_in_words() -> None:
    """A reason names a date or a memo, never a field of QuickBooks' API."""
    written = {name for name in found_again._WRITTEN if in_words([name]) == name}
    assert written == set()
    assert in_words(["TxnDate", "Line"]) == "date, lines"
