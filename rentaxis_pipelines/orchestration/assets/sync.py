"""The pushes: for each record type a graph of three ops, plan -> push -> record, handing on a plan id.

The rows themselves live in the ledger. Plan writes down what would be done, push sends it, record proves that every row has its
result.
"""

from collections.abc import Sequence

import dagster as dg
import pandas as pd

from rentaxis_pipelines.mapping.preflight import Problem, check_records
from rentaxis_pipelines.model.source_records import Expense, Invoice, Payer, Payment
from rentaxis_pipelines.orchestration.assets import preview_output
from rentaxis_pipelines.orchestration.failures import step
from rentaxis_pipelines.orchestration.markdown_metadata import md
from rentaxis_pipelines.orchestration.names import extract_key, group, matches_key, named, sync_key
from rentaxis_pipelines.orchestration.options import SyncOptions
from rentaxis_pipelines.orchestration.partitions import SINGLE_RUN, daily
from rentaxis_pipelines.orchestration.session import (
    SyncSession,
    dated,
    matches_of,
    needs,
    options_of,
    session_of,
    window_days,
)
from rentaxis_pipelines.render.characters import one_line
from rentaxis_pipelines.render.markdown import Markdown, money, table
from rentaxis_pipelines.settings import Scope
from rentaxis_pipelines.sync.finish import finish_plan
from rentaxis_pipelines.sync.planning.changed_parties import changed_payers, changed_vendors
from rentaxis_pipelines.sync.planning.deleted_at_source import left_behind
from rentaxis_pipelines.sync.planning.plan_parties import plan_customers
from rentaxis_pipelines.sync.planning.plan_records import plan_expenses, plan_invoices, plan_payments

_PLAN_ID = dg.Out(io_manager_key="plan_id", description="The plan's id in the ledger.")
_DONE = dg.In(dg.Nothing)


def _customers_plan(
    context: dg.OpExecutionContext,
    session: SyncSession,
    options: SyncOptions,
    tenants: pd.DataFrame,
    programs: pd.DataFrame,
    matches: pd.DataFrame,
) -> str:
    run, choice = session.run(context), session.choice(*window_days(context), options)
    decided_by = session.context(run, options)
    payers = [*dated(session, tenants, Payer), *dated(session, programs, Payer)]
    payers += changed_payers(run, session.environment, decided_by, choice, payers)
    return plan_customers(run, decided_by, choice, payers, matches_of(session, matches))


def _invoices_plan(
    context: dg.OpExecutionContext,
    session: SyncSession,
    options: SyncOptions,
    invoices: pd.DataFrame,
    matches: pd.DataFrame,
) -> str:
    run, choice = session.run(context), session.choice(*window_days(context), options)
    decided_by, records = session.context(run, options), dated(session, invoices, Invoice)
    found = left_behind(run, session.environment, decided_by, choice, "invoices", records)
    records += found.moved
    if choice.allows("invoices"):
        say_what_is_missing(context, check_records(decided_by, [one for _, one in records], [], []))
    return plan_invoices(run, decided_by, choice, records, matches_of(session, matches), found.vanished)


def _payments_plan(
    context: dg.OpExecutionContext,
    session: SyncSession,
    options: SyncOptions,
    payments: pd.DataFrame,
    matches: pd.DataFrame,
) -> str:
    run, choice = session.run(context), session.choice(*window_days(context), options)
    decided_by, records = session.context(run, options), dated(session, payments, Payment)
    found = left_behind(run, session.environment, decided_by, choice, "payments", records)
    records += found.moved
    if choice.allows("payments"):
        say_what_is_missing(context, check_records(decided_by, [], [one for _, one in records], []))
    return plan_payments(run, decided_by, choice, records, matches_of(session, matches), found.vanished)


def _expenses_plan(
    context: dg.OpExecutionContext, session: SyncSession, options: SyncOptions, expenses: pd.DataFrame
) -> str:
    run, choice = session.run(context), session.choice(*window_days(context), options)
    decided_by, records = session.context(run, options), dated(session, expenses, Expense)
    found = left_behind(run, session.environment, decided_by, choice, "expenses", records)
    records += found.moved
    if choice.allows("expenses"):
        say_what_is_missing(context, check_records(decided_by, [], [], [one for _, one in records]))
    vendors = changed_vendors(run, session.environment, choice)
    return plan_expenses(run, decided_by, choice, records, found.vanished, vendors)


def say_what_is_missing(context: dg.OpExecutionContext, problems: Sequence[Problem]) -> None:
    """Before anything of the plan is sent: each mapping its records need and cannot use, once, with the rows behind it.

    The rows that need it fail by themselves, the others go. The money is in the step's metadata, not in the log.
    """
    for problem in problems:
        context.log.warning(
            one_line(f"{problem.key_path}: {problem.rows} rows cannot go. {problem.how_to_fix}")
        )
    if problems:
        context.add_output_metadata({"mappings_to_mend": md(missing_markdown(problems))})


def missing_markdown(problems: Sequence[Problem]) -> Markdown:
    """A table of them, those with most rows first."""
    cells = ((one.key_path, one.rows, money(one.money), one.sentence, one.how_to_fix) for one in problems)
    return table(("mapping", "rows", "money", "what is missing", "remedy"), cells, right=("rows", "money"))


