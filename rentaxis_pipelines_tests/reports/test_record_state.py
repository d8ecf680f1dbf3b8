"""How a record stands in one sentence: whatever the ledger knows of it, an accountant reads what, since when, why and what to do."""

import datetime as dt
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from rentaxis_pipelines.model.decisions import Decision, DecisionState, Question
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.reasons import REASONS, ReasonCode
from rentaxis_pipelines.model.results import RowResult
from rentaxis_pipelines.reports.record_names import for_people, own_name, record_name
from rentaxis_pipelines.reports.record_state import RecordFacts, RecordState, object_in_words, state_of

NEW_YORK = ZoneInfo("America/New_York")
AT = dt.datetime(2026, 11, 4, 2, 5, tzinfo=dt.UTC)  # Nov 3 in New York
LINK = Link(
    realm="9", source_type="invoice", source_id="17", quickbooks_type="Invoice", quickbooks_id="145", sync_token="0", content_hash="h",
    mapped={}, owned=[], origin="created", quickbooks_number="1042", updated_at=AT + dt.timedelta(days=9),
)  # fmt: skip
RESULT = RowResult(
    realm="9", plan_id="p", run_id="r", day=dt.date(2026, 11, 1), record_type="invoices", source_type="invoice", source_id="17",
    source_label="Invoice 1042", amount=Decimal("10.00"), currency="USD", action="create", status="created", forced=False,
    requested_by="Ann", finished_at=AT,
)  # fmt: skip


def failed(code: ReasonCode, **changes: Any) -> RowResult:
    texts = {"reason": REASONS[code].meaning, "how_to_fix": REASONS[code].remedy}
    return msgspec.structs.replace(
        RESULT, status=REASONS[code].status, reason_code=code.value, **(texts | changes)
    )


def excluded(kind: Any = "exclude") -> DecisionState:
    decision = Decision(
        realm="9",
        source_type="invoice",
        source_id="17",
        kind=kind,
        why="twice in the books.",
        who="Ann",
        decided_at=AT,
    )
    return DecisionState(excluded=decision)


def told(**facts: Any) -> RecordState:
    return state_of(RecordFacts(**facts), NEW_YORK)


def test_what_stands_says_as_what_and_since_when() -> None:
    """The day it was made, in the company's time zone, not the day of the last write."""
    assert told(link=LINK, written=AT, result=RESULT) == RecordState(
        "in QuickBooks", "In QuickBooks as invoice 1042 since Nov 3, 2026."
    )
    matched = msgspec.structs.replace(
        LINK, origin="confirmed", quickbooks_type="Customer", quickbooks_number="Ada Byron"
    )
    assert (
        told(link=matched).sentence
        == "Linked to customer Ada Byron in QuickBooks by a person on Nov 12, 2026."
    )
    nameless = msgspec.structs.replace(LINK, quickbooks_type="Purchase", quickbooks_number=None)
    assert object_in_words(nameless) == "an expense"


def test_what_was_never_pushed_and_what_rightly_is_not() -> None:
    assert told() == RecordState("never pushed", "It was never pushed to QuickBooks.")
    draft = told(result=failed(ReasonCode.DRAFT, reason="Invoice 1042 is a draft in RentAxis."))
    assert draft == RecordState("not pushed", "Not in QuickBooks: Invoice 1042 is a draft in RentAxis.")


def test_what_failed_says_why_and_what_to_do() -> None:
    """What was in QuickBooks before still is, and that is said first."""
    mismatch = failed(ReasonCode.TOTAL_MISMATCH)
    state = told(result=mismatch)
    assert state.word == "failed"
    assert state.needs_attention
    assert (
        state.sentence
        == "Not in QuickBooks: it failed on Nov 3, 2026 because: The totals do not agree to the cent."
    )
    assert state.to_do == REASONS[ReasonCode.TOTAL_MISMATCH].remedy
    both = told(link=LINK, written=AT, result=mismatch).sentence
    assert both.startswith(
        "In QuickBooks as invoice 1042 since Nov 3, 2026. The last push failed on Nov 3, 2026 because: "
    )


def test_what_waits_says_what_for() -> None:
    waits = failed(ReasonCode.WAITING_FOR_CONFIRMATION)
    question = Question(
        realm="9", source_type="tenant", source_id="17", label="Ada", reason_code="waiting_for_confirmation",
        reason="Tenant Ada may be the QuickBooks customer 'Ada B.' (customer 6): same name except for an accent", how_to_fix="", candidates=[], asked_at=AT,
    )  # fmt: skip
    state = told(result=waits, question=question)
    assert state.word == "waiting"
    assert state.sentence == (
        "Waiting since Nov 3, 2026: Tenant Ada may be the QuickBooks customer 'Ada B.': same name except for an accent."
    )


@pytest.mark.parametrize(("kind", "word"), [("exclude", "excluded"), ("undo", "undone")])
def test_what_a_person_left_out_names_the_person(kind: Any, word: str) -> None:
    """Whatever its last result: it stays out until it is included again. What stands in QuickBooks stays."""
    state = told(decided=excluded(kind), result=failed(ReasonCode.TOTAL_MISMATCH))
    assert state.word == word
    assert "Ann" in state.sentence
    assert "on Nov 3, 2026: twice in the books." in state.sentence
    assert state.to_do == "Include it again if it should be pushed."
    assert told(decided=excluded(kind), link=LINK, written=AT).sentence.endswith("It stays there as it is.")


def test_what_is_void_or_gone_says_so() -> None:
    void = told(link=msgspec.structs.replace(LINK, state="void"), result=RESULT)
    assert (void.word, void.sentence) == (
        "voided",
        "Invoice 1042 is voided in QuickBooks, last changed by us on Nov 12, 2026.",
    )
    gone = told(
        link=msgspec.structs.replace(LINK, state="gone"), result=failed(ReasonCode.GONE_IN_QUICKBOOKS)
    )
    assert gone.word == "deleted in QuickBooks"
    assert gone.sentence == "It was in QuickBooks as invoice 1042, and has been deleted there."
    assert "rentaxis-sync" not in gone.to_do


@pytest.mark.parametrize("code", list(ReasonCode))
def test_every_reason_becomes_a_sentence_without_commands_and_files(code: ReasonCode) -> None:
    state = told(result=failed(code))
    assert state.sentence.endswith(".")
    for hidden in ("rentaxis-sync", "company.yaml", "mappings."):
        assert hidden not in f"{state.sentence.replace('The company file', '')}{state.to_do}"


def test_an_expense_is_called_by_its_vendor() -> None:
    """It has no number in RentAxis; its id stands nowhere."""
    assert record_name("expense", "17", "Expense 17 (Ace & Sons)") == "Expense of Ace & Sons"
    assert record_name("expense", "17", "Ace") == "Expense of Ace"
    assert record_name("expense", "17", "Expense 17") == "An expense without a name"
    assert (
        record_name("invoice", "17", "Invoice INV-1")
        == "Invoice INV-1"
        == record_name("invoice", "17", "INV-1")
    )
    assert record_name("invoice", "17", "Invoice 17") == "An invoice without a number"
    assert record_name("tenant", "9", None) == "A tenant without a name"
    assert own_name("tenant", "9", "Tenant Ada") == "Ada"
    said = "Expense 17 (Ace) is waiting: expense 17 needs 'Bo' (vendor 4) (rentaxis-sync links make-new vendor 4)."
    assert for_people(said, "17") == "Expense of Ace is waiting: the expense needs 'Bo'."
    assert for_people("Expense 170 is open.", "17") == "Expense 170 is open."
