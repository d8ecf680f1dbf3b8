{# The two QuickBooks sides in one layout. Grain: one record and side.
   side           "written": what we last wrote; "quickbooks": what QuickBooks has now
   is_void        it posts nothing
   redated_from   RentAxis' own date, if the books were closed for it and we wrote a later one #}
select
    'written' as side,
    pair.record,
    pair.entity,
    written."TxnDate" as day,
    coalesce(
        'Customer:' || (written."CustomerRef" ->> 'value'), 'Vendor:' || (written."VendorRef" ->> 'value'),
        coalesce(written."EntityRef" ->> 'type', 'Vendor') || ':' || (written."EntityRef" ->> 'value')
    ) as party,
    pair.state = 'void' as is_void,
    link.redated_from
from {{ ref('pairs') }} as pair
cross join {{ source('reports', 'parameters') }} as asked
inner join {{ source('ledger', 'links') }} as link
    on link.realm = asked.realm and link.source_type = pair.source_type and link.source_id = pair.source_id
cross join lateral jsonb_to_record(link.mapped::jsonb) as written (
    "TxnDate" date, "CustomerRef" jsonb, "VendorRef" jsonb, "EntityRef" jsonb
)
where pair.is_written
union all
select 'quickbooks', kept.record, kept.entity, kept.day, kept.party, kept.total = 0, null
from {{ ref('transactions') }} as kept
where kept.gone_at is null and kept.is_asked and kept.entity <> 'Deposit'
