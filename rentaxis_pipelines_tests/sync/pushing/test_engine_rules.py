"""The engine's pure rules: what an answer means, which rows travel together, request ids, what counts as changed."""

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.quickbooks.batch import Answered, Faulted, Missing
from rentaxis_pipelines.quickbooks.compare import differences
from rentaxis_pipelines.quickbooks.faults import Fault
from rentaxis_pipelines.sync.pushing.batching import batches, prepare, request_id_of, resend, waves
from rentaxis_pipelines.sync.pushing.verdicts import (
    NameInUse,
    NotExecuted,
    NotWritten,
    Stale,
    Stop,
    Unknown,
    Written,
    verdict_of,
)

ROW = PlannedRow(
    plan_id="p",
    position=0,
    phase=1,
    day=dt.date(2026, 3, 1),
    record_type="invoices",
    source_type="invoice",
    source_id="1",
    source_label="Invoice 1",
    amount=Decimal("10.00"),
    currency="USD",
    action="create",
    quickbooks_type="Invoice",
    payload={"DocNumber": "1"},
)
CHANGE = msgspec.structs.replace(ROW, action="update", quickbooks_id="5", sync_token="0")
RUN: Any = SimpleNamespace(
    realm="r", run_id="run", requested_by="me", now=lambda: dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
)
PLEASE_WAIT = "Business Validation Error: An unexpected error occurred while accessing or saving your data."


@pytest.mark.parametrize(
    ("code", "on_create", "on_update"),
    [
        ("3001", NotExecuted, NotExecuted),
        ("3200", NotExecuted, NotExecuted),
        ("10000", Unknown, Unknown),
        ("600", Unknown, Unknown),
        ("5010", Stale, Stale),
        ("610", "inactive_reference", Stale),
        ("2500", "inactive_reference", "inactive_reference"),
        ("620", "inactive_reference", "inactive_reference"),
        ("6140", NameInUse, NameInUse),
        ("6240", NameInUse, NameInUse),
        ("6210", "closed_period", "closed_period"),
        ("6540", "deposited", "deposited"),
        ("6190", Stop, Stop),
        ("3100", Stop, Stop),
        ("2020", "rejected", "rejected"),
        ("6000", "rejected", "rejected"),
    ],
)
def test_what_each_code_means_for_a_create_and_for_a_change(code, on_create, on_update):
    """Branching is on the code alone; a reason code stands for a refusal with it."""
    for row, meaning in ((ROW, on_create), (CHANGE, on_update)):
        verdict = verdict_of(row, Faulted(Fault(code, detail="Untranslated")), replayed=False)
        if isinstance(meaning, str):
            assert isinstance(verdict, NotWritten)
            assert (verdict.refusal.code, verdict.fault_code) == (meaning, code)
        else:
            assert isinstance(verdict, meaning)


ONE_NAME = "Business Validation Error: You can only add or edit one name at a time. Please try again."
ONE_PRODUCT = (
    "Business Validation Error: You can only add or edit one product or service at a time. Please try again."
)
DELETED = "Business Validation Error: You cannot modify a list element that has been deleted."
MATCHED = (
    "Business Validation Error: This transaction is matched to a downloaded transaction. If you want to change the account, "
    "you need to unmatch the transaction first."
)
ACTIVATE = "Business Validation Error: You need to activate this item before updating the quantity"


@pytest.mark.parametrize(
    ("code", "detail", "on_create", "on_update"),
    [
        ("6000", PLEASE_WAIT, Unknown, Unknown),
        ("6000", "Business Validation Error: Unexpected Internal Error. (-30000)", Unknown, Unknown),
        ("6000", ONE_NAME, NotExecuted, NotExecuted),
        ("6000", ONE_NAME.upper(), NotExecuted, NotExecuted),
        ("6000", ONE_PRODUCT, NotExecuted, NotExecuted),
        ("6000", "The product or service Rent is in use by another user.", NotExecuted, NotExecuted),
        ("6000", "The inventory of this company is locked.", NotExecuted, NotExecuted),
        ("6000", DELETED, "inactive_reference", Stale),
        ("6000", MATCHED, "matched_to_bank", "matched_to_bank"),
        ("6000", ACTIVATE, "inactive_reference", "inactive_reference"),
        ("5010", "Stale Object Error : Account Period Closed", "closed_period", "closed_period"),
        ("5010", "Stale Object Error : You and Ann were working on this", Stale, Stale),
        ("6000", "Vous ne pouvez modifier qu'un seul nom \u00e0 la fois", "rejected", "rejected"),
        ("6000", "You must set a transaction amount.", "rejected", "rejected"),
        ("2020", MATCHED, "rejected", "rejected"),
    ],
)
def test_what_a_text_means_where_one_code_stands_for_several_things(code, detail, on_create, on_update):
    """In any case of letters; an unknown text, another language or another code stays what the code says."""
    for row, meaning in ((ROW, on_create), (CHANGE, on_update)):
        verdict = verdict_of(row, Faulted(Fault(code, detail=detail)), replayed=False)
        if isinstance(meaning, str):
            assert isinstance(verdict, NotWritten)
            assert (verdict.refusal.code, verdict.fault_code) == (meaning, code)
            assert detail in verdict.refusal.reason
        else:
            assert isinstance(verdict, meaning)


def test_a_refusal_that_passes_goes_again_as_another_request():
    """The same id may bring the stored refusal back."""
    verdict = verdict_of(ROW, Faulted(Fault("6000", detail=ONE_NAME)), replayed=False)
    assert isinstance(verdict, NotExecuted)
    assert verdict.how == "new"


