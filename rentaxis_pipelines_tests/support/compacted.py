"""Results of unchanged records put together as a run that settles them in the database writes them: what is read must stay the same.

Only those that could have been settled so: an earlier result of the record, that was no preview's, left it whole, with this day, label and
amount. Not here: settling (``sync.planning.unchanged``).
"""

import sqlalchemy as sa

from rentaxis_pipelines.ledger.sql import execute

_COULD_BE = """r.realm = :realm and r.status = 'skipped' and r.reason_code = 'unchanged' and r.action = 'none' and not r.forced
  and r.how_to_fix = 'Nothing to do.' and starts_with(r.reason, r.source_label) and r.quickbooks_type is not null
  and r.quickbooks_id is not null and r.quickbooks_number is not null and r.request_id is null
  and (cast(:run_id as text) is null or r.run_id = :run_id)
  and exists (
    select from (
      select e.* from ledger.single_results e join ledger.plans q on q.plan_id = e.plan_id and not q.dry_run
      where e.realm = r.realm and e.source_type = r.source_type and e.source_id = r.source_id and e.finished_at < r.finished_at
      order by e.finished_at desc limit 1) e
    where (e.status in ('created', 'updated') or e.reason_code = 'unchanged')
      and (e.day, e.source_label, e.amount, e.quickbooks_id) = (r.day, r.source_label, r.amount, r.quickbooks_id))"""
# A row that was never sent has no address yet; one that is kept together has.
_ADDRESSES = f"""update ledger.single_results r set quickbooks_url = 'https://qbo.example.com/page?txnId=' || r.quickbooks_id
                 where {_COULD_BE}"""
_CHOSEN = f"create temp table put_together on commit drop as select r.* from ledger.single_results r where {_COULD_BE}"
_TAKEN = """delete from ledger.single_results r using put_together t
            where r.run_id = t.run_id and r.source_type = t.source_type and r.source_id = t.source_id"""
_PUT = """insert into ledger.unchanged_results
          select realm, plan_id, run_id, day, record_type, source_type, quickbooks_type,
            left(quickbooks_url, length(quickbooks_url) - length(quickbooks_id)), substr(reason, length(source_label) + 1), currency,
            requested_by, finished_at, count(*), sum(amount), array_agg(source_id order by source_id), array_agg(source_label order by source_id),
            array_agg(amount order by source_id), array_agg(quickbooks_id order by source_id), array_agg(quickbooks_number order by source_id)
          from put_together group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12"""


def give_addresses(connection: sa.Connection, realm: str) -> None:
    """To be called before anything is compared. Commits."""
    execute(connection, _ADDRESSES, realm=realm, run_id=None)
    connection.commit()


def put_together(connection: sa.Connection, realm: str, run_id: str | None = None) -> int:
    """The unchanged results of the run, or of all runs, kept together; returns how many. Planned rows of theirs go too. Commits."""
    execute(connection, _CHOSEN, realm=realm, run_id=run_id)
    execute(connection, _PUT)
    rows = execute(connection, _TAKEN).rowcount
    execute(
        connection,
        """delete from ledger.planned_rows p using put_together t
           where p.plan_id = t.plan_id and p.source_type = t.source_type and p.source_id = t.source_id""",
    )
    connection.commit()
    return rows
