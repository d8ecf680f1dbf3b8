{# What RentAxis' records post, in RentAxis' own terms. Grain: one record, kind and word; void records have none.
   kind    "booked", "credited", "applied", "paid from", "class" or "location" (see document_postings)
   use     what the word is looked up as in the company file: charge, deposit_to, expense, payable (an expense that was owed at
           go-live and is paid since), pay_from, bill_paid_from, journal; null if not looked up
   word, account_number, account_name, account_type   what is looked up (rentaxis_accounts answers by `account_key`) #}
with lines as (
    select
        'invoice/' || invoice.source_id as record,
        'booked' as kind,
        'charge' as use,
        case when line -> 'account' ->> 'source_id' is null then invoice.kind end as word,
        line #>> '{account,number}' as account_number,
        line #>> '{account,name}' as account_name,
        line #>> '{account,type}' as account_type,
        round((line ->> 'amount')::numeric, 2) as amount
    from {{ source('reports', 'rentaxis_invoices') }} as invoice
    cross join lateral jsonb_array_elements(invoice.lines) as line
    union all
    select
        'payment/' || payment.source_id,
        'booked',
        'deposit_to',
        payment.method,
        payment.account_number,
        payment.account_name,
        payment.account_type,
        round(payment.total, 2)
    from {{ source('reports', 'rentaxis_payments') }} as payment
    union all
    select
        'expense/' || expense.source_id,
        'booked',
        case when owed.at_go_live then 'payable' else 'expense' end,
        null,
        case when not owed.at_go_live then expense.account_number end,
        case when not owed.at_go_live then expense.account_name end,
        case when not owed.at_go_live then expense.account_type end,
        round(expense.total, 2)
    from {{ source('reports', 'rentaxis_expenses') }} as expense
    cross join {{ source('reports', 'parameters') }} as asked
    left join {{ ref('pairs') }} as own on own.record = 'expense/' || expense.source_id
    cross join lateral (
        select coalesce(
            expense.status in {{ values('paid') }} and expense.vendor_key is not null and expense.day < asked.go_live
            and expense.paid_day >= asked.go_live and own.entity is distinct from 'Bill', false
        ) as at_go_live
    ) as owed
    union all
    select
        'expense/' || expense.source_id,
        'paid from',
        'pay_from',
        expense.method,
        expense.paid_from_number,
        expense.paid_from_name,
        expense.paid_from_type,
        round(expense.total, 2)
    from {{ source('reports', 'rentaxis_expenses') }} as expense
    inner join {{ ref('pairs') }} as pair on pair.record = 'expense/' || expense.source_id and pair.entity = 'Purchase'
    union all
    select
        'expense_payment/' || expense.source_id,
        'booked',
        'bill_paid_from',
        expense.method,
        expense.paid_from_number,
        expense.paid_from_name,
        expense.paid_from_type,
        round(expense.total, 2)
    from {{ source('reports', 'rentaxis_expenses') }} as expense
    union all
    select
        'journal_entry/' || entry.source_id,
        side.kind,
        'journal',
        null,
        line #>> '{account,number}',
        line #>> '{account,name}',
        line #>> '{account,type}',
        side.amount
    from {{ source('reports', 'rentaxis_journal_entries') }} as entry
    cross join lateral jsonb_array_elements(entry.lines) as line
    cross join lateral (
        values ('booked', round((line ->> 'debit')::numeric, 2)), ('credited', round((line ->> 'credit')::numeric, 2))
    ) as side (kind, amount)
    where side.amount <> 0
),

with_residue as (
    select * from lines
    union all
    {# Lines that do not add up to the total: such an invoice is never pushed, and its total is what counts. #}
    select
        'invoice/' || invoice.source_id,
        'booked',
        null,
        null,
        null,
        'lines and total differ',
        null,
        round(coalesce(invoice.total, 0), 2) - coalesce(sum(lines.amount), 0)
    from {{ source('reports', 'rentaxis_invoices') }} as invoice
    left join lines on lines.record = 'invoice/' || invoice.source_id
    group by invoice.source_id, invoice.total
    union all
    {# If the company file maps its property or unit to a class or location. #}
    select placed.record, belonging.kind, null, null, null, belonging.target, null, lines.amount
    from (
        select 'invoice/' || source_id as record, place from {{ source('reports', 'rentaxis_invoices') }}
        union all
        select 'expense/' || source_id, place from {{ source('reports', 'rentaxis_expenses') }}
    ) as placed
    inner join {{ source('reports', 'rentaxis_places') }} as answer on answer.place = placed.place
    inner join lines on lines.record = placed.record and lines.kind = 'booked'
    cross join lateral (values ('class', answer.class), ('location', answer.location)) as belonging (kind, target)
    where belonging.target is not null
    union all
    {# The lines of a journal entry belong each to its own place. #}
    select 'journal_entry/' || entry.source_id, belonging.kind, null, null, null, belonging.target, null,
        round((line ->> 'debit')::numeric + (line ->> 'credit')::numeric, 2)
    from {{ source('reports', 'rentaxis_journal_entries') }} as entry
    cross join lateral jsonb_array_elements(entry.lines) as line
    inner join {{ source('reports', 'rentaxis_places') }} as answer on answer.place = line -> 'place'
    cross join lateral (values ('class', answer.class), ('location', answer.location)) as belonging (kind, target)
    where belonging.target is not null
    union all
    select
        'payment/' || payment.source_id,
        'applied',
        null,
        null,
        null,
        coalesce(pair.entity || ':' || pair.quickbooks_id, 'invoice/' || (allocation ->> 'invoice_id')),
        null,
        round((allocation ->> 'amount')::numeric, 2)
    from {{ source('reports', 'rentaxis_payments') }} as payment
    cross join lateral jsonb_array_elements(payment.allocations) as allocation
    left join {{ ref('pairs') }} as pair on pair.record = 'invoice/' || (allocation ->> 'invoice_id')
    union all
    select 'expense_payment/' || expense.source_id, 'applied', null, null, null, 'Bill:' || bill.quickbooks_id, null,
        round(expense.total, 2)
    from {{ source('reports', 'rentaxis_expenses') }} as expense
    inner join {{ ref('pairs') }} as bill on bill.record = 'expense/' || expense.source_id and bill.entity = 'Bill'
)

select
    line.record,
    line.kind,
    line.use,
    line.word,
    line.account_number,
    line.account_name,
    line.account_type,
    concat_ws('|', line.use, coalesce(line.word, ''), coalesce(line.account_number, ''),
              coalesce(line.account_name, ''), coalesce(line.account_type, '')) as account_key,
    sum(line.amount)::numeric(20, 2) as amount
from with_residue as line
inner join {{ ref('rentaxis_records') }} as record on record.record = line.record and record.total <> 0
group by line.record, line.kind, line.use, line.word, line.account_number, line.account_name, line.account_type
having sum(line.amount) <> 0
