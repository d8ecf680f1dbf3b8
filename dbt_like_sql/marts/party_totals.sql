{# The reconciliation by customer or vendor. Grain: party and record type, over all months.
   entries   a record counts once for each month and account it is booked to; differing: those that do not agree #}
select
    party,
    record_type,
    sum(records)::bigint as entries,
    coalesce(sum(records) filter (where explanation <> 'agrees'), 0)::bigint as differing,
    sum(rentaxis) as rentaxis,
    sum(quickbooks) as quickbooks,
    sum(difference) as difference
from {{ ref('reconciliation') }}
group by 1, 2
