"""What a plan comes to: the same as its rows, whichever of them are asked for, and whatever is left out of it. Pure."""

import datetime as dt
from decimal import Decimal

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from rentaxis_pipelines.ledger.plan_lines import WHOLE_TYPE, LeftOut, LineFilter
from rentaxis_pipelines.reports.plan_choice import going, names_left_out, with_parts
from rentaxis_pipelines.reports.plan_page import DOINGS
from rentaxis_pipelines.reports.plan_summary import (
    MOST_GROUPS,
    PlanSummary,
    by_type,
    lines_of,
    narrowed,
    summary_of,
)
from rentaxis_pipelines.sync.selection import chosen
from rentaxis_pipelines_tests.support.planned import MADE, invoice_of, page, plan, planned, preview

NOTHING = Decimal("0.00")
FAILED = {
    "status": "failed",
    "reason_code": "missing_mapping",
    "reason": "No account.",
    "how_to_fix": "Map it.",
}
SETTLED = {"status": "skipped", "reason_code": "unchanged", "reason": "It has not changed."}


@st.composite
def rows_of_a_plan(draw) -> list:
    """Rows of several types, to be sent, failed or left alone, with and without an edit of a person."""
    kinds = st.sampled_from(["invoice", "payment", "expense", "expense_payment", "tenant", "vendor"])
    rows = []
    for number in range(draw(st.integers(0, 25))):
        fields: dict = {"amount": Decimal(draw(st.integers(-9_999, 99_999))) / 100, "position": number}
        fate = draw(st.sampled_from(["create", "update", "void", "failed", "settled"]))
        if fate == "failed":
            fields |= FAILED | {"how_to_fix": f"Map {draw(st.integers(0, 15))}."}
        elif fate == "settled":
            fields |= SETTLED
        elif fate != "create" and draw(st.booleans()):
            fields |= {"edited": ["PrivateNote"]}
        action = fate if fate in ("create", "update", "void") else "none"
        rows.append(planned(draw(kinds), str(number), action, payload={}, standing={}, **fields))
    return rows


def summed(rows: list) -> tuple[PlanSummary, list]:
    """What the plan comes to, as it is read back from where it is kept, and its lines."""
    shown = page(*rows)
    made = summary_of(preview(), [plan()], shown)
    kept = msgspec.json.decode(msgspec.json.encode(made), type=PlanSummary)
    assert kept == made
    return kept, list(lines_of(preview(), shown))


@given(rows_of_a_plan(), st.data())
def test_a_filter_lies_between_its_places_and_counts_its_rows(rows, data) -> None:
    """Whatever is asked for: no row of the filter is outside, and the count and the money are those of its rows."""
    summary, lines = summed(rows)
    assert [line.place for line in lines] == list(range(len(rows)))
    assert (summary.rows, summary.sent) == (len(rows), sum(line.doing != "not sent" for line in lines))
    wanted = LineFilter(
        record_type=data.draw(st.sampled_from(["", "invoices", "payments", "customers"])),
        doing=data.draw(st.sampled_from(["", *DOINGS])),
        look=data.draw(st.sampled_from(["", "failed", "overwrites"])),
    )
    matching = [
        line
        for line in lines
        if wanted.record_type in ("", line.record_type)
        and wanted.doing in ("", line.doing)
        and wanted.look in ("", line.look)
    ]
    within, total = narrowed(summary, wanted)
    assert (total.rows, total.money) == (len(matching), sum((line.amount for line in matching), NOTHING))
    assert within.first is not None and within.last is not None
    assert all(within.first <= line.place <= within.last for line in matching)
    doings, types = by_type(summary)
    assert sum(each.by_doing[doing].rows for each in types for doing in doings) == len(rows)


@given(rows_of_a_plan(), st.data())
def test_what_goes_and_what_is_left_out_is_the_plan_and_the_names_say_the_same(rows, data) -> None:
    """In count and money; and the approval, given the names, chooses exactly what was counted."""
    summary, lines = summed(rows)
    types = data.draw(st.sets(st.sampled_from(["invoices", "payments", "expenses", "customers"])))
    sendable = [line.place for line in lines if line.doing != "not sent"]
    places = data.draw(st.sets(st.sampled_from(sendable))) if sendable else set()
    choices = [left_out(name, WHOLE_TYPE) for name in types] + [
        left_out(lines[place].record_type, place) for place in places
    ]
    choice = going(summary, choices, [lines[place] for place in sorted(places)])
    assert choice.rows + choice.rows_left_out == summary.sent
    for name, sent in summary.sent_by_type.items():
        parts = [side[name] for side in (choice.by_type, choice.left_out) if name in side]
        assert sum(part.rows for part in parts) == sent.rows
        assert sum((part.money for part in parts), NOTHING) == sent.money
    assert choice.who == ("Ann" if choices else "")
    by_position = {row.position: row for row in rows}
    to_send = [row for row in rows if row.status is None]
    names = names_left_out(choice, [by_position[lines[place].position] for place in choice.places])
    assert len(chosen(to_send, (), names)) == choice.rows


def left_out(record_type: str, place: int) -> LeftOut:
    return LeftOut(preview_id="plan", record_type=record_type, place=place, who="Ann", at=MADE)


def test_a_type_goes_with_its_parts() -> None:
    """A bill is left out with its payment."""
    rows = [planned("expense", "1", amount=Decimal(5)), planned("expense_payment", "1", amount=Decimal(5))]
    assert with_parts("expenses") >= {"expenses", "bill_payments"}
    summary, _ = summed(rows)
    choice = going(summary, [left_out("expenses", WHOLE_TYPE)], [])
    assert (choice.rows, choice.rows_left_out) == (0, 2)
    assert names_left_out(choice, []) == ["expenses"]
    assert (choice.money, choice.money_left_out) == ("", "expenses 5.00, bill payments 5.00")


def test_groups_to_look_at_are_few_and_the_others_are_counted() -> None:
    rows = [
        planned(
            "invoice",
            str(number),
            "none",
            amount=Decimal(number),
            **FAILED | {"how_to_fix": f"Map {number}."},
        )
        for number in range(MOST_GROUPS + 3)
    ]
    summary, _ = summed([*rows, planned("invoice", "new", payload=invoice_of("1.00"))])
    assert (len(summary.looks), summary.more_groups) == (MOST_GROUPS, 3)
    assert summary.looks[0].record == f"Invoice {MOST_GROUPS + 2}", "the most money first"
    assert (summary.first_day, summary.last_day) == (dt.date(2026, 5, 1), dt.date(2026, 5, 31))
