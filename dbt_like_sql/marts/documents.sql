{# The two QuickBooks sides in one layout. Grain: one record and side.
   side           "written": what we last wrote; "quickbooks": what QuickBooks has now
   is_void        it posts nothing
   redated_from   RentAxis' own date, if the books were closed for it and we wrote a later one #}
select
    'written' as side,
    pair.record,
    pair.entity,
    written.day,
    written.party,
    pair.state = 'void' as is_void,
    written.redated_from
from {{ ref('pairs') }} as pair
inner join {{ source('reports', 'read_documents') }} as written on written.side = 'written' and written.document = pair.record
where pair.is_written
union all
select 'quickbooks', kept.record, kept.entity, kept.day, kept.party, kept.total = 0, null
from {{ ref('transactions') }} as kept
where kept.gone_at is null and kept.is_asked and (kept.entity <> 'Deposit' or kept.is_linked or kept.marked_as is not null)
