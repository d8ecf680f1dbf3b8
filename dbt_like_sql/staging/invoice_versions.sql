{# When each receivable invoice, its lines, and its payer were last changed: the invoices with these ids, or all that
   changed since an instant. #}
with touched as (
    select invoice.id
    from {{ source('invoices') }} as invoice
    where invoice.organization_id = (select id from {{ ref('organization') }})
        and (:ids is null or invoice.id::text = any(:ids))
        and (
            :changed_since is null
            or greatest(invoice.created_at, invoice.updated_at, invoice.deleted_at) > :changed_since
        )
    union
    select line.invoice_id
    from {{ source('invoice_lines') }} as line
    where :ids is null and greatest(line.updated_at, line.deleted_at) > :changed_since
),

lines as (
    select line.invoice_id, greatest(max(line.updated_at), max(line.deleted_at)) as updated_at
    from touched
    inner join {{ source('invoice_lines') }} as line on line.invoice_id = touched.id
    group by line.invoice_id
)

select
    'invoice' as source_type,
    invoice.id::text as source_id,
    invoice.invoice_date as day,
    greatest(invoice.created_at, invoice.updated_at, invoice.deleted_at, lines.updated_at) as changed_at,
    invoice.billed_to_type::text as party_type,
    invoice.billed_to_id::text as party_id,
    null::text as party_name,
    payer.updated_at as party_changed_at,
    array[]::text[] as pays
from touched
inner join {{ source('invoices') }} as invoice on invoice.id = touched.id
left join lines on lines.invoice_id = invoice.id
left join {{ ref('payers') }} as payer
    on payer.kind = invoice.billed_to_type::text and payer.source_id = invoice.billed_to_id::text
where invoice.organization_id = (select id from {{ ref('organization') }})
    and invoice.type is distinct from 'payable'
