{# Receivable invoices, one row each, live lines nested. Payable invoices are pushed as expenses. Any other type is returned,
   so that it is refused by name instead of being silently skipped. #}
with chosen as (
    select
        invoice.*,
        coalesce('unit ' || coalesce(invoice.unit_id, lease.unit_id), 'property ' || invoice.property_id) as place_key
    from {{ source('invoices') }} as invoice
    left join {{ source('leases') }} as lease on lease.id = invoice.lease_id
    where invoice.organization_id = (select id from {{ ref('organization') }})
        and lower(btrim(invoice.type::text)) is distinct from 'payable'
        and (:source_id is null or invoice.id::text = :source_id)
        and (:ids is null or invoice.id::text = any(:ids))
        and (:first_day is null or invoice.invoice_date >= :first_day)
        and (:day_after_last is null or invoice.invoice_date < :day_after_last)
),

lines as (
    select
        line.invoice_id,
        json_agg(
            json_build_object(
                'source_id', line.id::text,
                'position', coalesce(line.position, 0)::bigint,
                'description', nullif(btrim(line.description), ''),
                'amount', line.amount::text,
                'account', account.account
            )
            order by line.position, line.id
        ) filter (where line.deleted_at is null) as lines,
        greatest(max(line.updated_at), max(line.deleted_at)) as updated_at
    from chosen
    inner join {{ source('invoice_lines') }} as line on line.invoice_id = chosen.id
    left join {{ ref('accounts') }} as account on account.id = line.account_id
    group by line.invoice_id
)

select
    chosen.invoice_date as day,
    chosen.organization_id::text as organization_id,
    chosen.id::text as source_id,
    nullif(btrim(chosen.invoice_number), '') as invoice_number,
    chosen.type::text as type,
    chosen.kind::text as kind,
    chosen.billed_to_type::text as billed_to_type,
    chosen.billed_to_id::text as billed_to_id,
    payer.payer,
    chosen.invoice_date,
    chosen.due_date,
    chosen.status::text as status,
    chosen.total_amount,
    chosen.amount_paid,
    chosen.balance_due,
    chosen.memo,
    chosen.void_reason,
    coalesce(
        place.place,
        json_build_object('property_id', null, 'property_name', null, 'unit_id', null, 'unit_number', null)
    ) as place,
    coalesce(lines.lines, '[]') as lines,
    greatest(chosen.created_at, chosen.updated_at, chosen.deleted_at, lines.updated_at) as updated_at,
    chosen.deleted_at,
    link.imported_link,
    nullif(btrim(chosen.terms), '') as terms
from chosen
left join {{ ref('nested_payers') }} as payer
    on payer.kind = chosen.billed_to_type::text and payer.source_id = chosen.billed_to_id::text
left join {{ ref('places') }} as place on place.place_key = chosen.place_key
left join lines on lines.invoice_id = chosen.id
left join {{ ref('imported_links') }} as link on link.entity_type = 'invoice' and link.entity_id = chosen.id
