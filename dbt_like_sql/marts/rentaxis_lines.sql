{# What RentAxis' records post, in RentAxis' own terms. Grain: one record, kind and word; void records have none.
   kind    "booked", "credited", "applied", "paid from", "class" or "location" (see document_postings)
   use     what the word is looked up as in the company file: charge, deposit_to, expense, payable (an expense that was owed at
           go-live and is paid since), pay_from, bill_paid_from, journal, held and refunded_from (of a deposit settlement); null if not looked up; "written" if it is as we wrote it
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
        'credit/' || credit.source_id,
        'booked',
        'charge',
        case when line -> 'account' ->> 'source_id' is null then credit.kind end,
        line #>> '{account,number}',
        line #>> '{account,name}',
        line #>> '{account,type}',
        round((line ->> 'amount')::numeric, 2)
    from {{ source('reports', 'rentaxis_credits') }} as credit
    cross join lateral jsonb_array_elements(credit.lines) as line
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
    from {{ ref('spending') }} as expense
    cross join {{ source('reports', 'parameters') }} as asked
    left join {{ ref('pairs') }} as own on own.record = 'expense/' || expense.source_id
    cross join lateral (
        select coalesce(
            expense.at_once and expense.vendor_key is not null and expense.day < asked.go_live
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
    from {{ ref('spending') }} as expense
    inner join {{ ref('pairs') }} as pair on pair.record = 'expense/' || expense.source_id and pair.entity = 'Purchase'
    union all
    select
        payment.record,
        'booked',
        'bill_paid_from',
        payment.method,
        payment.paid_from_number,
        payment.paid_from_name,
        payment.paid_from_type,
        payment.amount
    from {{ ref('expense_payments') }} as payment
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
    union all
    select
        'deposit/' || deposit.source_id,
        'booked',
        'deposit_to',
        null,
        deposit.account_number,
        deposit.account_name,
        deposit.account_type,
        round(deposit.total, 2)
    from {{ source('reports', 'rentaxis_deposits') }} as deposit
    union all
    {# What a bank deposit is taken from QuickBooks knows: where each payment waited. #}
    select taken.record, taken.kind, 'written', null, null, taken.account, null, taken.amount
    from {{ ref('document_postings') }} as taken
    where taken.record like 'deposit/%' and taken.side = 'written' and taken.kind in ('paid from', 'applied')
    union all
    select
        'deposit_settlement/' || settlement.source_id,
        'booked',
        'held',
        case when settlement.account_name is null then 'deposit' end,
        settlement.account_number,
        settlement.account_name,
        settlement.account_type,
        round(settlement.total, 2)
    from {{ source('reports', 'rentaxis_deposit_settlements') }} as settlement
    union all
    select
        'deposit_settlement/' || settlement.source_id,
        'paid from',
        'refunded_from',
        settlement.method,
        settlement.paid_from_number,
        settlement.paid_from_name,
        settlement.paid_from_type,
        round(settlement.total, 2)
    from {{ source('reports', 'rentaxis_deposit_settlements') }} as settlement
    union all
    {# A refund of money that paid invoices goes to their products, in shares that were worked out as it was pushed. #}
    select
        record.record,
        coalesce(booked.kind, 'booked'),
        case when booked.record is not null then 'written' end,
        null,
        null,
        coalesce(booked.account, 'refund'),
        null,
        coalesce(booked.amount, record.total)
    from {{ ref('rentaxis_records') }} as record
    left join lateral (
        select posting.record, posting.kind, posting.account, posting.amount
        from {{ ref('document_postings') }} as posting
        where posting.record = record.record and posting.side = 'written' and posting.kind in ('booked', 'paid from')
            and record.total = (
                select sum(whole.amount) from {{ ref('document_postings') }} as whole
                where whole.record = record.record and whole.side = 'written' and whole.kind = 'booked'
            )
    ) as booked on true
    where record.record_type = 'refunds' and record.total <> 0
    union all
    {# Where the money was, and so what it is taken out of, QuickBooks knows: it may have been in a deposit. #}
    select
        booked.record,
        booked.kind,
        'written',
        null,
        null,
        booked.account,
        null,
        case when booked.record = returned.return_record then returned.total else returned.fee end
    from {{ ref('returned_payments') }} as returned
    inner join {{ ref('document_postings') }} as booked
        on booked.record in (returned.return_record, 'payment_return_fee/' || returned.source_id)
        and booked.side = 'written' and booked.kind in ('booked', 'paid from')
),

with_residue as (
    select * from lines
    union all
    {# Lines that do not add up to the total: such an invoice, or credit, is never pushed, and its total is what counts. #}
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
    select
        'credit/' || credit.source_id,
        'booked',
        null,
        null,
        null,
        'lines and total differ',
        null,
        round(coalesce(credit.total, 0), 2) - coalesce(sum(lines.amount), 0)
    from {{ source('reports', 'rentaxis_credits') }} as credit
    left join lines on lines.record = 'credit/' || credit.source_id
    group by credit.source_id, credit.total
    union all
    {# If the company file maps its property or unit to a class or location. #}
    select placed.record, belonging.kind, null, null, null, belonging.target, null, lines.amount
    from (
        select 'invoice/' || source_id as record, place from {{ source('reports', 'rentaxis_invoices') }}
        union all
        select 'credit/' || source_id, place from {{ source('reports', 'rentaxis_credits') }}
        union all
        select 'expense/' || source_id, place from {{ source('reports', 'rentaxis_expenses') }}
        union all
        select 'deposit_settlement/' || source_id, place from {{ source('reports', 'rentaxis_deposit_settlements') }}
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
    {# A credit is applied to its invoices, and as much of it is used. #}
    select
        'credit_application/' || application.source_id,
        'applied',
        null,
        null,
        null,
        held.account,
        null,
        round((allocation ->> 'amount')::numeric, 2)
    from {{ source('reports', 'rentaxis_credit_applications') }} as application
    cross join lateral jsonb_array_elements(application.allocations) as allocation
    left join {{ ref('pairs') }} as invoice on invoice.record = 'invoice/' || (allocation ->> 'invoice_id')
    left join {{ ref('pairs') }} as credit on credit.record = 'credit/' || application.source_id
    cross join lateral (
        values (coalesce(invoice.entity || ':' || invoice.quickbooks_id, 'invoice/' || (allocation ->> 'invoice_id'))),
            (coalesce(credit.entity || ':' || credit.quickbooks_id, 'credit/' || application.source_id))
    ) as held (account)
    union all
    {# What of its credit pays refunds, as far as QuickBooks lets it: one in a bank deposit is left as it is. #}
    select paying.record, paying.kind, null, null, null, paying.account, null, refund.total
    from {{ ref('document_postings') }} as paying
    inner join {{ ref('pairs') }} as pair
        on 'Expense:' || pair.quickbooks_id = paying.account and pair.entity = 'Purchase' and pair.source_type = 'refund'
    inner join {{ ref('rentaxis_records') }} as refund on refund.record = pair.record and refund.total <> 0
    where paying.side = 'written' and paying.kind = 'applied'
    union all
    {# One that came back stays applied to what it paid. #}
    select returned.record, applied.kind, null, null, null, applied.account, null, applied.amount
    from {{ ref('returned_payments') }} as returned
    inner join {{ ref('document_postings') }} as applied
        on applied.record = returned.record and applied.side = 'written' and applied.kind = 'applied'
    union all
    select payment.record, 'applied', null, null, null, 'Bill:' || bill.quickbooks_id, null, payment.amount
    from {{ ref('expense_payments') }} as payment
    inner join {{ ref('pairs') }} as bill on bill.record = 'expense/' || payment.expense_id and bill.entity = 'Bill'
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
