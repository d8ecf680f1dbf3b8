{# Invoices, payments and expenses that no date range can include: dated before the first day, or further ahead than a range can reach.
   Those pushed as single records are left out (:ids names them, as invoice/7), and so are void and deleted ones: they post nothing. #}
with dated as (
    select 'invoices' as kind, 'invoice' as source_type, invoice.id,
        coalesce('Invoice ' || nullif(btrim(invoice.invoice_number), ''), 'Invoice ' || invoice.id) as label,
        invoice.invoice_date as day, invoice.total_amount as amount
    from {{ source('invoices') }} as invoice
    where invoice.organization_id = (select id from {{ ref('organization') }})
        and invoice.type is distinct from 'payable'
        and invoice.deleted_at is null and coalesce(invoice.status::text, '') not in {{ values('taken_back') }}
    union all
    select 'payments', 'payment', payment.id,
        coalesce('Payment ' || nullif(btrim(payment.payment_number), ''), 'Payment ' || payment.id),
        payment.payment_date, payment.amount
    from {{ source('payments') }} as payment
    where payment.organization_id = (select id from {{ ref('organization') }})
        and payment.deleted_at is null and coalesce(payment.status::text, '') not in {{ values('taken_back') }}
    union all
    select 'expenses', 'expense', expense.id,
        'Expense ' || expense.id || coalesce(' (' || nullif(btrim(expense.vendor_name), '') || ')', ''),
        expense.expense_date, expense.amount
    from {{ source('expenses') }} as expense
    where expense.organization_id = (select id from {{ ref('organization') }})
        and expense.deleted_at is null and coalesce(expense.status::text, '') not in {{ values('taken_back') }}
)

select
    dated.kind,
    case
        when link.imported_link ->> 'origin' = 'imported' then 'from_quickbooks'
        when dated.day is null then 'no_day'
        when dated.day < :first_day then 'before_first_day'
        else 'after_last_day'
    end as reason,
    dated.source_type,
    dated.id::text as source_id,
    dated.label,
    dated.day,
    dated.amount
from dated
left join {{ ref('imported_links') }} as link on link.entity_type = dated.source_type and link.entity_id = dated.id
where (dated.day is null or dated.day < :first_day or dated.day >= :day_after_last)
    and not exists (select from unnest(:ids) as known (record) where known.record = dated.source_type || '/' || dated.id)
