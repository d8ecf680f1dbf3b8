{# What is still open. Grain: one invoice or return of a payment with a balance, or one payment or credit with an unapplied rest
   (negative), on either side.
   explanation   that of the record itself, or of a payment applied to it; settled_without_payment if RentAxis counts more of an invoice
                 as paid than it has payments for, so that nothing could be pushed; open_although_paid if it counts less
   bucket   days past due as of the day of the report, by the due date of the side that has one (RentAxis' first) #}
with rentaxis as (
    select record, due_day, day, balance from {{ ref('rentaxis_records') }}
    where record_type = 'invoices' and balance <> 0
    union all
    select record.record, null, record.day, -(record.total - coalesce(sum(line.amount), 0))
    from {{ ref('rentaxis_records') }} as record
    left join {{ ref('rentaxis_lines') }} as line on line.record = record.record and line.kind = 'applied'
    where record.record in (select record from {{ ref('received') }}) and record.total <> 0
    group by record.record, record.day, record.total
    having record.total <> coalesce(sum(line.amount), 0)
    union all
    select record.record, null, record.day, record.total - coalesce(sum(line.amount), 0)
    from {{ ref('rentaxis_records') }} as record
    inner join {{ ref('pairs') }} as pair on pair.record = record.record and pair.entity = 'Purchase'
    left join {{ ref('rentaxis_lines') }} as line on line.kind = 'applied' and line.account_name = 'Expense:' || pair.quickbooks_id
    where record.record_type = 'refunds' and record.total <> 0
    group by record.record, record.day, record.total
    having record.total <> coalesce(sum(line.amount), 0)
    union all
    select credit.record, null, credit.day, -(credit.total - coalesce(application.total, 0))
    from {{ ref('rentaxis_records') }} as credit
    left join {{ ref('rentaxis_records') }} as application on application.record = 'credit_application/' || credit.source_id
    where credit.record_type = 'credits' and credit.status in {{ values('issued') }} and credit.total <> coalesce(application.total, 0)
),

quickbooks as (
    select record, due_day, day, balance from {{ ref('transactions') }}
    where entity = 'Invoice' and gone_at is null and is_asked and balance <> 0
    union all
    select record, null, day, -unapplied from {{ ref('transactions') }}
    where entity = 'Payment' and gone_at is null and is_asked and unapplied <> 0
    union all
    select record, null, day, -balance from {{ ref('transactions') }}
    where entity = 'CreditMemo' and gone_at is null and is_asked and balance <> 0
    union all
    select kept.record, null, kept.day, kept.total - coalesce(sum(paid.amount), 0)
    from {{ ref('transactions') }} as kept
    left join {{ ref('document_postings') }} as paid
        on paid.side = 'quickbooks' and paid.kind = 'applied' and paid.account = 'Expense:' || kept.quickbooks_id
    where (kept.record like 'payment_return/%' or (kept.record like 'refund/%' and kept.entity = 'Purchase')) and kept.gone_at is null and kept.total <> 0
    group by kept.record, kept.day, kept.total
    having kept.total <> coalesce(sum(paid.amount), 0)
),

came_back as (
    {# A payment that came back, its return, and the invoices it still pays in QuickBooks: what is open on one of them there is open on
       another in RentAxis. #}
    select returned.record from {{ ref('returned_payments') }} as returned
    union
    select returned.return_record from {{ ref('returned_payments') }} as returned
    union
    select coalesce(invoice.record, applied.account)
    from {{ ref('returned_payments') }} as returned
    inner join {{ ref('document_postings') }} as applied
        on applied.record = returned.record and applied.side = 'written' and applied.kind = 'applied'
    left join {{ ref('pairs') }} as invoice on invoice.entity || ':' || invoice.quickbooks_id = applied.account
),

applied as (
    {# Payments that do not agree, by the invoice they are applied to on either side. #}
    select posting.account, min(payment.explanation) as explanation
    from {{ ref('postings') }} as posting
    inner join {{ ref('records') }} as payment on payment.record = posting.record and payment.explanation <> 'agrees'
    where posting.kind = 'applied'
    group by posting.account
),

allocated as (
    select line.account_name as applied_to, sum(line.amount) as amount
    from {{ ref('rentaxis_lines') }} as line
    inner join {{ ref('rentaxis_records') }} as payment on payment.record = line.record and payment.status in {{ values('settling') }}
    where line.kind = 'applied'
        and (payment.record_type = 'credit_applications' or line.record in (select record from {{ ref('received') }}))
    group by line.account_name
),

both_sides as (
    select
        coalesce(rentaxis.record, quickbooks.record) as record,
        coalesce(rentaxis.due_day, quickbooks.due_day, rentaxis.day, quickbooks.day) as due_day,
        coalesce(rentaxis.balance, 0) as rentaxis,
        coalesce(quickbooks.balance, 0) as quickbooks
    from rentaxis
    full join quickbooks on quickbooks.record = rentaxis.record
),

settled as (
    {# Customers for whom the two sides agree over all of these. #}
    select record.party_name
    from both_sides
    inner join came_back on came_back.record = both_sides.record
    inner join {{ ref('records') }} as record on record.record = both_sides.record
    group by record.party_name
    having sum(both_sides.rentaxis) = sum(both_sides.quickbooks)
)

select
    both_sides.record,
    record.label,
    record.record_type,
    coalesce(record.party_name, '(none)') as party,
    both_sides.due_day,
    case
        when record.record_type in ('payments', 'credits') then 'unapplied payments'
        when asked.today <= both_sides.due_day then 'current'
        when asked.today - both_sides.due_day <= 30 then '1-30'
        when asked.today - both_sides.due_day <= 60 then '31-60'
        when asked.today - both_sides.due_day <= 90 then '61-90'
        else 'over 90'
    end as bucket,
    both_sides.rentaxis,
    both_sides.quickbooks,
    both_sides.rentaxis - both_sides.quickbooks as difference,
    case
        when both_sides.rentaxis = both_sides.quickbooks then 'agrees'
        when both_sides.record in (select record from came_back) and record.party_name in (select party_name from settled)
            then 'open_on_return'
        when record.explanation <> 'agrees' then record.explanation
        when applied.explanation is not null then applied.explanation
        when pair.origin = 'imported' then 'from_quickbooks'
        when both_sides.quickbooks = booked.total - coalesce(allocated.amount, 0)
            then case when both_sides.rentaxis < both_sides.quickbooks then 'settled_without_payment' else 'open_although_paid' end
        else 'unexplained'
    end as explanation
from both_sides
cross join {{ source('reports', 'parameters') }} as asked
left join {{ ref('records') }} as record on record.record = both_sides.record
left join {{ ref('pairs') }} as pair on pair.record = both_sides.record
left join applied on applied.account = coalesce(pair.entity || ':' || pair.quickbooks_id, both_sides.record)
left join allocated on allocated.applied_to = coalesce('Invoice:' || pair.quickbooks_id, both_sides.record)
left join {{ ref('rentaxis_records') }} as booked on booked.record = both_sides.record and booked.record_type = 'invoices'
