"""The rows of a run on real Postgres: every row on one page exactly, in order, forwards and backwards, by any filter."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import pytest
import sqlalchemy as sa

from rentaxis_pipelines.ledger import plans, results, run_causes, run_rows_page
from rentaxis_pipelines.ledger.database import connect
from rentaxis_pipelines.ledger.run_rows_page import Group, rows_page
from rentaxis_pipelines.model.plans import Plan
from rentaxis_pipelines.model.results import RowResult

NOW = dt.datetime(2026, 3, 1, 12, 30, tzinfo=dt.UTC)
DAY = dt.date(2026, 3, 1)
KINDS = (
    ("invoices", "invoice", "created", ""),
    ("invoices", "invoice", "failed", "rejected"),
    ("payments", "payment", "skipped", "waiting_for_parent"),
    ("customers", "tenant", "skipped", "unchanged"),
)
GROUPS = [Group(record_type, status, reason) for record_type, _, status, reason in KINDS]
ROWS = 230


def plan(run_id: str = "run", realm: str = "r") -> Plan:
    return Plan(
        plan_id=f"p-{run_id}", realm=realm, run_id=run_id, record_type="invoices", first_day=DAY, last_day=DAY, forced=False,
        dry_run=False, requested_by="ann", rows_in=ROWS, money_in=Decimal(0), created_at=NOW,
    )  # fmt: skip


def result(number: int, run_id: str = "run", realm: str = "r", **changes: object) -> RowResult:
    record_type, source_type, status, reason = KINDS[number % len(KINDS)]
    facts = {
        "realm": realm, "plan_id": f"p-{run_id}", "run_id": run_id, "day": DAY + dt.timedelta(number % 7),
        "record_type": record_type, "source_type": source_type, "source_id": str(number),
        "source_label": f"{source_type.capitalize()} {'INV' if number % 2 else 'inv'}-{number:04}",
        # Many are equal, and some negative: the order among equals holds too.
        "amount": Decimal(number % 10 * (-1 if number % 3 == 0 else 1)), "currency": "USD", "action": "create",
        "status": status, "reason_code": reason or None, "reason": f"Reason of {number}.",
        "how_to_fix": f"Map {number % 3}." if status == "failed" else "Nothing to do.", "forced": False,
        "requested_by": "ann", "finished_at": NOW,
    }  # fmt: skip
    return RowResult(**(facts | changes))  # pyright: ignore[reportArgumentType]


@pytest.fixture
def ledger(ledger_database: str) -> Iterator[sa.Connection]:
    """A run of 230 rows; another run and another company beside it."""
    with connect(ledger_database) as connection:
        for run_id, realm in (("run", "r"), ("other", "r"), ("theirs", "s")):
            plans.save_plan(connection, plan(run_id, realm), [])
            rows = ROWS if run_id == "run" else 4
            results.save_results(connection, [result(number, run_id, realm) for number in range(rows)])
        yield connection


def keys(rows: list[RowResult]) -> list[tuple[str, str]]:
    return [(row.source_type, row.source_id) for row in rows]


@pytest.mark.parametrize("sort", ["amount", "day", "record"])
@pytest.mark.parametrize("backwards", [False, True])
def test_every_row_is_on_one_page_in_order_and_the_way_back_shows_the_same_pages(ledger, sort, backwards):
    """Going on page by page shows all 230 rows once; going back from the last page shows the same pages."""
    read = lambda **place: rows_page(ledger, "r", "run", GROUPS, sort=sort, backwards=backwards, **place)  # noqa: E731
    pages = [read()]
    while pages[-1].after:
        pages.append(read(after=keys(pages[-1].rows)[-1]))
    every = [row for page in pages for row in page.rows]
    by = {
        "amount": lambda row: (-abs(row.amount), *keys([row])[0]),
        "day": lambda row: (row.day, *keys([row])[0]),
        "record": lambda row: (row.source_label.lower(), *keys([row])[0]),
    }[sort]
    assert every == sorted((result(number) for number in range(ROWS)), key=by, reverse=backwards)
    assert [page.before for page in pages] == [False, True, True, True, True]
    back = [pages[-1]]
    while back[-1].before:
        back.append(read(before=keys(back[-1].rows)[0]))
    assert [keys(page.rows) for page in reversed(back)] == [keys(page.rows) for page in pages]


def test_a_filter_shows_its_groups_alone_and_never_another_company_or_run(ledger):
    """Only the failed invoices of that run; of another company's run nothing, though its id is known."""
    page = rows_page(ledger, "r", "run", [GROUPS[1]])
    assert {(row.record_type, row.status, row.run_id) for row in page.rows} == {("invoices", "failed", "run")}
    assert rows_page(ledger, "r", "theirs", GROUPS).rows == []
    assert len(rows_page(ledger, "r", "other", GROUPS).rows) == 4


def test_a_row_is_found_by_part_of_its_label_in_any_case_and_by_its_beginning(ledger):
    """``inv-01`` finds numbers written in both ways; percent signs and underscores are letters like others."""
    found = rows_page(ledger, "r", "run", GROUPS, containing="INV-010")
    assert sorted(int(row.source_id) for row in found.rows) == list(range(100, 110))
    assert rows_page(ledger, "r", "run", GROUPS, containing="%").rows == []
    begun = [
        Group(*KINDS[0][:1], "created", "", "invoice INV-000"),
        Group("invoices", "failed", "rejected", "Invoice inv-000"),
    ]
    by_label = rows_page(ledger, "r", "run", begun, sort="record")
    assert [int(row.source_id) for row in by_label.rows] == [0, 1, 4, 5, 8, 9]


def test_a_row_that_is_no_longer_there_ends_the_list_instead_of_failing(ledger):
    """The place in an address that somebody changed."""
    assert rows_page(ledger, "r", "run", GROUPS, after=("invoice", "gone")).rows == []


def test_rows_that_one_deed_clears_are_one_remedy_the_most_money_first(ledger):
    """Three remedies of what QuickBooks refused, and one of what waits; counts and money are those of the rows."""
    found = run_causes.remedies(ledger, "r", "run", GROUPS[1:3], shown=2)
    failed = [result(number) for number in range(ROWS) if number % 4 == 1]
    expected = {
        text: [row for row in failed if row.how_to_fix == text] for text in ("Map 0.", "Map 1.", "Map 2.")
    }
    told = {remedy.how_to_fix: remedy for remedy in found if remedy.reason_code == "rejected"}
    assert {text: (told[text].rows, told[text].amount) for text in told} == {
        text: (len(rows), sum(row.amount for row in rows)) for text, rows in expected.items()
    }
    assert [remedy.weight for remedy in found] == sorted((remedy.weight for remedy in found), reverse=True)
    assert all(len(remedy.largest) == 2 for remedy in found)
    dearest = max(expected["Map 1."], key=lambda row: (abs(row.amount), [-ord(c) for c in row.source_id]))
    assert told["Map 1."].largest[0].source_id == dearest.source_id


def test_a_million_failures_are_looked_at_only_so_far(ledger, monkeypatch):
    """Of each group the largest amounts; how many that are is told."""
    monkeypatch.setattr(run_causes, "LOOKED_AT", 20)
    assert run_causes.looked_at_of_each(GROUPS[1:3]) == 10
    assert sum(remedy.rows for remedy in run_causes.remedies(ledger, "r", "run", GROUPS[1:3])) == 20


def test_a_page_holds_no_more_rows_than_it_says(ledger):
    """Fifty."""
    assert len(rows_page(ledger, "r", "run", GROUPS).rows) == run_rows_page.ROWS
