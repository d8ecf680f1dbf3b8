{# When each receipt, its shares and its payer were last changed, and which bills it pays; chosen as in invoice_versions. #}
with changed as (
    select
        receipt.*,
        shares.pays,
        greatest(receipt.entered_on, receipt.changed_on, receipt.removed_on, shares.changed_on)
            at time zone organization.timezone as changed_at
    from {{ ref('organization') }} as organization
    inner join {{ source('billing', 'receipt') }} as receipt on receipt.landlord_no = organization.id
    left join lateral (
        select
            greatest(max(share.changed_on), max(share.removed_on)) as changed_on,
            array_agg(share.bill_no::text) filter (where share.removed_on is null) as pays
        from {{ source('billing', 'receipt_share') }} as share
        where share.receipt_no = receipt.receipt_no
    ) as shares on true
    where (:ids is null or receipt.receipt_no::text = any(:ids))
)

select
    changed.landlord_no::text as organization_id,
    'payment' as source_type,
    changed.receipt_no::text as source_id,
    changed.received as day,
    changed.changed_at,
    lower(changed.paid_by) as party_type,
    changed.paid_by_no::text as party_id,
    null::text as party_name,
    payer.updated_at as party_changed_at,
    coalesce(changed.pays, array[]::text[]) as pays
from changed
left join {{ ref('payers') }} as payer
    on payer.kind = lower(changed.paid_by) and payer.source_id = changed.paid_by_no::text
where :changed_since is null
    or changed.changed_at > :changed_since
    or (
        :ids is not null
        and (payer.updated_at > :changed_since or payer.kind || '/' || payer.source_id = any(:parties))
    )
