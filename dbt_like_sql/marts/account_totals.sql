{# The reconciliation by account. Grain: record type, account, month and explanation.
   entries   a record counts once for each customer or vendor it is booked to there #}
select
    record_type,
    account,
    month,
    explanation,
    sum(records)::bigint as entries,
    sum(rentaxis) as rentaxis,
    sum(quickbooks) as quickbooks,
    sum(difference) as difference
from {{ ref('reconciliation') }}
group by 1, 2, 3, 4
