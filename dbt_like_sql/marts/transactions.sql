{# QuickBooks' transactions as last seen. Grain: one transaction, also one that is gone.
   record      the RentAxis record it is, or entity:id for one that is not linked
   party       Customer:id or Vendor:id
   marked_as   the record its memo says it is (our marker line); a copy made by hand carries it too
   is_asked    whether it belongs to the days asked for, or to a record of ours whatever its day #}
select
    coalesce(pair.record, kept.entity || ':' || kept.quickbooks_id) as record,
    pair.record is not null as is_linked,
    kept.entity,
    kept.quickbooks_id,
    coalesce(kept.object ->> 'DocNumber', kept.object ->> 'PaymentRefNum') as number,
    (kept.object ->> 'TxnDate')::date as day,
    (kept.object ->> 'DueDate')::date as due_day,
    case
        when kept.entity in ('Invoice', 'Payment') then 'Customer:' || (kept.object #>> '{CustomerRef,value}')
        when kept.entity in ('Bill', 'BillPayment') then 'Vendor:' || (kept.object #>> '{VendorRef,value}')
        else coalesce(kept.object #>> '{EntityRef,type}', 'Vendor') || ':' || (kept.object #>> '{EntityRef,value}')
    end as party,
    coalesce((kept.object ->> 'TotalAmt')::numeric, 0) as total,
    coalesce((kept.object ->> 'Balance')::numeric, 0) as balance,
    coalesce((kept.object ->> 'UnappliedAmt')::numeric, 0) as unapplied,
    (kept.object #>> '{MetaData,LastUpdatedTime}')::timestamptz as changed_at,
    kept.gone_at,
    array_to_string(regexp_match(kept.object ->> 'PrivateNote', 'RentAxis ([a-z_]+) (\S+)\s*$'), '/') as marked_as,
    pair.record is not null or (kept.object ->> 'TxnDate')::date between asked.first_day and asked.last_day as is_asked,
    kept.object as document
from {{ source('ledger', 'quickbooks_transactions') }} as kept
inner join {{ source('reports', 'parameters') }} as asked on asked.realm = kept.realm
left join {{ ref('pairs') }} as pair on pair.entity = kept.entity and pair.quickbooks_id = kept.quickbooks_id
