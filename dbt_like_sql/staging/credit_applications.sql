{# What credits are applied to, one row a credit that is, or was, applied to anything; live allocations nested. #}
with chosen as (
    select credit.*
    from {{ ref('given_credits') }} as credit
    where (:source_id is null or credit.source_id = :source_id)
        and (:ids is null or credit.source_id = any(:ids))
        and (:first_day is null or credit.credit_date >= :first_day)
        and (:day_after_last is null or credit.credit_date < :day_after_last)
),

allocations as (
    select
        allocation.credit_source_id,
        json_agg(
            json_build_object(
                'source_id', allocation.source_id,
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
            order by allocation.source_id
        ) filter (where allocation.deleted_at is null) as allocations,
        sum(allocation.amount) filter (where allocation.deleted_at is null) as amount,
        max(allocation.updated_at) as updated_at
    from {{ ref('given_credit_allocations') }} as allocation
    left join {{ source('invoices') }} as invoice
        on invoice.id = allocation.invoice_id
        and invoice.organization_id = (select id from {{ ref('organization') }})
    left join {{ source('leases') }} as lease on lease.id = invoice.lease_id
    left join {{ ref('places') }} as place
        on place.place_key
        = coalesce('unit ' || coalesce(invoice.unit_id, lease.unit_id), 'property ' || invoice.property_id)
    left join {{ ref('imported_links') }} as invoice_link
        on invoice_link.entity_type = 'invoice' and invoice_link.entity_id = invoice.id
    where allocation.credit_source_id in (select source_id from chosen)
    group by allocation.credit_source_id
)

select
    chosen.credit_date as day,
    chosen.organization_id::text as organization_id,
    chosen.source_id,
    chosen.credit_number,
    chosen.total_amount as credit_total,
    chosen.payer_type,
    chosen.payer_id::text as payer_id,
    payer.payer,
    chosen.credit_date as application_date,
    case when lower(btrim(chosen.status)) = 'draft' then 'void' else chosen.status end as status,
    coalesce(allocations.amount, 0)::numeric(20, 4) as amount,
    coalesce(allocations.allocations, '[]') as allocations,
    greatest(chosen.updated_at, allocations.updated_at) as updated_at,
    chosen.deleted_at,
    null::json as imported_link
from chosen
inner join allocations on allocations.credit_source_id = chosen.source_id
left join {{ ref('nested_payers') }} as payer
    on payer.kind = chosen.payer_type and payer.source_id = chosen.payer_id::text
