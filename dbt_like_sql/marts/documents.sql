{# The two QuickBooks sides in one shape. Grain: one record and side.
   side       "written": what we last wrote; "quickbooks": what QuickBooks holds now
   is_void    booked with nothing #}
select
    'written' as side,
    pair.record,
    pair.entity,
    (pair.written ->> 'TxnDate')::date as day,
    case
        when pair.entity in ('Invoice', 'Payment') then 'Customer:' || (pair.written #>> '{CustomerRef,value}')
        when pair.entity in ('Bill', 'BillPayment') then 'Vendor:' || (pair.written #>> '{VendorRef,value}')
        else coalesce(pair.written #>> '{EntityRef,type}', 'Vendor') || ':' || (pair.written #>> '{EntityRef,value}')
    end as party,
    pair.written as document,
    null::numeric as total,
    pair.state = 'void' as is_void
from {{ ref('pairs') }} as pair
where pair.written is not null
union all
select
    'quickbooks',
    kept.record,
    kept.entity,
    kept.day,
    kept.party,
    kept.document,
    kept.total,
    kept.total = 0
from {{ ref('transactions') }} as kept
where kept.gone_at is null and kept.is_asked and kept.entity <> 'Deposit'
