{# When each bill, its items and its payer were last changed. All that changed since an instant; or of those with these ids, the ones that
   changed themselves, whose payer did, or whose payer is one of :parties. #}
with changed as (
    select
        bill.*,
        (
            greatest(
                bill.entered_on,
                bill.changed_on,
                bill.removed_on,
                (
                    select greatest(max(item.changed_on), max(item.removed_on))
                    from {{ source('billing', 'bill_item') }} as item
                    where item.bill_no = bill.bill_no
                )
            ) at time zone organization.timezone
        ) as changed_at
    from {{ ref('organization') }} as organization
    inner join {{ source('billing', 'bill') }} as bill on bill.landlord_no = organization.id
    where lower(bill.direction) is distinct from 'payable'
        and (:ids is null or bill.bill_no::text = any(:ids))
)

select
    changed.landlord_no::text as organization_id,
    'invoice' as source_type,
    changed.bill_no::text as source_id,
    changed.issued as day,
    changed.changed_at,
    lower(changed.owed_by) as party_type,
    changed.owed_by_no::text as party_id,
    null::text as party_name,
    payer.updated_at as party_changed_at,
    array[]::text[] as pays
from changed
left join {{ ref('payers') }} as payer
    on payer.kind = lower(changed.owed_by) and payer.source_id = changed.owed_by_no::text
where :changed_since is null
    or changed.changed_at > :changed_since
    or (
        :ids is not null
        and (payer.updated_at > :changed_since or payer.kind || '/' || payer.source_id = any(:parties))
    )
