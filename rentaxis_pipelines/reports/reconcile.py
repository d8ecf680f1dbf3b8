"""Reconciliation: fetch the three sides, run the marts, test them, and return a summary."""

import datetime as dt
from decimal import Decimal

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger.sql import execute
from rentaxis_pipelines.ledger.statistics import refresh_statistics
from rentaxis_pipelines.mapping.outcome import Context
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.record_type import DEPOSIT_SETTLEMENTS
from rentaxis_pipelines.reports import (
    documents_read,
    inputs,
    marts,
    statement_transactions,
    statements,
    transactions,
)
from rentaxis_pipelines.reports.aside import made_aside
from rentaxis_pipelines.reports.documents_read import read_documents
from rentaxis_pipelines.reports.drift import changed_fields
from rentaxis_pipelines.reports.mart_versions import MartVersions
from rentaxis_pipelines.reports.not_pushed import read_both
from rentaxis_pipelines.reports.proved_types import entities_read, proved_types
from rentaxis_pipelines.reports.reach import reach
from rentaxis_pipelines.settings import Company, Environment
from rentaxis_pipelines.sync.run import Run
from rentaxis_pipelines.sync.snapshot import references_of

AHEAD = dt.timedelta(days=366)  # rent is billed in advance
_STATEMENTS = "statement_"  # the marts of the two statements, made last


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a reconciliation. Money is the sum of the amounts at stake; the rows are in the marts."""

    run_id: str
    first_day: dt.date
    last_day: dt.date
    records: int
    agreeing: int
    differing: int
    blocking: int
    blocking_money: Decimal
    unexplained: int
    unexplained_money: Decimal
    drifted: int
    duplicates: int
    problems: int
    not_pushed: int
    not_pushed_money: Decimal
    metered_reads: int
    failed_tests: list[str]
    statements_reason: str | None  # why RentAxis' ledger is not compared with QuickBooks' reports
    statements_unexplained: Decimal

    @property
    def proved(self) -> bool:
        """Every difference is explained, of records and of the statements, and every test of the marts passed."""
        return self.unexplained == 0 and self.statements_unexplained == 0 and not self.failed_tests


def reconcile(run: Run, environment: Environment, context: Context) -> Summary:
    """Compare RentAxis with QuickBooks, record by record, from the company's first day to a year ahead, and save the result in the
    company's report tables.

    Read-only: QuickBooks is asked what changed since the last time. The run's snapshot of the lists must be up to date
    (``sync.snapshot``). Raises SourceError, StorageError, LedgerError or QuickBooksError if one of the three cannot be read.
    """
    today = run.now().astimezone(context.company.zone).date()
    days = DateRange.of_days(context.company.first_day, today + AHEAD)
    inputs.make_tables(environment)
    refresh_statistics(run.connection)
    types = proved_types(run.connection, environment, context.company)
    entities = entities_read(run.connection, run.realm, types, context.company)
    reads = transactions.bring_up_to_date(run, days.first_day, entities)
    before = run.client.calls.reads
    both = statements.read_statements(run, environment, context.company, today)
    refresh_statistics(run.connection)
    read_documents(run.connection, run.realm)
    # Another connection reads them, and has made the company's schema; a transaction sees what was there at its beginning.
    run.connection.commit()
    counts = inputs.read_rentaxis(environment, days, context.company.zone, types)
    shared = [*(f"rentaxis_{name}" for name in counts), *documents_read.TABLES]
    versions = MartVersions(run.connection, run.realm, inputs.own_schema(run.connection))
    with made_aside(run.connection, shared):
        _save_inputs(run, environment, context, days, today, DEPOSIT_SETTLEMENTS in types)
        first = marts.run_marts(run.connection, ["+rentaxis_lines"], versions)
        inputs.write_accounts(run.connection, context)
        of_statements = [name for name in marts.mart_models().names if name.startswith(_STATEMENTS)]
        others = [name for name in marts.mart_models().names if name not in (*first, *of_statements)]
        marts.run_marts(run.connection, others, versions)
        _prove_statements(run, context, both, of_statements)
        reads += run.client.calls.reads - before
        failures = [failure.sentence for failure in marts.run_tests(run.connection)]
        inputs.write_failed_tests(run.connection, failures)
        summary = _summary(run.connection, run.run_id, days, reads, failures)
    run.connection.commit()
    return summary


def _save_inputs(
    run: Run,
    environment: Environment,
    context: Context,
    days: DateRange,
    today: dt.date,
    proves_deposits: bool,
) -> None:
    """What the marts read besides the ledger and RentAxis' records."""
    inputs.write_parameters(
        run,
        days=days,
        today=today,
        go_live=context.company.go_live,
        closed_through=context.references.closing_date,
        reachable=reach(context.company, run.now()),
        proves_deposits=proves_deposits,
    )
    inputs.write_not_pushed(run.connection, *read_both(run, environment, context.company))
    inputs.write_changed_fields(run.connection, changed_fields(run.connection, run.realm))
    inputs.write_places(run.connection, run.realm, context)


def _prove_statements(
    run: Run, context: Context, both: statements.Statements, of_statements: list[str]
) -> None:
    """The statements' marts. QuickBooks' other transactions are read only if the known ones do not explain everything."""
    chart = statements.chart_now(run.connection, run.realm)
    statements.save_statements(run, context, chart, both)
    if both.reason is not None:
        statement_transactions.save_nothing(run.connection)
        marts.run_marts(run.connection, of_statements)
        return
    statement_transactions.save_known(run, chart)
    marts.run_marts(run.connection, of_statements)
    if not statement_transactions.is_explained(run.connection):
        end = statements.later_month(both.last_month, 1)
        statement_transactions.save_others(run, chart, both.first_month, end)
        marts.run_marts(run.connection, of_statements)


def context_of(run: Run, company: Company) -> Context:
    """The facts that mapping needs, from the run's own snapshot."""
    return Context(company, references_of(run.connection, run.realm))


def _summary(
    connection: sa.Connection,
    run_id: str,
    days: DateRange,
    reads: int,
    failed_tests: list[str],
) -> Summary:
    statement = """select (select count(*) from records) as records,
                     (select count(*) from records where explanation = 'agrees') as agreeing,
                     (select count(*) from differences) as differing,
                     (select count(*) from blockers) as blocking,
                     (select coalesce(sum(at_stake), 0) from blockers) as blocking_money,
                     (select count(*) from blockers where explanation = 'unexplained') as unexplained,
                     (select coalesce(sum(at_stake), 0) from blockers where explanation = 'unexplained')
                       as unexplained_money,
                     (select count(distinct record) from drift) as drifted,
                     (select count(*) from duplicates) as duplicates,
                     (select count(*) from open_problems) as problems,
                     (select coalesce(sum(records), 0)::bigint from not_pushed) as not_pushed,
                     (select coalesce(sum(money), 0) from not_pushed) as not_pushed_money,
                     (select reason from statement_state) as statements_reason,
                     (select coalesce(sum(abs(unexplained)), 0) from statement_totals) as statements_unexplained"""
    row = execute(connection, statement).one()
    return Summary(
        run_id=run_id,
        first_day=days.first_day,
        last_day=days.last_day,
        metered_reads=reads,
        failed_tests=failed_tests,
        **row._mapping,
    )
