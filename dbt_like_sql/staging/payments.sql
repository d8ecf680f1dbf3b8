{# Payments, one row each, live allocations nested: an allocation that was released by a void or an edit is not in the list
   but still updates updated_at. RentAxis documents neither returns nor refunds: their columns are this sync's own, and a folder may
   leave them out (see the contract). #}
with chosen as (
    select payment.*
    from {{ source('payments') }} as payment
    where payment.organization_id = (select id from {{ ref('organization') }})
        and (:source_id is null or payment.id::text = :source_id)
        and (:ids is null or payment.id::text = any(:ids))
        and (:first_day is null or payment.payment_date >= :first_day)
        and (:day_after_last is null or payment.payment_date < :day_after_last)
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
    from chosen
    inner join {{ source('payment_allocations') }} as allocation on allocation.payment_id = chosen.id
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
),

refunds as (
    select
        refund.payment_id,
        json_agg(
            json_build_object(
                'source_id', refund.id::text,
                'refund_date', refund.refund_date,
                'amount', refund.amount::text,
                'method', refund.method::text,
                'account', account.account,
                'status', refund.status::text
            )
            order by refund.id
        ) filter (where refund.deleted_at is null) as refunds,
        coalesce(
            sum(refund.amount) filter (where refund.deleted_at is null and refund.status = 'completed'), 0
        ) as refunded_amount,
        greatest(max(refund.updated_at), max(refund.deleted_at)) as updated_at
    from chosen
    inner join {{ source('payment_refunds') }} as refund on refund.payment_id = chosen.id
    left join {{ ref('accounts') }} as account on account.id = refund.account_id
    group by refund.payment_id
),

{% if has('bank_deposits') and has('bank_deposit_payments') %}
banked as (
    select distinct on (gathered.payment_id) gathered.payment_id, deposit.account_id
    from chosen
    inner join {{ source('bank_deposit_payments') }} as gathered on gathered.payment_id = chosen.id and gathered.deleted_at is null
    inner join {{ source('bank_deposits') }} as deposit
        on deposit.id = gathered.deposit_id and deposit.organization_id = chosen.organization_id
        and deposit.deleted_at is null and lower(btrim(deposit.status::text)) = 'completed'
    order by gathered.payment_id, deposit.deposit_date, deposit.id
)
{% else %}
banked as (select null::bigint as payment_id, null::bigint as account_id where false)
{% endif %}

select
    chosen.payment_date as day,
    chosen.organization_id::text as organization_id,
    chosen.id::text as source_id,
    nullif(btrim(chosen.payment_number), '') as payment_number,
    chosen.payer_type::text as payer_type,
    chosen.payer_id::text as payer_id,
    payer.payer,
    chosen.amount,
    chosen.payment_date,
    chosen.method::text as method,
    chosen.status::text as status,
    chosen.void_reason,
    coalesce(nullif(btrim(chosen.reference), ''), nullif(btrim(chosen.stripe_payment_id), '')) as reference,
    account.account as deposit_account,
    coalesce(allocations.allocations, '[]') as allocations,
    greatest(
        chosen.created_at, chosen.updated_at, chosen.deleted_at, allocations.updated_at, refunds.updated_at
    ) as updated_at,
    chosen.deleted_at,
    link.imported_link,
    chosen.returned_on,
    chosen.return_reason::text as return_reason,
    chosen.return_fee,
    coalesce(refunds.refunds, '[]') as refunds,
    refunds.refunded_amount::numeric(12, 2) as refunded_amount,
    banked_in.account as banked_in
from chosen
left join {{ ref('nested_payers') }} as payer
    on payer.kind = chosen.payer_type::text and payer.source_id = chosen.payer_id::text
left join {{ ref('accounts') }} as account on account.id = chosen.deposit_account_id
left join allocations on allocations.payment_id = chosen.id
left join refunds on refunds.payment_id = chosen.id
left join banked on banked.payment_id = chosen.id
left join {{ ref('accounts') }} as banked_in on banked_in.id = banked.account_id
left join {{ ref('imported_links') }} as link on link.entity_type = 'payment' and link.entity_id = chosen.id
