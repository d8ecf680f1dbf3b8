"""A plan's rows page by page out of the database: each once, forward and back, whatever is asked for."""

from decimal import Decimal

import pytest
import sqlalchemy as sa

from rentaxis_pipelines.ledger import plan_lines, plans, previews
from rentaxis_pipelines.ledger.database import connect, engine
from rentaxis_pipelines.ledger.plan_lines import LineFilter
from rentaxis_pipelines.reports.plan_keeping import kept_summary, summed_up
from rentaxis_pipelines.reports.plan_rows import ROWS_SHOWN, RowsPage, rows_page
from rentaxis_pipelines.reports.plan_summary import narrowed
from rentaxis_pipelines.sync.pushing.push import PENDING
from rentaxis_pipelines_tests.support.planned import MADE, invoice_of, plan, planned, preview

MANY = 3 * ROWS_SHOWN + 7


@pytest.fixture
def connection(ledger_database: str):
    """A ledger with one whole plan of invoices, a tenth of them failed, whose customer the plan makes first."""
    with connect(ledger_database) as opened:
        pending = {"CustomerRef": {"value": f"{PENDING}tenant/7"}}
        rows = [
            planned(
                "tenant", "7", phase=0, source_label="Tenant Jane Doe", payload={"DisplayName": "Jane Doe"}
            )
        ]
        for number in range(1, MANY):
            failed = {
                "status": "failed",
                "reason_code": "missing_mapping",
                "reason": "No account.",
                "how_to_fix": "Map it.",
            }
            sent = {"payload": invoice_of("1.00") | pending, "pending": ["tenant/7"]}
            fate = failed if number % 10 == 0 else sent
            rows.append(planned("invoice", f"{number:04}", position=number, amount=Decimal(number), **fate))
        plans.save_plan(opened, plan(finished_at=MADE), rows)
        previews.save(opened, preview())
        opened.execute(
            sa.text(
                "update ledger.previews set request = jsonb_set(request::jsonb, '{days,0,record_types}', '[\"invoices\"]')::json"
            )
        )
        opened.commit()
        yield opened
    engine(ledger_database).dispose()


def every(connection: sa.Connection, wanted: LineFilter, *, at_once: int) -> list[RowsPage]:
    """All pages, one after the other."""
    stored = previews.exactly(connection, "1", preview().preview_id)
    assert stored is not None
    summary = summed_up(connection, stored)
    assert summary is not None
    within, _ = narrowed(summary, wanted)
    pages = [rows_page(connection, stored, within, at_once=at_once)]
    while (after := pages[-1].after) is not None:
        pages.append(rows_page(connection, stored, within, after=after, at_once=at_once))
    # Back from the last one, the same rows come again.
    back = [pages[-1]]
    while (before := back[-1].before) is not None:
        back.append(rows_page(connection, stored, within, before=before, at_once=at_once))
    assert places(back[::-1]) == places(pages)
    return pages


def places(pages: list[RowsPage]) -> list[int]:
    return [row.place for shown in pages for row in shown.rows]


@pytest.mark.parametrize("at_once", [30, 10_000])
def test_every_row_is_on_one_page_forward_and_back(connection: sa.Connection, at_once: int) -> None:
    """Also of a search, which looks through a part of the plan at once: a page without rows may be followed by more."""
    asked = {
        LineFilter(): MANY,
        LineFilter(look="failed"): MANY // 10,
        LineFilter(record_type="invoices", doing="create"): MANY - 1 - MANY // 10,
        LineFilter(record_type="customers"): 1,
        LineFilter(text="INVOICE 01"): sum(f"{number:04}".startswith("01") for number in range(1, MANY)),
        LineFilter(text="0150"): 1,
        LineFilter(text="nobody"): 0,
        LineFilter(text="%"): 0,
    }
    for wanted, count in asked.items():
        found = places(every(connection, wanted, at_once=at_once))
        assert len(found) == len(set(found)) == count, wanted
        assert found == sorted(found)


def test_a_row_names_what_the_plan_makes_first_though_that_is_on_another_page(
    connection: sa.Connection,
) -> None:
    (first, *_) = every(connection, LineFilter(doing="create"), at_once=10_000)
    changes = {change.field: change.will_stand for change in first.rows[0].row.changes}
    assert changes["customer"] == "new customer Jane Doe"


def test_a_plan_is_summed_up_once_it_is_whole_and_then_kept(connection: sa.Connection) -> None:
    """One that is still being made, or was interrupted, is never: its page would show a part as the whole."""
    stored = preview()
    connection.execute(sa.text("update ledger.plans set finished_at = null"))
    previewed = previews.exactly(connection, "1", stored.preview_id)
    assert previewed is not None
    assert summed_up(connection, previewed) is None
    assert plan_lines.lines_after(connection, stored.preview_id, LineFilter(), after=-1, limit=9) == []
    connection.execute(sa.text("update ledger.plans set finished_at = now()"))
    made = summed_up(connection, previewed)
    assert made is not None and made.rows == MANY
    assert kept_summary(connection, stored.preview_id) == made
    # What another release kept in another shape is made anew.
    previews.write_summary(connection, stored.preview_id, '{"rows": 1}')
    assert summed_up(connection, previewed) == made
