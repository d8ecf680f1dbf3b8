"""The rows that the desk's pages are measured over, made in the database at once: they never were a sync's.

``BIG_RUN``: a run of a million rows; ``BIG_PLAN``: a stored plan of 100,000. Not here: any measurement.
"""

import datetime as dt
from decimal import Decimal

import msgspec
import psycopg

from rentaxis_pipelines.ledger.database import connect, migrate
from rentaxis_pipelines.ledger.previews import save
from rentaxis_pipelines.ledger.sql import insert
from rentaxis_pipelines.model.plans import Plan
from rentaxis_pipelines.model.previews import Preview
from rentaxis_pipelines.model.sync_request import SyncRequest, over
from rentaxis_pipelines_bench.measured_company import MeasuredCompany

BIG_RUN, OPEN_RUN, BIG_PLAN = (f"{letter * 8}-0000-4000-8000-000000000000" for letter in "abc")
FIRST_DAY = dt.date(2026, 5, 1)
LAST_DAY = dt.date(2026, 10, 31)
SMALL_RUNS = 2_000
PLANNED = 100_000

_RESULTS = """
insert into ledger.single_results
select %(realm)s, %(run)s, %(run)s, %(day)s::date + (number %% 180)::int, 'invoices', 'invoice', (%(first)s + number)::text,
       'Invoice BENCH-' || number, (number::bigint * 7919 %% 500000) / 100.0, 'USD', 'create',
       made.status, case made.status when 'created' then null when 'skipped' then 'waiting_for_parent'
                    else (array['rejected', 'missing_mapping', 'total_mismatch'])[1 + number %% 3] end,
       'The record number ' || number || ' could not be sent, for a reason that takes a sentence to tell.',
       case made.status when 'failed' then 'Map the charge number ' || (number %% 211) || ', then run again.' end,
       'Invoice', number::text, 'BENCH-' || number, 'https://app.qbo.intuit.com/app/invoice?txnId=' || number,
       null, 1, null, null, false, 'benchmark', %(at)s
from generate_series(0, %(rows)s - 1) number,
     lateral (select case when number %% %(every)s = 0 then case when number %% (10 * %(every)s) = 0 then 'skipped' else 'failed' end
                     else 'created' end as status) made"""
_PLANNED = """
insert into ledger.planned_rows (plan_id, position, phase, day, record_type, source_type, source_id, source_label, amount, currency, action,
                                 payload, quickbooks_type, quickbooks_number, forced, conflict_keys, pending, generation)
select %(run)s, number, 1, %(day)s::date + (number %% 180)::int, 'invoices', 'invoice', (20000000 + number)::text,
       'Invoice PLAN-' || number, (number::bigint * 7919 %% 500000) / 100.0, 'USD', 'create',
       json_build_object('CustomerRef', json_build_object('value', '1'), 'DocNumber', 'PLAN-' || number, 'TxnDate', '2026-06-01',
         'Line', json_build_array(json_build_object('Amount', (number::bigint * 7919 %% 500000) / 100.0, 'DetailType', 'SalesItemLineDetail',
           'SalesItemLineDetail', json_build_object('ItemRef', json_build_object('value', %(item)s::text))))),
       'Invoice', 'PLAN-' || number, false, '{}', '{}', 0
from generate_series(0, %(rows)s - 1) number"""


def fill(measured: MeasuredCompany, open_rows: int, rows: int) -> None:
    """A run of ``rows`` rows, one in twenty of which failed or waits; a run of nothing else, so that ``open_rows`` need attention;
    small runs before them; a stored plan.
    """
    url = measured.environment.pipelines_database_url.get_secret_value()
    realm = measured.environment.quickbooks_realm_id
    now = dt.datetime.now(dt.UTC)
    migrate(url)
    with connect(url) as connection:
        insert(connection, "plans", [_plan(realm, f"{number:08x}-small", now - dt.timedelta(days=300, minutes=-number)) for number in range(SMALL_RUNS)])  # fmt: skip
        insert(connection, "plans", [_plan(realm, BIG_RUN, now), _plan(realm, OPEN_RUN, now)])
        insert(connection, "plans", [msgspec.structs.replace(_plan(realm, BIG_PLAN, now), dry_run=True)])
        request = SyncRequest(days=over(FIRST_DAY, LAST_DAY, "invoices"), requested_by="benchmark")
        save(connection, Preview(preview_id=BIG_PLAN, realm=realm, requested_by="benchmark", request=request, created_at=now))  # fmt: skip
        connection.commit()
    with psycopg.connect(url, autocommit=True) as connection:
        every = {"realm": realm, "day": FIRST_DAY, "at": now, "item": measured.item}
        still_open = open_rows - rows // 20
        connection.execute(
            _RESULTS, {**every, "run": BIG_RUN, "first": 10_000_000, "rows": rows, "every": 20}
        )
        connection.execute(
            _RESULTS, {**every, "run": OPEN_RUN, "first": 30_000_000, "rows": still_open, "every": 1}
        )
        connection.execute(_PLANNED, {**every, "run": BIG_PLAN, "rows": PLANNED})
        connection.execute("vacuum analyze")


def _plan(realm: str, run_id: str, at: dt.datetime) -> Plan:
    return Plan(
        plan_id=run_id, realm=realm, run_id=run_id, record_type="invoices", first_day=FIRST_DAY, last_day=LAST_DAY, forced=False,
        dry_run=False, requested_by="benchmark", rows_in=0, money_in=Decimal(0), created_at=at, finished_at=at,
    )  # fmt: skip
