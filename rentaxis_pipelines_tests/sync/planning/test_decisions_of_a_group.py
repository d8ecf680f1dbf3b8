"""Open records and what was decided about them since: kept by the same transaction as the decision, one by one and many at once."""

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from rentaxis_pipelines.ledger import decisions, open_records
from rentaxis_pipelines.ledger.open_groups import Group, day_ranges
from rentaxis_pipelines.model.decisions import Decision
from rentaxis_pipelines.sync.decisions import DecisionRefused, decide
from rentaxis_pipelines.sync.group_decisions import (
    GroupChanged,
    Seen,
    exclude_group,
    exclude_what_is_left,
    excluding,
    include_batch,
)
from rentaxis_pipelines_tests.support.decidable import AT, REALM, request
from rentaxis_pipelines_tests.support.open_rows import DAY, TRIED, ask_about, leave_open, row


def decided(ledger: Any, source_type: str = "tenant", source_id: str = "1") -> tuple[str | None, str | None]:
    found = open_records.record(ledger, REALM, source_type, source_id)
    assert found is not None
    return found.decided, found.decided_by


@pytest.fixture
def waiting(decidable: Any) -> Any:
    """Tenant 1 waits: is it customer 5 or 6?"""
    ask_about(decidable, REALM, 1, "Ada Byron", ("5", "Terrence Boyd"), ("7", "Ada King"))
    decidable.commit()
    return decidable


@pytest.mark.parametrize(("kind", "quickbooks_id"), [("confirm", "5"), ("make_new", None), ("exclude", None)])
def test_what_is_decided_is_done_until_it_is_taken_back(
    waiting, kind: str, quickbooks_id: str | None
) -> None:
    decide(waiting, REALM, request(kind, quickbooks_id=quickbooks_id), AT)
    assert decided(waiting) == (kind, "Dana Reyes")
    decide(waiting, REALM, request("withdraw"), AT)
    assert decided(waiting) == (None, None)


def test_a_turned_down_candidate_is_done_only_once_none_is_left(waiting) -> None:
    decide(waiting, REALM, request("reject", quickbooks_id="5"), AT)
    assert decided(waiting) == (None, None)
    decide(waiting, REALM, request("reject", quickbooks_id="7"), AT)
    assert decided(waiting) == ("reject", "Dana Reyes")


def test_included_again_what_was_decided_before_counts_again(waiting) -> None:
    """The clock of whoever decides may be behind that of the run: what is decided now is newer all the same."""
    later = TRIED + dt.timedelta(hours=1)
    decide(waiting, REALM, request("make_new", who="Ann Lee"), later)
    decide(waiting, REALM, request("exclude"), later)
    assert decided(waiting) == ("exclude", "Dana Reyes")
    decide(waiting, REALM, request("include"), later)
    assert decided(waiting) == ("make_new", "Ann Lee")


def test_many_decisions_are_noted_by_one_statement(waiting) -> None:
    """As when a run is undone."""
    leave_open(waiting, REALM, *(row(number) for number in range(1, 4)))
    made = [
        Decision(
            realm=REALM, source_type="invoice", source_id=str(number), kind="undo", run_id="r", why="x", who="Ann Lee", decided_at=AT
        )
        for number in (1, 2)
    ]  # fmt: skip
    decisions.append_all(waiting, made)
    kinds = [decided(waiting, "invoice", str(number))[0] for number in (1, 2, 3)]
    assert kinds == ["undo", "undo", None]
    decisions.append_all(waiting, [msgspec.structs.replace(made[0], kind="include", run_id=None)])
    assert decided(waiting, "invoice", "1")[0] is None


def group_of(ledger: Any) -> tuple[Group, Seen]:
    group = Group(cause=open_records.causes(ledger, REALM)[0].cause)
    size = excluding(ledger, REALM, group).size
    assert size.newest is not None
    return group, Seen(rows=size.rows, amount=size.amount, newest=size.newest)


