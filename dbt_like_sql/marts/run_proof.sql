{# The latest runs: did every row get its result, and does QuickBooks have what was intended? Grain: one plan.
   rows_in, money_in     counted before any rule was applied to the records
   rows_out, money_out   created + updated + skipped + failed; of an undo every row counts, customers and vendors too
   meant, held           what this run wrote (and no later run changed), and what QuickBooks has of it now #}
with latest as (
    select plan.* from {{ source('ledger', 'plans') }} as plan
    inner join {{ source('reports', 'parameters') }} as asked on asked.realm = plan.realm
    where plan.run_id in (
        select run_id from {{ source('ledger', 'plans') }} as each
        where each.realm = plan.realm and not each.dry_run
        group by run_id order by max(created_at) desc limit 10
    )
),

settled as (
    -- unchanged records that needed no row of the plan: one row of the ledger for all of a day
    select each.plan_id, sum(each.rows) as rows_out, sum(each.amount) as money_out
    from {{ source('ledger', 'unchanged_results') }} as each
    inner join latest on latest.plan_id = each.plan_id and latest.record_type = each.record_type
    group by each.plan_id
),

outcomes as (
    select
        row.plan_id,
        count(result.source_id) as rows_out,
        coalesce(sum(result.amount), 0) as money_out,
        count(*) filter (where result.status = 'created') as created,
        count(*) filter (where result.status = 'updated') as updated,
        count(*) filter (where result.status = 'skipped') as skipped,
        count(*) filter (where result.status = 'failed') as failed
    from {{ source('ledger', 'planned_rows') }} as row
    inner join latest on latest.plan_id = row.plan_id
    left join {{ source('ledger', 'single_results') }} as result
        on result.run_id = latest.run_id and result.source_type = row.source_type and result.source_id = row.source_id
    where row.phase in {{ values('records_phase') }} or latest.undoes is not null
    group by row.plan_id
),

held as (
    select run_id, record_type, sum(written_total) as meant, sum(quickbooks_total) as held,
        count(*) filter (where written_total <> quickbooks_total) as rows_that_differ
    from {{ ref('records') }}
    where run_id is not null and record_type <> 'bill_payments'
    group by run_id, record_type
)

select
    latest.plan_id,
    latest.run_id,
    latest.record_type,
    latest.created_at,
    latest.requested_by,
    latest.rows_in,
    coalesce(outcomes.rows_out, 0) + coalesce(settled.rows_out, 0) as rows_out,
    latest.money_in,
    coalesce(outcomes.money_out, 0) + coalesce(settled.money_out, 0) as money_out,
    coalesce(outcomes.created, 0) as created,
    coalesce(outcomes.updated, 0) as updated,
    coalesce(outcomes.skipped, 0) + coalesce(settled.rows_out, 0) as skipped,
    coalesce(outcomes.failed, 0) as failed,
    coalesce(held.meant, 0) as meant,
    coalesce(held.held, 0) as held,
    coalesce(held.rows_that_differ, 0) as rows_that_differ,
    latest.rows_in = coalesce(outcomes.rows_out, 0) + coalesce(settled.rows_out, 0)
    and latest.money_in = coalesce(outcomes.money_out, 0) + coalesce(settled.money_out, 0) as adds_up,
    coalesce(held.rows_that_differ, 0) = 0 as quickbooks_agrees
from latest
left join outcomes on outcomes.plan_id = latest.plan_id
left join settled on settled.plan_id = latest.plan_id
left join held on held.run_id = latest.run_id and held.record_type = latest.record_type
