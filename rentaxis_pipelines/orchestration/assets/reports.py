"""The proof in Dagster: three reports from one reconciliation, as Markdown and numbers to plot, and their checks."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.orchestration.assets.kept_files import work_paper
from rentaxis_pipelines.orchestration.failures import step
from rentaxis_pipelines.orchestration.markdown_metadata import md
from rentaxis_pipelines.orchestration.names import group, named, report_key, results_key
from rentaxis_pipelines.orchestration.session import NEEDS, SyncSession, session_of
from rentaxis_pipelines.render.markdown import bullets, text
from rentaxis_pipelines.reports import markdown, picture
from rentaxis_pipelines.reports.marts import rows_of
from rentaxis_pipelines.reports.reconcile import Summary, context_of, reconcile
from rentaxis_pipelines.reports.run_proof import prove_run
from rentaxis_pipelines.settings import Scope
from rentaxis_pipelines.sync.run import Run

# The reports of a company, as ``names.report_key`` takes them.
RECONCILIATION, OPEN_PROBLEMS, DRIFT = "reconciliation", "open_problems", "drift"

_DESCRIPTIONS = {
    RECONCILIATION: "RentAxis against QuickBooks by month, account and customer, with the reason of every difference; "
    "open receivables by age on both sides; which months are ready to close.",
    OPEN_PROBLEMS: "What needs attention, grouped by fix, with records, money and age.",
    DRIFT: "What was edited, voided, deleted or duplicated in QuickBooks since it was pushed, field by field, "
    "and payments waiting for their deposit.",
}
_CHECKS = {
    "every_difference_is_explained": "Unexplained differences total 0.00, and every mart passes its tests.",
    "runs_add_up": "Rows in = created + updated + skipped + failed, in count and money, and QuickBooks holds what was written.",
}


def report_assets(scope: Scope) -> dg.AssetsDefinition:
    """The company's reports, made in one step."""

    @dg.multi_asset(
        name=named(scope, "reports"),
        specs=[
            dg.AssetSpec(
                report_key(scope, report),
                deps=[results_key(scope)],
                group_name=group(scope, "5_reports"),
                kinds={"postgres", "sql"},
                description=description,
            )
            for report, description in _DESCRIPTIONS.items()
        ],
        check_specs=[
            dg.AssetCheckSpec(name, asset=report_key(scope, RECONCILIATION), description=description)
            for name, description in _CHECKS.items()
        ],
        can_subset=False,
        required_resource_keys=NEEDS,
    )
    @step
    def reports(context: dg.AssetExecutionContext):
        """Reconcile everything from the company's first day; reads QuickBooks by what changed, writes nothing there."""
        yield from _reports(context, session_of(context, scope))

    return reports


def _reports(context: dg.AssetExecutionContext, session: SyncSession) -> Iterator[dg.MaterializeResult]:
    scope, run = session.scope, session.engine(context).run
    summary = reconcile(run, session.scope.environment, context_of(run, session.scope.company))
    connection = run.connection
    context.log.info(
        f"{summary.records} records compared, {summary.differing} differ, {summary.unexplained} without an explanation; "
        f"{summary.metered_reads} metered reads."
    )
    yield dg.MaterializeResult(
        asset_key=report_key(scope, RECONCILIATION),
        metadata={
            "work_paper": work_paper(context, session.scope.environment, connection, summary),
            **reconciliation_numbers(connection, summary),
            "ready_to_close": md(markdown.ready_to_close(connection)),
            "not_pushed": md(markdown.shown(connection, "not_pushed")),
            "reconciliation": md(markdown.reconciliation(connection)),
            "open_receivables": md(markdown.receivables(connection)),
            "receivables_by_month": md(picture.as_markdown(picture.receivables_by_month(connection))),
            "held_deposits": md(markdown.shown(connection, "held_deposits")),
            "stands_between": md(markdown.shown(connection, "stands_between")),
            "run_proof": md(markdown.shown(connection, "run_proof")),
        },
        check_results=[_explained(scope, summary), _adds_up(scope, connection)],
    )
    yield dg.MaterializeResult(
        asset_key=report_key(scope, OPEN_PROBLEMS),
        metadata={
            "causes": summary.problems,
            "records": summary.blocking,
            "money": float(summary.blocking_money),
            "open_problems": md(markdown.open_problems(connection)),
        },
    )
    waiting = rows_of(connection, "undeposited")
    yield dg.MaterializeResult(
        asset_key=report_key(scope, DRIFT),
        metadata={
            "changed_in_quickbooks": summary.drifted,
            "duplicates_in_quickbooks": summary.duplicates,
            "undeposited_payments": len(waiting),
            "undeposited_money": float(sum(row["amount"] for row in waiting)),
            **{
                name: md(markdown.shown(connection, name))
                for name in ("drift", "duplicates", "undeposited", "typed_deposits")
            },
        },
    )


