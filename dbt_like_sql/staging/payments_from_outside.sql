{# Payments dated outside the window that are applied to one of its invoices: without them an invoice would look unpaid.
   Grain: one payment. #}
select distinct payment.id::text as source_id
from {{ source('payment_allocations') }} as allocation
inner join {{ source('payments') }} as payment on payment.id = allocation.payment_id
inner join {{ source('invoices') }} as invoice on invoice.id = allocation.invoice_id
where payment.organization_id = (select id from {{ ref('organization') }})
    and invoice.organization_id = (select id from {{ ref('organization') }})
    and allocation.deleted_at is null
    and payment.deleted_at is null
    and invoice.invoice_date >= :first_day
    and invoice.invoice_date < :day_after_last
    and (payment.payment_date < :first_day or payment.payment_date >= :day_after_last)
