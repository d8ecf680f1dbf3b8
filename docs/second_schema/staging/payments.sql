{# Receipts, one row each, live shares nested, each with what its bill is. #}
with chosen as (
    select receipt.*, organization.timezone
    from {{ ref('organization') }} as organization
    inner join {{ source('billing', 'receipt') }} as receipt on receipt.landlord_no = organization.id
    where (:source_id is null or receipt.receipt_no::text = :source_id)
        and (:ids is null or receipt.receipt_no::text = any(:ids))
        and (:first_day is null or receipt.received >= :first_day)
        and (:day_after_last is null or receipt.received < :day_after_last)
),

shares as (
    select
        share.receipt_no,
        json_agg(
            json_build_object(
                'source_id', share.share_no::text,
                'invoice_id', share.bill_no::text,
                'invoice_number', null,
                'amount', (share.cents / 100.0)::numeric(12, 2)::text,
                'place', place.place,
                'invoice_type', bill.direction,
                'invoice_date', bill.issued,
                'invoice_status', bill.state,
                'invoice_deleted', bill.removed_on is not null,
                'invoice_link', bill_link.imported_link
            )
            order by share.share_no
        ) filter (where share.removed_on is null) as allocations,
        greatest(max(share.changed_on), max(share.removed_on)) as changed_on
    from chosen
    inner join {{ source('billing', 'receipt_share') }} as share on share.receipt_no = chosen.receipt_no
    left join {{ source('billing', 'bill') }} as bill
        on bill.bill_no = share.bill_no and bill.landlord_no = chosen.landlord_no
    left join {{ ref('places') }} as place
        on place.place_key = coalesce('flat ' || bill.flat_no, 'house ' || bill.house_no)
    left join {{ ref('imported_links') }} as bill_link
        on bill_link.entity_type = 'invoice' and bill_link.entity_id = bill.bill_no
    group by share.receipt_no
)

select
    chosen.received as day,
    chosen.landlord_no::text as organization_id,
    chosen.receipt_no::text as source_id,
    nullif(btrim(chosen.slip), '') as payment_number,
    chosen.paid_by as payer_type,
    chosen.paid_by_no::text as payer_id,
    payer.payer,
    (chosen.cents / 100.0)::numeric(12, 2) as amount,
    chosen.received as payment_date,
    chosen.way as method,
    chosen.state as status,
    chosen.void_note as void_reason,
    chosen.reference,
    account.account as deposit_account,
    coalesce(shares.allocations, '[]') as allocations,
    greatest(chosen.entered_on, chosen.changed_on, chosen.removed_on, shares.changed_on)
        at time zone chosen.timezone as updated_at,
    chosen.removed_on at time zone chosen.timezone as deleted_at,
    link.imported_link
from chosen
left join {{ ref('nested_payers') }} as payer
    on payer.kind = lower(chosen.paid_by) and payer.source_id = chosen.paid_by_no::text
left join {{ ref('accounts') }} as account on account.id = chosen.entry_no
left join shares on shares.receipt_no = chosen.receipt_no
left join {{ ref('imported_links') }} as link on link.entity_type = 'payment' and link.entity_id = chosen.receipt_no