def sync_assets(scope: Scope) -> list[dg.AssetsDefinition]:
    """The pushes of one company, one asset a record type."""
    push, record = _push_op(scope), _record_op(scope)
    plan_customers_op, plan_invoices_op = _plan_customers_op(scope), _plan_invoices_op(scope)
    plan_payments_op, plan_expenses_op = _plan_payments_op(scope), _plan_expenses_op(scope)
    matches = dg.AssetIn(key=matches_key(scope))

    def frame(name: str) -> dg.AssetIn:
        return dg.AssetIn(key=extract_key(scope, name))

    def after(record_type: str) -> dg.AssetIn:
        return dg.AssetIn(key=sync_key(scope, record_type), dagster_type=dg.Nothing)

    @_graph(
        scope,
        "customers",
        "Tenants and programs of the day as QuickBooks customers, and all those changed since they were pushed.",
        {"tenants": frame("tenants"), "programs": frame("programs"), "matches": matches},
    )
    def sync_customers(tenants, programs, matches):
        return record(push(plan_customers_op(tenants, programs, matches)))

    @_graph(
        scope,
        "invoices",
        "Receivable invoices of the day as QuickBooks invoices, lines and all; a customer they need is made first.",
        {"invoices": frame("invoices"), "matches": matches, "customers_pushed": after("customers")},
    )
    def sync_invoices(invoices, matches, customers_pushed):
        return record(
            push(plan_invoices_op(customers_pushed=customers_pushed, invoices=invoices, matches=matches))
        )

    @_graph(
        scope,
        "payments",
        "Payments of the day as QuickBooks payments, applied to their invoices; what is left over stays unapplied.",
        {"payments": frame("payments"), "matches": matches, "invoices_pushed": after("invoices")},
    )
    def sync_payments(payments, matches, invoices_pushed):
        return record(
            push(plan_payments_op(invoices_pushed=invoices_pushed, payments=payments, matches=matches))
        )

    @_graph(
        scope,
        "expenses",
        "Expenses of the day: paid ones as purchases, unpaid ones as bills; a vendor they need is found or made first.",
        {"expenses": frame("expenses")},
    )
    def sync_expenses(expenses):
        return record(push(plan_expenses_op(expenses)))

    return [sync_customers, sync_invoices, sync_payments, sync_expenses]


def _graph(scope, record_type, description, ins):
    return dg.graph_asset(
        key=sync_key(scope, record_type),
        description=description,
        ins=ins,
        group_name=group(scope, "3_push"),
        kinds={"quickbooks"},
        partitions_def=daily(scope),
        backfill_policy=SINGLE_RUN,
    )


def _plan_customers_op(scope):
    @dg.op(
        name=named(scope, "plan_customers_op"),
        out=_PLAN_ID,
        description="Decide for every tenant and program what to do, and write it down.",
        required_resource_keys=needs(scope),
    )
    @step
    def op(
        context: dg.OpExecutionContext, tenants: pd.DataFrame, programs: pd.DataFrame, matches: pd.DataFrame
    ) -> str:
        return _customers_plan(
            context, session_of(context, scope), options_of(context), tenants, programs, matches
        )

    return op


def _plan_invoices_op(scope):
    @dg.op(
        name=named(scope, "plan_invoices_op"),
        out=_PLAN_ID,
        ins={"customers_pushed": _DONE},
        description="Decide for every invoice what to do, and write it down.",
        required_resource_keys=needs(scope),
    )
    @step
    def op(context: dg.OpExecutionContext, invoices: pd.DataFrame, matches: pd.DataFrame) -> str:
        return _invoices_plan(context, session_of(context, scope), options_of(context), invoices, matches)

    return op


def _plan_payments_op(scope):
    @dg.op(
        name=named(scope, "plan_payments_op"),
        out=_PLAN_ID,
        ins={"invoices_pushed": _DONE},
        description="Decide for every payment what to do, and write it down.",
        required_resource_keys=needs(scope),
    )
    @step
    def op(context: dg.OpExecutionContext, payments: pd.DataFrame, matches: pd.DataFrame) -> str:
        return _payments_plan(context, session_of(context, scope), options_of(context), payments, matches)

    return op


def _plan_expenses_op(scope):
    @dg.op(
        name=named(scope, "plan_expenses_op"),
        out=_PLAN_ID,
        description="Decide for every expense what to do, and write it down.",
        required_resource_keys=needs(scope),
    )
    @step
    def op(context: dg.OpExecutionContext, expenses: pd.DataFrame) -> str:
        return _expenses_plan(context, session_of(context, scope), options_of(context), expenses)

    return op


def _push_op(scope):
    @dg.op(
        name=named(scope, "push_op"),
        out=_PLAN_ID,
        pool=named(scope, "quickbooks"),
        description="Send what the plan holds to QuickBooks, in batches.",
        required_resource_keys=needs(scope),
    )
    @step
    def op(context: dg.OpExecutionContext, plan_id: str) -> str:
        session_of(context, scope).push(context, plan_id, options_of(context))
        return plan_id

    return op


def _record_op(scope):
    @dg.op(
        name=named(scope, "record_op"),
        out=dg.Out(dg.Nothing),
        description="Prove that every row has its result: rows in = created + updated + skipped + failed.",
        required_resource_keys=needs(scope),
    )
    @step
    def op(context: dg.OpExecutionContext, plan_id: str) -> dg.Output[None]:
        proof = finish_plan(session_of(context, scope).run(context), plan_id)
        context.log.info(f"{proof.rows_out} rows have their result; counts and money add up.")
        return preview_output.output(dry_run=options_of(context).dry_run)

    return op