def reconciliation_numbers(connection: sa.Connection, summary: Summary) -> dict[str, Any]:
    """Numbers to plot, under constant names; money only leaves as a float where a plot is all it is for."""
    open_sums = connection.execute(
        sa.text("select coalesce(sum(rentaxis), 0) as r, coalesce(sum(quickbooks), 0) as q from receivables")
    ).one()
    return {
        "records": summary.records,
        "agreeing": summary.agreeing,
        "differing": summary.differing,
        "blocking": summary.blocking,
        "blocking_money": float(summary.blocking_money),
        "unexplained": summary.unexplained,
        "unexplained_money": float(summary.unexplained_money),
        "never_pushed": summary.not_pushed,
        "never_pushed_money": float(summary.not_pushed_money),
        "receivables_rentaxis": float(open_sums.r),
        "receivables_quickbooks": float(open_sums.q),
        "metered_reads": summary.metered_reads,
    }


def _explained(scope: Scope, summary: Summary) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name="every_difference_is_explained",
        asset_key=report_key(scope, RECONCILIATION),
        passed=summary.proved,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={
            "unexplained": summary.unexplained,
            "unexplained_money": float(summary.unexplained_money),
            "statements_unexplained_money": float(summary.statements_unexplained),
            "marts_that_do_not_hold": md(bullets(summary.failed_tests) or text("None.")),
        },
    )


def _adds_up(scope: Scope, connection: sa.Connection) -> dg.AssetCheckResult:
    wrong = rows_of(connection, "run_proof", where="not adds_up or not quickbooks_agrees")
    named = rows_of(
        connection,
        "records",
        where="run_id is not null and written_total <> quickbooks_total",
        order_by="abs(written_total - quickbooks_total) desc, record",
        limit=markdown.SHOWN,
    )
    broken = any(not row["adds_up"] for row in wrong)
    columns = ("label", "party_name", "written_total", "quickbooks_total", "explanation")
    return dg.AssetCheckResult(
        check_name="runs_add_up",
        asset_key=report_key(scope, RECONCILIATION),
        passed=not wrong,
        # Rows lost are a fault of ours; what somebody changed in QuickBooks afterwards is a matter for a person.
        severity=dg.AssetCheckSeverity.ERROR if broken else dg.AssetCheckSeverity.WARN,
        metadata={
            "plans_that_differ": len(wrong),
            "rows": md(markdown.table([{name: row[name] for name in columns} for row in named])),
        },
    )


def run_adds_up(scope: Scope) -> dg.AssetChecksDefinition:
    """The check of the company's results that proves the run itself."""

    @dg.asset_check(
        asset=results_key(scope),
        name="run_adds_up",
        description="Rows in = created + updated + skipped + failed, in count and money, and QuickBooks returned what was intended.",
        required_resource_keys=NEEDS,
    )
    @step
    def run_adds_up(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        """The proof of this very run, from the ledger alone."""
        step_context = context.op_execution_context
        return adds_up(results_key(scope), session_of(step_context, scope).engine(step_context).run)

    return run_adds_up


def adds_up(asset: dg.AssetKey, run: Run) -> dg.AssetCheckResult:
    """The check ``run_adds_up`` of that run; ``asset``: its results."""
    proofs, off = prove_run(run.connection, run.realm, run.run_id)
    return dg.AssetCheckResult(
        asset_key=asset,
        check_name="run_adds_up",
        passed=all(proof.holds for proof in proofs) and not off,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={
            "rows_in": sum(proof.rows_in for proof in proofs),
            "rows_out": sum(proof.rows_out for proof in proofs),
            "rows_off": len(off),
            "proof": md(markdown.table([msgspec.structs.asdict(proof) for proof in proofs])),
            "rows": md(markdown.table([msgspec.structs.asdict(row) for row in off])),
        },
    )
