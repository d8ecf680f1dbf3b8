{# When each refund, its payment and that payment's allocations were last changed. All that changed since an instant; or of those with
   these ids, the ones that changed themselves, whose payer did, or whose payer is one of :parties. #}
with changed as (
    select
        refund.id,
        refund.refund_date,
        payment.organization_id,
        payment.payer_type,
        payment.payer_id,
        greatest(
            refund.created_at, refund.updated_at, refund.deleted_at, payment.updated_at,
            (
                select max(greatest(allocation.updated_at, allocation.deleted_at))
                from {{ source('payment_allocations') }} as allocation where allocation.payment_id = payment.id
            )
        ) as changed_at
    from {{ source('payment_refunds') }} as refund
    inner join {{ source('payments') }} as payment on payment.id = refund.payment_id
    where payment.organization_id = (select id from {{ ref('organization') }})
        and (:ids is null or refund.id::text = any(:ids))
)

select
    changed.organization_id::text as organization_id,
    'refund' as source_type,
    changed.id::text as source_id,
    changed.refund_date as day,
    changed.changed_at,
    changed.payer_type::text as party_type,
    changed.payer_id::text as party_id,
    null::text as party_name,
    payer.updated_at as party_changed_at,
    array[]::text[] as pays
from changed
left join {{ ref('payers') }} as payer
    on payer.kind = changed.payer_type::text and payer.source_id = changed.payer_id::text
where :changed_since is null
    or changed.changed_at > :changed_since
    or (:ids is not null and (payer.updated_at > :changed_since or payer.kind || '/' || payer.source_id = any(:parties)))
