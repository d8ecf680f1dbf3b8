"""After ``prune`` everything old lacks its details, and proof, undo, the next sync and what is still open work as before."""

import datetime as dt
from typing import Any

import pytest

from rentaxis_pipelines.ledger import previews, results
from rentaxis_pipelines.ledger import prune as ledger_rows
from rentaxis_pipelines.ledger.plan_lines import LineFilter
from rentaxis_pipelines.reports import plan_keeping
from rentaxis_pipelines.reports.plan_rows import rows_page
from rentaxis_pipelines.reports.plan_summary import narrowed
from rentaxis_pipelines.reports.reconcile import context_of, reconcile
from rentaxis_pipelines_tests.books.test_any_portfolio import empty, start_anew
from rentaxis_pipelines_tests.books.undoing import books_of, differing, run_of, standing, undo

LATER = dt.timedelta(days=1)  # all that was pushed until now is old by then


@pytest.fixture(autouse=True)
def anew(rentaxis, chain, accountant) -> None:
    empty(rentaxis)
    start_anew(chain, accountant)


def month(rentaxis) -> None:
    tenant = rentaxis.tenant("Ada O'Neil")
    invoice = rentaxis.invoice(tenant, "100.00")
    rentaxis.payment(tenant, "60.00", (invoice, "60.00"))
    rentaxis.expense("30.00", vendor_id=rentaxis.vendor("Ace Plumbing", email="ace@example.com"))


def prune_all(chain) -> ledger_rows.Pruned:
    with chain.run() as run:
        before = run.now() + LATER
        would = ledger_rows.would_prune(run.connection, run.realm, before)
        removed = ledger_rows.prune(run.connection, run.realm, before, run.now())
        assert removed == would
        assert ledger_rows.prune(run.connection, run.realm, before, run.now()) == ledger_rows.Pruned()
    return removed


def count(chain, statement: str) -> int:
    with chain.run() as run:
        return run.connection.exec_driver_sql(statement).scalar_one()


DETAILS = "select count(*) from ledger.planned_rows where payload is not null or mapped is not null"
BODIES = "select count(*) from ledger.requests where body <> ''"


def test_proof_sync_and_undo_are_as_before(rentaxis, chain, accountant, sync) -> None:
    """Nothing is pushed again, the run still adds up and the books are proved, and undo finds every state to go back to."""
    before = books_of(accountant)
    month(rentaxis)
    run_id = run_of(sync())
    removed = prune_all(chain)
    assert removed.requests > 0
    assert removed.rows >= 5
    assert removed.bytes > 1_000
    assert (count(chain, DETAILS), count(chain, BODIES)) == (0, 0)
    with chain.run() as run:
        plans = (
            run.connection.exec_driver_sql("select plan_id from ledger.plans where not dry_run")
            .scalars()
            .all()
        )
        assert plans
        assert all(results.proof(run.connection, plan).holds for plan in plans)
        assert ledger_rows.pruned_at(run.connection, run.realm, run_id) is not None
        found = reconcile(run, chain.environment, context_of(run, chain.company))
        assert found.proved
    assert {row.reason_code for row in sync().values()} == {"unchanged"}
    undone = undo(chain, run_id)
    assert {row.status for row in undone.values()} == {"updated"}
    assert differing(standing(before), standing(books_of(accountant))) == []


def test_an_old_plan_is_still_shown_row_by_row(rentaxis, chain) -> None:
    """Its rows keep record, day and amount; what they would have written is gone, and the page can say since when."""
    month(rentaxis)
    rentaxis.keep_accounts()
    plan_id = chain.preview()
    before = shown(chain, plan_id)
    prune_all(chain)
    after = shown(chain, plan_id)
    assert [row.record for row in after] == [row.record for row in before]
    assert [row.amount for row in after] == [row.amount for row in before]
    with chain.run() as run:
        assert ledger_rows.pruned_at(run.connection, run.realm, plan_id) is not None


def shown(chain, plan_id: str) -> list[Any]:
    with chain.run() as run:
        preview = previews.exactly(run.connection, run.realm, plan_id)
        assert preview is not None
        summary = plan_keeping.summed_up(run.connection, preview)
        assert summary is not None
        wanted, _ = narrowed(summary, LineFilter())
        page = rows_page(run.connection, preview, wanted, after=None, before=None)
        run.connection.commit()
        return [place.row for place in page.rows]


def test_what_is_not_over_keeps_everything(rentaxis, chain, sync) -> None:
    """A plan with a request whose outcome is not recorded, one that never finished, one that is being pushed."""
    month(rentaxis)
    sync()
    everything = count(chain, DETAILS), count(chain, BODIES)
    for change, back in (
        ("update ledger.requests set state = 'answered'", "update ledger.requests set state = 'recorded'"),
        ("update ledger.plans set finished_at = null", "update ledger.plans set finished_at = now()"),
    ):
        with chain.run() as run:
            run.connection.exec_driver_sql(change)
            run.connection.commit()
            gone = ledger_rows.would_prune(run.connection, run.realm, run.now() + LATER)
            run.connection.exec_driver_sql(back)
            run.connection.commit()
        assert gone.rows == 0
    with chain.run() as run:  # younger than the cutoff
        gone = ledger_rows.prune(run.connection, run.realm, run.now() - LATER, run.now())
    assert gone == ledger_rows.Pruned()
    assert (count(chain, DETAILS), count(chain, BODIES)) == everything
    assert everything[0] > 0


def test_of_another_company_nothing_is_removed(rentaxis, chain, sync) -> None:
    month(rentaxis)
    sync()
    everything = count(chain, DETAILS), count(chain, BODIES)
    with chain.run() as run:
        assert ledger_rows.prune(run.connection, "1", run.now() + LATER, run.now()) == ledger_rows.Pruned()
    assert (count(chain, DETAILS), count(chain, BODIES)) == everything
