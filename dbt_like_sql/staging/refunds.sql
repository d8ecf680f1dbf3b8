{# Refunds of payments, one row each, with what the payment is applied to, and what of it was paid back before. RentAxis documents no
   refunds: the table is assumed (see the contract), and a folder may leave this model out. #}
with chosen as (
    select
        refund.*,
        payment.organization_id,
        payment.payment_number,
        payment.payer_type,
        payment.payer_id,
        payment.amount as payment_amount,
        coalesce(
            (
                select sum(earlier.amount) from {{ source('payment_refunds') }} as earlier
                where earlier.payment_id = refund.payment_id and earlier.deleted_at is null
                    and lower(btrim(earlier.status)) = 'completed'
                    and (earlier.refund_date, earlier.id) < (refund.refund_date, refund.id)
            ),
            0
        ) as refunded_before,
        payment.updated_at as payment_updated_at
    from {{ source('payment_refunds') }} as refund
    inner join {{ source('payments') }} as payment on payment.id = refund.payment_id
    where payment.organization_id = (select id from {{ ref('organization') }})
        and (:source_id is null or refund.id::text = :source_id)
        and (:ids is null or refund.id::text = any(:ids))
        and (:first_day is null or refund.refund_date >= :first_day)
        and (:day_after_last is null or refund.refund_date < :day_after_last)
),

allocations as (
    select
        allocation.payment_id,
        json_agg(
            json_build_object(
                'source_id', allocation.id::text,
                'invoice_id', allocation.invoice_id::text,
                'invoice_number', nullif(btrim(invoice.invoice_number), ''),
                'amount', allocation.amount::text,
                'place', place.place,
                'invoice_type', invoice.type::text,
                'invoice_date', invoice.invoice_date,
                'invoice_status', invoice.status::text,
                'invoice_deleted', invoice.deleted_at is not null,
                'invoice_link', invoice_link.imported_link
            )
            order by allocation.id
        ) filter (where allocation.deleted_at is null) as allocations,
        greatest(max(allocation.updated_at), max(allocation.deleted_at)) as updated_at
    from (select distinct payment_id from chosen) as refunded
    inner join {{ source('payment_allocations') }} as allocation on allocation.payment_id = refunded.payment_id
    left join {{ source('invoices') }} as invoice
        on invoice.id = allocation.invoice_id
        and invoice.organization_id = (select id from {{ ref('organization') }})
    left join {{ source('leases') }} as lease on lease.id = invoice.lease_id
    left join {{ ref('places') }} as place
        on place.place_key
        = coalesce('unit ' || coalesce(invoice.unit_id, lease.unit_id), 'property ' || invoice.property_id)
    left join {{ ref('imported_links') }} as invoice_link
        on invoice_link.entity_type = 'invoice'
        and invoice_link.entity_id = invoice.id
    group by allocation.payment_id
)

select
    chosen.refund_date as day,
    chosen.organization_id::text as organization_id,
    chosen.id::text as source_id,
    chosen.payment_id::text as payment_id,
    nullif(btrim(chosen.payment_number), '') as payment_number,
    chosen.payer_type::text as payer_type,
    chosen.payer_id::text as payer_id,
    payer.payer,
    chosen.amount,
    chosen.refund_date,
    chosen.method::text as method,
    chosen.status::text as status,
    account.account as paid_from_account,
    chosen.payment_amount,
    chosen.refunded_before::numeric(12, 2) as refunded_before,
    coalesce(allocations.allocations, '[]') as allocations,
    greatest(chosen.created_at, chosen.updated_at, chosen.deleted_at, chosen.payment_updated_at, allocations.updated_at)
        as updated_at,
    chosen.deleted_at,
    null::json as imported_link
from chosen
left join {{ ref('nested_payers') }} as payer
    on payer.kind = chosen.payer_type::text and payer.source_id = chosen.payer_id::text
left join {{ ref('accounts') }} as account on account.id = chosen.account_id
left join allocations on allocations.payment_id = chosen.payment_id
