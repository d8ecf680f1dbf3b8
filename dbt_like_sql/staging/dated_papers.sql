{# Files that RentAxis keeps with its records, each with its day: that of the record, or the day it was added to a payer or vendor. #}
select
    paper.*,
    coalesce(
        invoice.invoice_date,
        payment.payment_date,
        expense.expense_date,
        (paper.created_at at time zone :timezone)::date
    ) as day
from {{ source('papers') }} as paper
left join {{ source('invoices') }} as invoice
    on paper.entity_type = 'invoice'
    and invoice.id = paper.entity_id
    and invoice.organization_id = paper.organization_id
left join {{ source('payments') }} as payment
    on paper.entity_type = 'payment'
    and payment.id = paper.entity_id
    and payment.organization_id = paper.organization_id
left join {{ source('expenses') }} as expense
    on paper.entity_type = 'expense'
    and expense.id = paper.entity_id
    and expense.organization_id = paper.organization_id
where paper.organization_id = (select id from {{ ref('organization') }})
