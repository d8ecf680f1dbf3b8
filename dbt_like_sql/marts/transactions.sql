{# QuickBooks' transactions as last seen. Grain: one transaction, including those that were deleted.
   record      the RentAxis record it is, or entity:id for one that is not linked
   party       Customer:id or Vendor:id
   marked_as   the record that our marker line in its memo names; a copy made by hand has the marker too
   is_asked    whether it is dated in the requested days, or belongs to a record of ours, whatever its date #}
select
    coalesce(pair.record, kept.entity || ':' || kept.quickbooks_id) as record,
    pair.record is not null as is_linked,
    kept.entity,
    kept.quickbooks_id,
    coalesce(held."DocNumber", held."PaymentRefNum") as number,
    held."TxnDate" as day,
    held."DueDate" as due_day,
    coalesce(
        'Customer:' || (held."CustomerRef" ->> 'value'), 'Vendor:' || (held."VendorRef" ->> 'value'),
        coalesce(held."EntityRef" ->> 'type', 'Vendor') || ':' || (held."EntityRef" ->> 'value')
    ) as party,
    coalesce(held."TotalAmt", 0) as total,
    coalesce(held."Balance", 0) as balance,
    coalesce(held."UnappliedAmt", 0) as unapplied,
    (held."MetaData" ->> 'LastUpdatedTime')::timestamptz as changed_at,
    kept.gone_at,
    array_to_string(regexp_match(held."PrivateNote", {{ values('marker') }}), '/') as marked_as,
    pair.record is not null or held."TxnDate" between asked.first_day and asked.last_day as is_asked
from {{ source('ledger', 'quickbooks_transactions') }} as kept
{# A mart stores no copy of the JSON, which is most of the bytes. Read as a record, it is unpacked once instead of once per field. #}
cross join lateral jsonb_to_record(kept.object) as held (
    "DocNumber" text, "PaymentRefNum" text, "TxnDate" date, "DueDate" date, "CustomerRef" jsonb, "VendorRef" jsonb,
    "EntityRef" jsonb, "TotalAmt" numeric, "Balance" numeric, "UnappliedAmt" numeric, "MetaData" jsonb, "PrivateNote" text
)
inner join {{ source('reports', 'parameters') }} as asked on asked.realm = kept.realm
left join {{ ref('pairs') }} as pair on pair.entity = kept.entity and pair.quickbooks_id = kept.quickbooks_id
