{# Bills that are owed to the landlord, one row each, live items nested. They have no number: null lets the sync give one. Money is in
   cents: 100.0, not 100, which would drop them. #}
with chosen as (
    select
        bill.*,
        coalesce('flat ' || bill.flat_no, 'house ' || bill.house_no) as place_key,
        organization.timezone
    from {{ ref('organization') }} as organization
    inner join {{ source('billing', 'bill') }} as bill on bill.landlord_no = organization.id
    where lower(bill.direction) is distinct from 'payable'
        and (:source_id is null or bill.bill_no::text = :source_id)
        and (:ids is null or bill.bill_no::text = any(:ids))
        and (:first_day is null or bill.issued >= :first_day)
        and (:day_after_last is null or bill.issued < :day_after_last)
),

items as (
    select
        item.bill_no,
        json_agg(
            json_build_object(
                'source_id', item.item_no::text,
                'position', coalesce(item.place_on_bill, 0)::bigint,
                'description', nullif(btrim(item.wording), ''),
                'amount', (item.cents / 100.0)::numeric(12, 2)::text,
                'account', account.account
            )
            order by item.place_on_bill, item.item_no
        ) filter (where item.removed_on is null) as lines,
        greatest(max(item.changed_on), max(item.removed_on)) as changed_on
    from chosen
    inner join {{ source('billing', 'bill_item') }} as item on item.bill_no = chosen.bill_no
    left join {{ ref('accounts') }} as account on account.id = item.entry_no
    group by item.bill_no
)

select
    chosen.issued as day,
    chosen.landlord_no::text as organization_id,
    chosen.bill_no::text as source_id,
    null::text as invoice_number,
    chosen.direction as type,
    chosen.reason as kind,
    chosen.owed_by as billed_to_type,
    chosen.owed_by_no::text as billed_to_id,
    payer.payer,
    chosen.issued as invoice_date,
    chosen.due as due_date,
    chosen.state as status,
    (chosen.total_cents / 100.0)::numeric(12, 2) as total_amount,
    (chosen.paid_cents / 100.0)::numeric(12, 2) as amount_paid,
    (chosen.open_cents / 100.0)::numeric(12, 2) as balance_due,
    chosen.note as memo,
    chosen.void_note as void_reason,
    coalesce(
        place.place,
        json_build_object('property_id', null, 'property_name', null, 'unit_id', null, 'unit_number', null)
    ) as place,
    coalesce(items.lines, '[]') as lines,
    greatest(chosen.entered_on, chosen.changed_on, chosen.removed_on, items.changed_on)
        at time zone chosen.timezone as updated_at,
    chosen.removed_on at time zone chosen.timezone as deleted_at,
    link.imported_link
from chosen
left join {{ ref('nested_payers') }} as payer
    on payer.kind = lower(chosen.owed_by) and payer.source_id = chosen.owed_by_no::text
left join {{ ref('places') }} as place on place.place_key = chosen.place_key
left join items on items.bill_no = chosen.bill_no
left join {{ ref('imported_links') }} as link on link.entity_type = 'invoice' and link.entity_id = chosen.bill_no