def test_a_group_is_excluded_as_it_was_seen_or_not_at_all(decidable) -> None:
    """And included again but for what somebody decided meanwhile."""
    leave_open(decidable, REALM, *(row(number) for number in range(1, 21)))
    group, seen = group_of(decidable)
    assert (seen.rows, seen.amount, seen.newest) == (20, Decimal(2000), TRIED)
    decide(decidable, REALM, request("exclude", "7", source_type="invoice"), AT)
    with pytest.raises(
        GroupChanged, match=r"it was 20 records and 2,000\.00, now it is 19 records and 1,900\.00"
    ):
        exclude_group(decidable, REALM, group, seen, who="Ann Lee", why="x", at=AT)
    with pytest.raises(DecisionRefused, match="give both"):
        exclude_group(decidable, REALM, group, seen, who="Ann Lee", why=" ", at=AT)
    _, seen = group_of(decidable)
    assert exclude_group(decidable, REALM, group, seen, who="Ann Lee", why="by hand", at=AT) == 19
    assert open_records.causes(decidable, REALM) == []
    decide(decidable, REALM, request("include", "8", source_type="invoice"), AT)
    batch = decidable.exec_driver_sql(
        "select distinct batch from ledger.decisions where batch is not null"
    ).scalar_one()
    assert include_batch(decidable, REALM, batch, who="Bo Chen", why="a slip", at=AT) == 18
    assert decided(decidable, "invoice", "7") == ("exclude", "Dana Reyes")
    assert {decided(decidable, "invoice", str(number))[0] for number in (1, 8, 20)} == {None}
    with pytest.raises(DecisionRefused, match="included again already"):
        include_batch(decidable, REALM, batch, who="Bo Chen", why="a slip", at=AT)


def test_what_waited_for_a_run_leaves_out_what_that_run_tried(decidable) -> None:
    leave_open(decidable, REALM, row(1), row(2))
    group, seen = group_of(decidable)
    leave_open(decidable, REALM, row(2, finished_at=TRIED + dt.timedelta(minutes=5)), run_id="since")
    assert exclude_what_is_left(decidable, REALM, group, seen.newest, who="Ann Lee", why="x", at=AT) == 1
    assert [decided(decidable, "invoice", number)[0] for number in ("1", "2")] == ["exclude", None]


def test_excluding_a_group_keeps_what_was_asked_and_asks_it_again(waiting) -> None:
    group, seen = group_of(waiting)
    asked = decisions.questions(waiting, REALM)
    exclude_group(waiting, REALM, group, seen, who="Ann Lee", why="x", at=AT)
    assert decisions.questions(waiting, REALM) == []
    batch = waiting.exec_driver_sql("select batch from ledger.decisions").scalar_one()
    include_batch(waiting, REALM, batch, who="Ann Lee", why="x", at=AT)
    assert decisions.questions(waiting, REALM) == asked


def test_days_without_a_gap_are_one_range(decidable) -> None:
    days = [0, 1, 2, 5, 6, 40]
    leave_open(
        decidable, REALM, *(row(number, day=DAY + dt.timedelta(days=day)) for number, day in enumerate(days))
    )
    group, _ = group_of(decidable)
    found = day_ranges(decidable, REALM, group, DAY, DAY + dt.timedelta(days=30))
    assert [((each.first_day - DAY).days, (each.last_day - DAY).days, each.rows) for each in found] == [
        (0, 2, 3),
        (5, 6, 2),
    ]


def test_what_a_command_names_differently_for_each_record_is_one_cause(decidable) -> None:
    """A remedy with the record's own id in it is the same remedy; one with another remedy is another cause."""
    same = [
        row(number, reason_code="inactive_reference", how_to_fix=f"Link another one (rentaxis-sync links relink invoice {number} ID), then run again.")
        for number in (1, 2)
    ]  # fmt: skip
    which = [
        row(number, reason_code="ambiguous_match", how_to_fix=f"Say which one {number} is.")
        for number in (3, 4)
    ]
    leave_open(decidable, REALM, *same, *which, row(5), row(6, how_to_fix="Another remedy."))
    assert sorted(cause.rows for cause in open_records.causes(decidable, REALM)) == [1, 1, 2, 2]
