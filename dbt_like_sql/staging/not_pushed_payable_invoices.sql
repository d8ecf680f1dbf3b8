{# Payable invoices without a current expense for the same debt. If there is an expense, the debt is posted as that expense, once. #}
select
    'payable_invoices' as kind,
    'no_expense' as reason,
    'invoice' as source_type,
    invoice.id::text as source_id,
    coalesce('Payable invoice ' || nullif(btrim(invoice.invoice_number), ''), 'Payable invoice ' || invoice.id) as label,
    invoice.invoice_date as day,
    invoice.total_amount as amount
from {{ source('invoices') }} as invoice
where invoice.organization_id = (select id from {{ ref('organization') }})
    and invoice.type = 'payable'
    and invoice.deleted_at is null and coalesce(invoice.status::text, '') not in {{ values('taken_back') }}
    and not exists (
        select from {{ source('expenses') }} as expense
        where expense.payable_invoice_id = invoice.id and expense.organization_id = invoice.organization_id
            and expense.deleted_at is null and coalesce(expense.status::text, '') not in {{ values('taken_back') }}
    )
