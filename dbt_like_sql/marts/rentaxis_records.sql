{# RentAxis' records that have, or should have, a transaction in QuickBooks. Grain: one record.
   record_type   invoices, credits, payments, credit_applications, refunds, deposits, deposit_settlements, expenses, journal_entries, bill_payments (a payment of an
                 expense that is, or was, a bill), payment_returns and payment_return_fees (of a payment that came back)
   day           of an expense: its own, or the day it was paid if it is, or would be, a purchase
   range_day     the day by which a date range includes it
   total         what it is worth now: nothing once it is void, failed or deleted, or pushed as a credit because it is below zero; of an
                 application of a credit what it settles
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
    case when invoice.deleted_at is not null or invoice.status in {{ values('taken_back') }} or as_credit.source_id is not null then 0
         else round(coalesce(invoice.total, 0), 2) end as total,
    case when invoice.deleted_at is not null or invoice.status in {{ values('not_owed') }} or as_credit.source_id is not null then 0
         else round(coalesce(invoice.balance, 0), 2) end as balance,
    invoice.status,
    invoice.updated_at as changed_at
from {{ source('reports', 'rentaxis_invoices') }} as invoice
left join links on links.source_type = invoice.payer_kind and links.source_id = invoice.payer_id
left join {{ source('reports', 'rentaxis_credits') }} as as_credit on as_credit.source_id = 'invoice-' || invoice.source_id
union all
select
    'credit/' || credit.source_id,
    'credits',
    'credit',
    credit.source_id,
    'Credit ' || coalesce(credit.number, credit.source_id),
    credit.number,
    credit.day,
    credit.day,
    null,
    coalesce(links.party, credit.payer_kind || '/' || credit.payer_id),
    credit.payer_name,
    case when credit.deleted_at is not null or credit.status in {{ values('taken_back') }} then 0
         else round(coalesce(credit.total, 0), 2) end,
    0,
    credit.status,
    credit.updated_at
from {{ source('reports', 'rentaxis_credits') }} as credit
left join links on links.source_type = credit.payer_kind and links.source_id = credit.payer_id
union all
select
    'credit_application/' || application.source_id,
    'credit_applications',
    'credit_application',
    application.source_id,
    'Application of credit ' || coalesce(application.number, application.source_id),
    null,
    application.day,
    application.day,
    null,
    coalesce(links.party, application.payer_kind || '/' || application.payer_id),
    application.payer_name,
    case when application.deleted_at is not null or application.status in {{ values('taken_back') }} then 0
         else round(coalesce(application.total, 0), 2) end,
    0,
    application.status,
    application.updated_at
from {{ source('reports', 'rentaxis_credit_applications') }} as application
left join links on links.source_type = application.payer_kind and links.source_id = application.payer_id
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
    case when returned.record is not null then returned.total
         when payment.deleted_at is not null or payment.status in {{ values('taken_back') }} then 0
         else round(coalesce(payment.total, 0), 2) end,
    0,
    payment.status,
    payment.updated_at
from {{ source('reports', 'rentaxis_payments') }} as payment
left join {{ ref('returned_payments') }} as returned on returned.source_id = payment.source_id
left join links on links.source_type = payment.payer_kind and links.source_id = payment.payer_id
union all
select
    'expense/' || expense.source_id,
    'expenses',
    'expense',
    expense.source_id,
    'Expense ' || expense.source_id || coalesce(' (' || expense.vendor_name || ')', ''),
    null,
    case when coalesce(own.entity, case when expense.vendor_key is null then 'Purchase' end) = 'Purchase' and expense.at_once
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
from {{ ref('spending') }} as expense
left join {{ ref('pairs') }} as own on own.record = 'expense/' || expense.source_id
left join links on links.source_type = 'vendor' and links.source_id = expense.vendor_key
union all
select
    payment.record,
    'bill_payments',
    split_part(payment.record, '/', 1),
    substr(payment.record, strpos(payment.record, '/') + 1),
    'Payment ' || case when payment.record like 'expense_part_payment/%' then 'on ' || payment.day || ' ' else '' end
        || 'of expense ' || expense.source_id || coalesce(' (' || expense.vendor_name || ')', ''),
    null,
    payment.day,
    expense.day,
    null,
    coalesce(links.party, 'vendor/' || expense.vendor_key),
    expense.vendor_name,
    case when expense.deleted_at is not null or expense.status in {{ values('taken_back') }} or bill.entity is distinct from 'Bill' then 0
         else payment.amount end,
    0,
    expense.status,
    expense.updated_at
from {{ ref('expense_payments') }} as payment
inner join {{ ref('spending') }} as expense on expense.source_id = payment.expense_id
left join {{ ref('pairs') }} as bill on bill.record = 'expense/' || expense.source_id
left join {{ ref('pairs') }} as pair on pair.record = payment.record
left join links on links.source_type = 'vendor' and links.source_id = expense.vendor_key
where bill.entity = 'Bill' or pair.record is not null
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
    0,
    0,
    expense.status,
    expense.updated_at
from {{ ref('spending') }} as expense
left join {{ ref('pairs') }} as bill on bill.record = 'expense/' || expense.source_id
left join {{ ref('pairs') }} as pair on pair.record = 'expense_payment/' || expense.source_id
left join links on links.source_type = 'vendor' and links.source_id = expense.vendor_key
where (bill.entity = 'Bill' or pair.record is not null)
    and 'expense_payment/' || expense.source_id not in (select record from {{ ref('expense_payments') }})
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
union all
select
    part.source_type || '/' || payment.source_id,
    part.record_type,
    part.source_type,
    payment.source_id,
    part.label || coalesce(payment.number, payment.source_id),
    null,
    returned.returned_on,
    payment.day,
    null,
    part.party,
    payment.payer_name,
    part.total,
    0,
    payment.status,
    payment.updated_at
from {{ ref('returned_payments') }} as returned
inner join {{ source('reports', 'rentaxis_payments') }} as payment on payment.source_id = returned.source_id
left join links on links.source_type = payment.payer_kind and links.source_id = payment.payer_id
cross join lateral (values
    ('payment_return', 'payment_returns', 'Return of Payment ', coalesce(links.party, payment.payer_kind || '/' || payment.payer_id), returned.total),
    ('payment_return_fee', 'payment_return_fees', 'Fee for the return of Payment ', null, returned.fee)
) as part (source_type, record_type, label, party, total)
where part.total <> 0
union all
select
    'refund/' || refund.source_id,
    'refunds',
    'refund',
    refund.source_id,
    'Refund ' || refund.source_id || ' of payment ' || coalesce(refund.payment_number, refund.payment_id),
    null,
    refund.day,
    refund.day,
    null,
    coalesce(links.party, refund.payer_kind || '/' || refund.payer_id),
    refund.payer_name,
    case when refund.deleted_at is null and refund.status in {{ values('completed') }} then round(coalesce(refund.total, 0), 2) else 0 end,
    0,
    refund.status,
    refund.updated_at
from {{ source('reports', 'rentaxis_refunds') }} as refund
left join links on links.source_type = refund.payer_kind and links.source_id = refund.payer_id
union all
select
    'deposit/' || deposit.source_id,
    'deposits',
    'deposit',
    deposit.source_id,
    case deposit.kind when 'payout' then 'Payout ' else 'Bank deposit ' end || coalesce(deposit.number, deposit.source_id),
    null,
    deposit.day,
    deposit.day,
    null,
    null,
    null,
    case when deposit.deleted_at is not null or deposit.status in {{ values('taken_back') }} then 0
         else round(coalesce(deposit.total, 0), 2) end,
    0,
    deposit.status,
    deposit.updated_at
from {{ source('reports', 'rentaxis_deposits') }} as deposit
union all
select
    'deposit_settlement/' || settlement.source_id,
    'deposit_settlements',
    'deposit_settlement',
    settlement.source_id,
    'Deposit settlement ' || settlement.source_id || coalesce(' (' || settlement.payer_name || ')', ''),
    null,
    settlement.day,
    settlement.day,
    null,
    coalesce(links.party, settlement.payer_kind || '/' || settlement.payer_id),
    settlement.payer_name,
    case when settlement.deleted_at is null then round(coalesce(settlement.total, 0), 2) else 0 end,
    0,
    settlement.status,
    settlement.updated_at
from {{ source('reports', 'rentaxis_deposit_settlements') }} as settlement
left join links on links.source_type = settlement.payer_kind and links.source_id = settlement.payer_id
