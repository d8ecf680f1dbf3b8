"""What the ledger used to keep only in a sentence is moved into columns, once, when its tables are brought up to date."""

import datetime as dt
from decimal import Decimal

import psycopg

from rentaxis_pipelines.ledger import links, results
from rentaxis_pipelines.ledger.database import connect, engine, migrate
from rentaxis_pipelines.ledger.plans import save_plan
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.plans import Plan, PlannedRow
from rentaxis_pipelines.model.results import RowResult

DAY = dt.date(2026, 6, 20)
NOW = dt.datetime(2026, 7, 2, 12, tzinfo=dt.UTC)
REDATED = (
    "Dated 2026-06-20 in RentAxis; the books were closed, so it is booked on 2026-07-01.\nRentAxis invoice 1"
)
# How the tables were before.
_BACK = """
    drop index ledger.request_rows_released;
    create index request_rows_plan on ledger.request_rows (plan_id, position);
    drop view ledger.row_results;
    alter table ledger.single_results rename to row_results;
    drop table ledger.settled_records, ledger.unchanged_results;
    drop function ledger.add_unchanged_to_run_sums, ledger.take_unchanged_from_run_sums;
    alter table ledger.planned_rows drop column fingerprint, drop column uses;
    alter table ledger.links drop column redated_from;
    alter table ledger.planned_rows drop column redated_from, drop column standing, drop column edited, drop column undoes;
    alter table ledger.plans drop column undoes;
    alter table ledger.decisions drop column run_id, drop column withdraws, drop column question, drop column batch, drop column batch_rows;
    drop table ledger.plan_lines, ledger.plan_left_out, ledger.plan_launches, ledger.kept_edits, ledger.previews, ledger.link_versions;
    drop index ledger.links_number, ledger.links_total, ledger.quickbooks_transactions_number, ledger.snapshot_objects_name,
      ledger.snapshot_objects_email;
    drop function ledger.refuse_to_rewrite_versions;
    drop table ledger.automation_switches, ledger.moved_away, ledger.metered_reads;
    drop function ledger.refuse_moved_away cascade;
    drop index ledger.plans_days;
    alter table ledger.plans drop column pruned_at;
    drop table ledger.run_sums, ledger.open_records, ledger.open_sums, ledger.settings_versions;
    drop function ledger.add_to_run_sums, ledger.take_from_run_sums, ledger.keep_open_records cascade;
    drop function ledger.need_of, ledger.add_to_open_sums, ledger.take_from_open_sums;
    drop index ledger.row_results_run_amount, ledger.row_results_run_day, ledger.row_results_run_label, ledger.plans_realm, ledger.decisions_realm;
    update ledger.ledger_version set version_num = '0010';
"""


def _link(source_id: str, note: str) -> Link:
    return Link(
        realm="r", source_type="invoice", source_id=source_id, quickbooks_type="Invoice", quickbooks_id=source_id, sync_token="0",
        content_hash="h", mapped={"PrivateNote": note}, owned=["PrivateNote"], origin="created", updated_at=NOW,
    )  # fmt: skip


def _result(source_id: str, remedy: str) -> RowResult:
    return RowResult(
        realm="r", plan_id="p", run_id="run", day=DAY, record_type="payments", source_type="payment", source_id=source_id,
        source_label="Payment", amount=Decimal(10), currency="USD", action="create", status="created",
        reason_code="applied_in_part", reason="Part of it.", how_to_fix=remedy, forced=False, requested_by="ann", finished_at=NOW,
    )  # fmt: skip


def test_a_later_date_and_money_to_apply_by_hand_are_told_by_columns(database: str) -> None:
    """A memo that a person wrote is no date of ours; money that is applied automatically keeps its reason. A row that a dead run left
    unfinished knows its date too.
    """
    migrate(database)
    with connect(database) as connection:
        plan = Plan(
            plan_id="p", realm="r", run_id="run", record_type="payments", first_day=DAY, last_day=DAY, forced=False, dry_run=False,
            requested_by="ann", rows_in=2, money_in=Decimal(20), created_at=NOW,
        )  # fmt: skip
        row = PlannedRow(
            plan_id="p", position=0, phase=2, day=DAY, record_type="invoices", source_type="invoice", source_id="3", source_label="Invoice",
            amount=Decimal(10), currency="USD", action="create", payload={"PrivateNote": REDATED}, forced=False,
        )  # fmt: skip
        save_plan(connection, plan, [row])
        links.save_links(connection, [_link("1", REDATED), _link("2", f"See also: {REDATED}")])
        automatic = "Nothing to do: it is applied automatically once the invoice is in QuickBooks."  # as it was said then
        results.save_results(connection, [_result("1", "Apply it by hand."), _result("2", automatic)])
        connection.commit()
    engine(database).dispose()
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(_BACK)
    migrate(database)
    with connect(database) as connection:
        known = links.links_of(connection, "r", "invoice", ["1", "2"])
        planned = connection.exec_driver_sql("select redated_from from ledger.planned_rows").scalar_one()
        codes = {
            result.source_id: result.reason_code
            for result in results.results_of(connection, "r", run_id="run")
        }
    engine(database).dispose()
    assert {source_id: link.redated_from for source_id, link in known.items()} == {"1": DAY, "2": None}
    assert planned == DAY
    assert codes == {"1": "apply_by_hand", "2": "applied_in_part"}
