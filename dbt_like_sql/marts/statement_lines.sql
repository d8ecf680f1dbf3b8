{# What the records post that explain why the two statements differ: all whose sides differ, those that stand in another month in QuickBooks
   by design, and what only one of the two books posts. Grain: one record, side, month, account and class; debits are positive.
   side      rentaxis: as its ledger books it (an expense on its own day against payables, and paid on the day it was paid); quickbooks: as
             the transaction there says
   account   a line of QuickBooks' statements (statement_names)
   class     of the profit and loss, where classes follow properties: the property's class; a unit's counts as its property's
   cause     the explanation of the record, or one of the statements' own (reports/statement_causes.py) #}
with chosen as (
    select record, label, explanation as cause from {{ ref('records') }} where explanation <> 'agrees'
    union all
    select record, label, cause from {{ source('reports', 'dated_when_paid') }}
),

rentaxis as (
    select
        coalesce(as_credit.record, 'invoice/' || invoice.source_id) as record,
        invoice.day,
        side.account,
        place.class,
        side.sign * round((line ->> 'amount')::numeric, 2) as amount
    from {{ source('reports', 'rentaxis_invoices') }} as invoice
    cross join lateral jsonb_array_elements(invoice.lines) as line
    left join {{ source('reports', 'statement_words') }} as word
        on word.use = 'charge'
        and word.key = concat_ws('|', case when line -> 'account' ->> 'source_id' is null then invoice.kind end,
                                 line #>> '{account,number}', line #>> '{account,name}', line #>> '{account,type}')
    left join {{ source('reports', 'rentaxis_places') }} as place on place.place = invoice.place
    {# One below zero is a credit in QuickBooks, where the company pushes those. #}
    left join {{ ref('records') }} as as_credit on as_credit.record = 'credit/invoice-' || invoice.source_id
    cross join lateral (values (1, 'Accounts receivable'), (-1, word.account)) as side (sign, account)
    where invoice.deleted_at is null and invoice.status not in {{ values('not_owed') }}
    union all
    select 'payment/' || payment.source_id, payment.day, side.account, null, side.sign * round(payment.total, 2)
    from {{ source('reports', 'rentaxis_payments') }} as payment
    left join {{ source('reports', 'statement_words') }} as word
        on word.use = 'deposit_to'
        and word.key = concat_ws('|', case when payment.account_name is null then payment.method end,
                                 payment.account_number, payment.account_name, payment.account_type)
    cross join lateral (values (-1, 'Accounts receivable'), (1, word.account)) as side (sign, account)
    where payment.deleted_at is null and payment.status in {{ values('completed') }}
    union all
    select 'expense/' || expense.source_id, expense.day, side.account, place.class, side.sign * round(expense.total, 2)
    from {{ source('reports', 'rentaxis_expenses') }} as expense
    left join {{ source('reports', 'rentaxis_places') }} as place on place.place = expense.place
    left join {{ source('reports', 'statement_words') }} as category
        on category.use = 'expense'
        and category.key = concat_ws('|', expense.account_number, expense.account_name, expense.account_type)
    cross join lateral (values (1, category.account), (-1, 'Accounts payable')) as side (sign, account)
    where expense.deleted_at is null and expense.account_name is not null and expense.status not in {{ values('taken_back') }}
    union all
    select coalesce(own.record, 'expense/' || expense.source_id), payment.day, side.account, null, side.sign * payment.amount
    from {{ ref('expense_payments') }} as payment
    inner join {{ source('reports', 'rentaxis_expenses') }} as expense on expense.source_id = payment.expense_id
    left join {{ ref('records') }} as own on own.record = payment.record
    left join {{ source('reports', 'statement_words') }} as paid_from
        on paid_from.use = 'paid'
        and paid_from.key = concat_ws('|', case when payment.paid_from_name is null then payment.method end,
                                      payment.paid_from_number, payment.paid_from_name, payment.paid_from_type)
    cross join lateral (values (1, 'Accounts payable'), (-1, paid_from.account)) as side (sign, account)
    where expense.deleted_at is null and expense.account_name is not null and expense.status not in {{ values('taken_back') }}
),

{# What RentAxis' ledger need not post: whatever it does post of it, and what stands in QuickBooks. #}
others as (
    select
        coalesce(together.whole, moved.record) as record,
        replace(moved.posted_by, '_', ' ') as label,
        'rentaxis' as side,
        moved.month as day,
        moved.account,
        moved.class,
        moved.amount
    from {{ source('reports', 'ledger_movements') }} as moved
    left join {{ ref('wholes') }} as together on together.record = moved.record
    where moved.record is not null
    union all
    select record, label, 'quickbooks', day, account, class, amount
    from {{ source('reports', 'quickbooks_lines') }}
    where cause is null
),

sides as (
    select record, bool_or(side = 'rentaxis') as in_rentaxis, bool_or(side = 'quickbooks') as in_quickbooks
    from others
    group by record
),

unequal as (
    select distinct record
    from (
        select record
        from others
        group by record, account
        having sum(case side when 'rentaxis' then amount else -amount end) <> 0
    ) as of_account
),

differing as (
    select
        together.whole as record,
        min(each.explanation) as explanation
    from {{ ref('records') }} as each
    inner join {{ ref('wholes') }} as together on together.record = each.record
    where each.explanation <> 'agrees'
    group by 1
),

{# One that both post, and not alike, has no cause: that is what the proof is to find. #}
judged as (
    select
        sides.record,
        coalesce(
            differing.explanation,
            case when not sides.in_quickbooks then 'never_pushed'
                 when not sides.in_rentaxis then case when sides.record like 'deposit/%' then 'deposited' else 'not_in_ledger' end
                 when unequal.record is null then 'on_another_day'
                 when kept.record is null and sides.record like 'deposit_settlement/%' then 'never_pushed' end
        ) as cause
    from sides
    left join differing on differing.record = sides.record
    left join unequal on unequal.record = sides.record
    {# What is kept of a deposit is a credit, which need not be pushed. #}
    left join {{ ref('records') }} as kept on kept.record = replace(sides.record, 'deposit_settlement/', 'credit/deposit-')
),

posted as (
    select chosen.record, chosen.label, chosen.cause, 'rentaxis' as side, rentaxis.day, rentaxis.account, rentaxis.class,
        rentaxis.amount
    from chosen
    inner join rentaxis on rentaxis.record = chosen.record
    union all
    select record, label, cause, 'quickbooks', day, account, class, amount
    from {{ source('reports', 'quickbooks_lines') }}
    where cause is not null
    union all
    select others.record, others.label, judged.cause, others.side, others.day, others.account, others.class, others.amount
    from others
    inner join judged on judged.record = others.record and judged.cause is not null
)

select
    posted.record,
    min(posted.label) as label,
    posted.cause,
    posted.side,
    date_trunc('month', posted.day)::date as month,
    coalesce(posted.account, 'RentAxis: no account') as account,
    case when compared.by_class and line.statement = 'profit and loss' then coalesce(above.class, posted.class) end as class,
    sum(posted.amount)::numeric(20, 2) as amount
from posted
inner join {{ source('reports', 'statement_state') }} as compared
    on compared.reason is null and date_trunc('month', posted.day) between compared.first_month and compared.last_month
left join {{ source('reports', 'statement_names') }} as line on line.account = posted.account
left join {{ source('reports', 'statement_parents') }} as above on above.below = posted.class
group by 1, 3, 4, 5, 6, 7
having sum(posted.amount) <> 0
