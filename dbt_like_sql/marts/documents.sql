{# The two QuickBooks sides in one shape. Grain: one record and side.
   side         "written": what we last wrote; "quickbooks": what QuickBooks holds now
   is_void      booked with nothing
   own_day      RentAxis' own day, where we wrote that it is booked on a later one #}
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
    substring(written."PrivateNote" from '^Dated (\d{4}-\d{2}-\d{2}) in RentAxis; the books were closed')::date as own_day
from {{ ref('pairs') }} as pair
cross join {{ source('reports', 'parameters') }} as asked
inner join {{ source('ledger', 'links') }} as link
    on link.realm = asked.realm and link.source_type = pair.source_type and link.source_id = pair.source_id
cross join lateral jsonb_to_record(link.mapped::jsonb) as written (
    "TxnDate" date, "CustomerRef" jsonb, "VendorRef" jsonb, "EntityRef" jsonb, "PrivateNote" text
)
where pair.is_written
union all
select 'quickbooks', kept.record, kept.entity, kept.day, kept.party, kept.total = 0, null
from {{ ref('transactions') }} as kept
where kept.gone_at is null and kept.is_asked and kept.entity <> 'Deposit'
