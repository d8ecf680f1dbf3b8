{# Bank feed lines that were categorized in RentAxis, which posts them there. A matched line is the record it is matched to; pending and
   excluded lines post nothing. The money is without its sign. #}
select
    'bank_transactions' as kind,
    'never_pushed' as reason,
    'bank_transaction' as source_type,
    line.id::text as source_id,
    'Bank line ' || line.id || coalesce(' (' || nullif(btrim(line.description), '') || ')', '') as label,
    line.txn_date as day,
    abs(line.amount) as amount
from {{ source('bank_transactions') }} as line
where line.organization_id = (select id from {{ ref('organization') }})
    and line.deleted_at is null and line.status = 'categorized'
