"""Results of unchanged records, kept together by day (``ledger.unchanged_results``): how one record's are found, how a run's are read in order.

A record has such a result only where an earlier run found it unchanged, or wrote it whole, on the same day: there is always a result of its
own with that day, and it said the same of label, amount and QuickBooks' object. So one record's are found by the days of its own results, in
an index, and nothing is ever unnested to look for them. A record has never both kinds of result in one run: what was settled so is out of
the way before anything is planned (``ledger.read_rows``).
Here: SQL, made of constants; reads only. Not here: writing them (``sync.planning.unchanged``), all results as one view (migration 0022).
"""

from typing import Final

from rentaxis_pipelines.model.reasons import ReasonCode

STATUS, REASON = "skipped", ReasonCode.UNCHANGED.value

# The columns of ledger.row_results, in its order, of the element ``n`` of the row ``u``.
EXPANDED: Final = """u.realm, u.plan_id, u.run_id, u.day, u.record_type, u.source_type, u.source_ids[n] as source_id, u.labels[n] as source_label,
    u.amounts[n] as amount, u.currency, 'none'::text as action, 'skipped'::text as status, 'unchanged'::text as reason_code,
    u.labels[n] || u.said as reason, 'Nothing to do.'::text as how_to_fix, u.quickbooks_type, u.quickbooks_ids[n] as quickbooks_id,
    u.quickbooks_numbers[n] as quickbooks_number, nullif(u.url_before_id, '') || u.quickbooks_ids[n] as quickbooks_url, null::text as request_id,
    0 as attempts, null::text as fault_code, null::text as intuit_tid, false as forced, u.requested_by, u.finished_at"""
SINGLE: Final = """r.realm, r.plan_id, r.run_id, r.day, r.record_type, r.source_type, r.source_id, r.source_label, r.amount, r.currency, r.action,
    r.status, r.reason_code, r.reason, r.how_to_fix, r.quickbooks_type, r.quickbooks_id, r.quickbooks_number, r.quickbooks_url, r.request_id,
    r.attempts, r.fault_code, r.intuit_tid, r.forced, r.requested_by, r.finished_at"""

_PLACES = """(select distinct k.day, k.record_type from ledger.single_results k
              where k.realm = :realm and k.source_type = w.source_type and k.source_id = w.source_id) place"""
_IS_OF = """u.realm = :realm and u.day = place.day and u.record_type = place.record_type and u.source_type = w.source_type
            and w.source_id = any(u.source_ids)"""


def newest_of_each(plans: str) -> str:
    """The newest result of the record ``w`` (source_type, source_id), as the text of a lateral subquery; parameter ``:realm``.

    ``plans``: which plans' results count, as a condition on the plan ``p``. Of the results kept together only those of its own days are
    looked at, the newest first, and none that is older than the newest of its own.
    """
    return f"""select * from (
        (select {SINGLE} from ledger.single_results r join ledger.plans p on p.plan_id = r.plan_id
         where r.realm = :realm and r.source_type = w.source_type and r.source_id = w.source_id and {plans}
         order by r.finished_at desc limit 1)
        union all
        (select {EXPANDED} from {_PLACES}
         cross join lateral (
           select u.*, array_position(u.source_ids, w.source_id) as n
           from ledger.unchanged_results u join ledger.plans p on p.plan_id = u.plan_id
           where {_IS_OF} and {plans} and u.finished_at > (
             select coalesce(max(r.finished_at), '-infinity') from ledger.single_results r join ledger.plans p on p.plan_id = r.plan_id
             where r.realm = :realm and r.source_type = w.source_type and r.source_id = w.source_id and {plans})
           order by u.finished_at desc limit 1) u
         order by u.finished_at desc limit 1)) each_kind
      order by finished_at desc limit 1"""  # noqa: S608 - constants of this module


def every_of_each() -> str:
    """All results of the record ``w`` kept together, as the text of a lateral subquery; parameter ``:realm``."""
    return f"""select {EXPANDED} from {_PLACES}
               cross join lateral (select u.*, array_position(u.source_ids, w.source_id) as n
                                   from ledger.unchanged_results u where {_IS_OF}) u"""  # noqa: S608 - constants of this module
