{# Late fees that were waived although their invoice is still open, and fees that were never billed. A fee that is billed is its invoice;
   a waiver that voids the invoice is pushed as that void. #}
select
    'late_fees' as kind,
    case fee.status when 'waived' then 'waived' else 'not_billed' end as reason,
    'late_fee_assessment' as source_type,
    fee.id::text as source_id,
    'Late fee ' || fee.id || coalesce(' (invoice ' || nullif(btrim(invoice.invoice_number), '') || ')', '') as label,
    fee.assessed_on as day,
    fee.amount
from {{ source('late_fee_assessments') }} as fee
left join {{ source('invoices') }} as invoice on invoice.id = fee.fee_invoice_id
where fee.organization_id = (select id from {{ ref('organization') }}) and fee.deleted_at is null
    and (
        fee.fee_invoice_id is null
        or (
            fee.status = 'waived' and invoice.deleted_at is null
            and coalesce(invoice.status::text, '') not in {{ values('taken_back') }}
        )
    )
