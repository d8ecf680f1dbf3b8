{# When each payment, its allocations, and its payer were last changed, and which invoices and refunds it pays. All that changed since an
   instant; or of those with these ids, the ones that changed themselves, whose payer did, or whose payer is one of :parties. #}
with touched as (
    select payment.id
    from {{ source('payments') }} as payment
    where payment.organization_id = (select id from {{ ref('organization') }})
        and (
            :changed_since is null
            or greatest(payment.created_at, payment.updated_at, payment.deleted_at) > :changed_since
        )
    union
    select allocation.payment_id
    from {{ source('payment_allocations') }} as allocation
    where greatest(allocation.updated_at, allocation.deleted_at) > :changed_since
    union
    select refund.payment_id
    from {{ source('payment_refunds') }} as refund
    where greatest(refund.updated_at, refund.deleted_at) > :changed_since
    union
    select payment.id
    from {{ ref('payers') }} as payer
    inner join {{ source('payments') }} as payment
        on payment.payer_type::text = payer.kind and payment.payer_id::text = payer.source_id
    where :ids is not null
        and (payer.updated_at > :changed_since or payer.kind || '/' || payer.source_id = any(:parties))
),

chosen as (
    select payment.*
    from touched
    inner join {{ source('payments') }} as payment on payment.id = touched.id
    where payment.organization_id = (select id from {{ ref('organization') }})
        and (:ids is null or payment.id::text = any(:ids))
),

allocations as (
    select
        allocation.payment_id,
        greatest(max(allocation.updated_at), max(allocation.deleted_at)) as updated_at,
        array_agg(allocation.invoice_id::text) filter (where allocation.deleted_at is null) as pays
    from chosen
    inner join {{ source('payment_allocations') }} as allocation on allocation.payment_id = chosen.id
    group by allocation.payment_id
),

refunds as (
    select
        refund.payment_id,
        greatest(max(refund.updated_at), max(refund.deleted_at)) as updated_at,
        array_agg('refund/' || refund.id::text) filter (where refund.deleted_at is null) as pays
    from chosen
    inner join {{ source('payment_refunds') }} as refund on refund.payment_id = chosen.id
    group by refund.payment_id
)

select
    payment.organization_id::text as organization_id,
    'payment' as source_type,
    payment.id::text as source_id,
    payment.payment_date as day,
    greatest(
        payment.created_at, payment.updated_at, payment.deleted_at, allocations.updated_at, refunds.updated_at
    ) as changed_at,
    payment.payer_type::text as party_type,
    payment.payer_id::text as party_id,
    null::text as party_name,
    payer.updated_at as party_changed_at,
    coalesce(allocations.pays, array[]::text[]) || coalesce(refunds.pays, array[]::text[]) as pays
from chosen as payment
left join allocations on allocations.payment_id = payment.id
left join refunds on refunds.payment_id = payment.id
left join {{ ref('payers') }} as payer
    on payer.kind = payment.payer_type::text and payer.source_id = payment.payer_id::text