@pytest.mark.parametrize("detail", [PLEASE_WAIT, ONE_NAME, MATCHED, "Une erreur inattendue"])
def test_any_6000_on_a_replay_is_a_doubt_whatever_its_words(detail):
    """A replay under a live id may answer 6000 for what stands there (quickbooks-ruby pull request 344)."""
    assert isinstance(verdict_of(ROW, Faulted(Fault("6000", detail=detail)), replayed=True), Unknown)


@pytest.mark.parametrize(
    "answer",
    [
        Missing(),
        Answered("Payment", {"Id": "1", "SyncToken": "0"}),
        Answered("Invoice", {"Id": "1"}),
        Answered("Invoice", {}),
    ],
)
def test_an_answer_that_is_not_the_whole_object_proves_nothing(answer):
    assert isinstance(verdict_of(ROW, answer, replayed=False), Unknown)


def test_a_whole_object_of_the_right_type_is_written():
    assert verdict_of(ROW, Answered("Invoice", {"Id": "1", "SyncToken": "0"}), replayed=False) == Written(
        {"Id": "1", "SyncToken": "0"}
    )


KEYS = st.lists(st.sampled_from("abcdef"), max_size=3, unique=True)


@given(st.lists(KEYS, max_size=40))
def test_no_wave_holds_two_rows_of_one_key_and_rows_of_one_key_keep_their_order(keys):
    """Every row is in exactly one wave."""
    rows = [
        msgspec.structs.replace(ROW, position=position, conflict_keys=own)
        for position, own in enumerate(keys)
    ]
    found = waves(rows)
    assert sorted(row.position for wave in found for row in wave) == list(range(len(rows)))
    wave_of = {row.position: number for number, wave in enumerate(found) for row in wave}
    for later in rows:
        for earlier in rows[: later.position]:
            if set(earlier.conflict_keys) & set(later.conflict_keys):
                assert wave_of[earlier.position] < wave_of[later.position]


@given(st.lists(st.sampled_from(["create", "update", "void"]), max_size=100), st.integers(1, 30))
def test_batches_keep_to_their_size_hold_every_row_once_and_never_mix_creates_with_changes(actions, size):
    rows = [
        msgspec.structs.replace(ROW, position=position, action=action)
        for position, action in enumerate(actions)
    ]
    found = batches(rows, size)
    assert sorted(row.position for batch in found for row in batch) == list(range(len(rows)))
    assert all(1 <= len(batch) <= size for batch in found)
    assert all(len({row.action == "create" for row in batch}) == 1 for batch in found)


IDS = st.lists(st.tuples(st.text(max_size=8), st.integers(0, 3)), min_size=1, max_size=5)


@given(st.text(max_size=5), IDS, st.binary(max_size=20), st.text(max_size=5), IDS, st.binary(max_size=20))
def test_a_request_id_is_the_same_for_the_same_content_and_no_other(realm, ids, body, realm_2, ids_2, body_2):
    """Realm, records, generations and the exact bytes make the id; it fits a batch's 36 characters."""

    def rows(found):
        return [msgspec.structs.replace(ROW, source_id=one, generation=number) for one, number in found]

    one, two = request_id_of(realm, rows(ids), body), request_id_of(realm_2, rows(ids_2), body_2)
    assert (one == two) == ((realm, ids, body) == (realm_2, ids_2, body_2))
    assert len(one) <= 36


def test_a_request_sent_again_keeps_its_id_and_its_bytes_and_counts():
    prepared = prepare(RUN, [ROW, msgspec.structs.replace(ROW, source_id="2", payload={"DocNumber": "2"})])
    again = resend(prepared, dt.datetime(2026, 3, 2, tzinfo=dt.UTC))
    assert (again.request.request_id, again.request.body) == (
        prepared.request.request_id,
        prepared.request.body,
    )
    assert (prepared.request.attempts, again.request.attempts) == (1, 2)


@pytest.mark.parametrize(
    ("ours", "theirs", "changed"),
    [
        ({"TotalAmt": Decimal("100.00")}, {"TotalAmt": 100}, []),
        ({"TotalAmt": Decimal("100.00")}, {"TotalAmt": Decimal("100.01")}, ["TotalAmt"]),
        ({"CustomerRef": {"value": "3"}}, {"CustomerRef": {"value": "3", "name": "Ann"}}, []),
        ({"CustomerRef": {"value": "3"}}, {"CustomerRef": {"value": "4", "name": "Ann"}}, ["CustomerRef"]),
        ({"PrivateNote": ""}, {}, []),
        ({"PrivateNote": "x"}, {}, ["PrivateNote"]),
        ({"Line": []}, {}, []),
        ({"Line": []}, {"Line": [{"Amount": 1, "DetailType": "SubTotalLineDetail"}]}, []),
        ({"Line": [{"Amount": 1}]}, {"Line": [{"Amount": 1, "Id": "1"}, {"Amount": 2}]}, ["Line"]),
        ({"Line": [{"Amount": 1}, {"Amount": 2}]}, {"Line": [{"Amount": 2}, {"Amount": 1}]}, []),
        ({"Line": [{"Amount": 1}, {"Amount": 1}]}, {"Line": [{"Amount": 1}, {"Amount": 2}]}, ["Line"]),
        ({"Active": True}, {"Active": 1, "Other": "theirs"}, []),
        ({}, {"Anything": "else"}, []),
    ],
)
def test_only_what_we_wrote_counts_as_changed(ours, theirs, changed):
    """QuickBooks adds ids, names of references and a subtotal line; the order of lines is its own."""
    assert differences(ours, theirs) == changed
