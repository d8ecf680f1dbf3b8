{# RentAxis' records that have, or should have, a transaction in QuickBooks. Grain: one record.
   record_type   invoices, payments, expenses, journal_entries, bill_payments (the payment of an expense that is, or was, a bill)
   day           of an expense: its own, or the day it was paid if it is, or would be, a purchase
   range_day     the day by which a date range includes it
   total         what it is worth now: nothing once it is void, failed or deleted
   party         Customer:id or Vendor:id if it is known in QuickBooks, otherwise the payer's or vendor's own key #}
with links as (
    select link.source_type, link.source_id, link.quickbooks_type || ':' || link.quickbooks_id as party
    from {{ source('ledger', 'links') }} as link
    inner join {{ source('reports', 'parameters') }} as asked on asked.realm = link.realm
    where link.quickbooks_type in ('Customer', 'Vendor')
)

select
    'invoice/' || invoice.source_id as record,
    'invoices' as record_type,
    'invoice' as source_type,
    invoice.source_id,
    'Invoice ' || coalesce(invoice.number, invoice.source_id) as label,
    invoice.number,
    invoice.day,
    invoice.day as range_day,
    invoice.due_day,
    coalesce(links.party, invoice.payer_kind || '/' || invoice.payer_id) as party,
    invoice.payer_name as party_name,
    case when invoice.deleted_at is not null or invoice.status in {{ values('taken_back') }} then 0
         else round(coalesce(invoice.total, 0), 2) end as total,
    case when invoice.deleted_at is not null or invoice.status in {{ values('not_owed') }} then 0
         else round(coalesce(invoice.balance, 0), 2) end as balance,
    invoice.status,
    invoice.updated_at as changed_at
from {{ source('reports', 'rentaxis_invoices') }} as invoice
left join links on links.source_type = invoice.payer_kind and links.source_id = invoice.payer_id
union all
select
    'payment/' || payment.source_id,
    'payments',
    'payment',
    payment.source_id,
    'Payment ' || coalesce(payment.number, payment.source_id),
    payment.number,
    payment.day,
    payment.day,
    null,
    coalesce(links.party, payment.payer_kind || '/' || payment.payer_id),
    payment.payer_name,
    case when payment.deleted_at is not null or payment.status in {{ values('taken_back') }} then 0
         else round(coalesce(payment.total, 0), 2) end,
    0,
    payment.status,
    payment.updated_at
from {{ source('reports', 'rentaxis_payments') }} as payment
left join links on links.source_type = payment.payer_kind and links.source_id = payment.payer_id
union all
select
    'expense/' || expense.source_id,
    'expenses',
    'expense',
    expense.source_id,
    'Expense ' || expense.source_id || coalesce(' (' || expense.vendor_name || ')', ''),
    null,
    case when coalesce(own.entity, case when expense.vendor_key is null then 'Purchase' end) = 'Purchase' and expense.status in {{ values('paid') }}
         then coalesce(expense.paid_day, expense.day) else expense.day end,
    expense.day,
    expense.due_day,
    coalesce(links.party, 'vendor/' || expense.vendor_key),
    expense.vendor_name,
    case when expense.deleted_at is not null or expense.status in {{ values('taken_back') }} then 0
         else round(coalesce(expense.total, 0), 2) end,
    0,
    expense.status,
    expense.updated_at
from {{ source('reports', 'rentaxis_expenses') }} as expense
left join {{ ref('pairs') }} as own on own.record = 'expense/' || expense.source_id
left join links on links.source_type = 'vendor' and links.source_id = expense.vendor_key
union all
select
    'expense_payment/' || expense.source_id,
    'bill_payments',
    'expense_payment',
    expense.source_id,
    'Payment of expense ' || expense.source_id || coalesce(' (' || expense.vendor_name || ')', ''),
    null,
    coalesce(expense.paid_day, expense.day),
    expense.day,
    null,
    coalesce(links.party, 'vendor/' || expense.vendor_key),
    expense.vendor_name,
    case when expense.deleted_at is not null or expense.status not in {{ values('paid') }} or bill.entity is distinct from 'Bill' then 0
         else round(coalesce(expense.total, 0), 2) end,
    0,
    expense.status,
    expense.updated_at
from {{ source('reports', 'rentaxis_expenses') }} as expense
left join {{ ref('pairs') }} as bill on bill.record = 'expense/' || expense.source_id
left join {{ ref('pairs') }} as payment on payment.record = 'expense_payment/' || expense.source_id
left join links on links.source_type = 'vendor' and links.source_id = expense.vendor_key
where bill.entity = 'Bill' or payment.record is not null
union all
select
    'journal_entry/' || entry.source_id,
    'journal_entries',
    'journal_entry',
    entry.source_id,
    'Journal entry ' || coalesce(entry.number, entry.source_id),
    entry.number,
    entry.day,
    entry.day,
    null,
    null,
    null,
    case when entry.deleted_at is not null or entry.status in {{ values('taken_back') }} then 0
         else round(coalesce(entry.total, 0), 2) end,
    0,
    entry.status,
    entry.updated_at
from {{ source('reports', 'rentaxis_journal_entries') }} as entry
