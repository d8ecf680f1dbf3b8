{# When each receivable invoice, its lines, and its payer were last changed. All that changed since an instant; or of those
   with these ids, the ones that changed themselves, whose payer did, or whose payer is one of :parties. #}
with touched as (
    select invoice.id
    from {{ source('invoices') }} as invoice
    where invoice.organization_id = (select id from {{ ref('organization') }})
        and (
            :changed_since is null
            or greatest(invoice.created_at, invoice.updated_at, invoice.deleted_at) > :changed_since
        )
    union
    select line.invoice_id
    from {{ source('invoice_lines') }} as line
    where greatest(line.updated_at, line.deleted_at) > :changed_since
    union
    select invoice.id
    from {{ ref('payers') }} as payer
    inner join {{ source('invoices') }} as invoice
        on invoice.billed_to_type::text = payer.kind and invoice.billed_to_id::text = payer.source_id
    where :ids is not null
        and (payer.updated_at > :changed_since or payer.kind || '/' || payer.source_id = any(:parties))
),

chosen as (
    select invoice.*
    from touched
    inner join {{ source('invoices') }} as invoice on invoice.id = touched.id
    where invoice.organization_id = (select id from {{ ref('organization') }})
        and lower(btrim(invoice.type::text)) is distinct from 'payable'
        and (:ids is null or invoice.id::text = any(:ids))
),

lines as (
    select line.invoice_id, greatest(max(line.updated_at), max(line.deleted_at)) as updated_at
    from chosen
    inner join {{ source('invoice_lines') }} as line on line.invoice_id = chosen.id
    group by line.invoice_id
)

select
    invoice.organization_id::text as organization_id,
    'invoice' as source_type,
    invoice.id::text as source_id,
    invoice.invoice_date as day,
    greatest(invoice.created_at, invoice.updated_at, invoice.deleted_at, lines.updated_at) as changed_at,
    invoice.billed_to_type::text as party_type,
    invoice.billed_to_id::text as party_id,
    null::text as party_name,
    payer.updated_at as party_changed_at,
    array[]::text[] as pays
from chosen as invoice
left join lines on lines.invoice_id = invoice.id
left join {{ ref('payers') }} as payer
    on payer.kind = invoice.billed_to_type::text and payer.source_id = invoice.billed_to_id::text
