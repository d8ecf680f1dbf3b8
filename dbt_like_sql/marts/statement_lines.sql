{# What the records post that explain why the two statements differ: all whose sides differ, and those that stand in another month in QuickBooks
   by design. Grain: one record, side, month, account and class; debits are positive.
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
    select
        case when step.is_payment and payment.record is not null then payment.record else 'expense/' || expense.source_id end,
        case when step.is_payment then coalesce(expense.paid_day, expense.day) else expense.day end,
        step.account,
        place.class,
        step.sign * round(expense.total, 2)
    from {{ source('reports', 'rentaxis_expenses') }} as expense
    left join {{ source('reports', 'rentaxis_places') }} as place on place.place = expense.place
    left join {{ ref('records') }} as payment on payment.record = 'expense_payment/' || expense.source_id
    left join {{ source('reports', 'statement_words') }} as category
        on category.use = 'expense'
        and category.key = concat_ws('|', expense.account_number, expense.account_name, expense.account_type)
    left join {{ source('reports', 'statement_words') }} as paid_from
        on paid_from.use = 'paid'
        and paid_from.key = concat_ws('|', case when expense.paid_from_name is null then expense.method end,
                                      expense.paid_from_number, expense.paid_from_name, expense.paid_from_type)
    cross join lateral (
        values
        (false, 1, category.account), (false, -1, 'Accounts payable'), (true, 1, 'Accounts payable'), (true, -1, paid_from.account)
    ) as step (is_payment, sign, account)
    where expense.deleted_at is null and expense.account_name is not null and expense.status not in {{ values('taken_back') }}
        and (not step.is_payment or (expense.status in {{ values('paid') }} and expense.payments = '[]'))
    union all
    select coalesce(own.record, 'expense/' || expense.source_id), payment.day, step.account, null, step.sign * payment.amount
    from {{ ref('expense_payments') }} as payment
    inner join {{ source('reports', 'rentaxis_expenses') }} as expense on expense.source_id = payment.expense_id
    left join {{ ref('records') }} as own on own.record = payment.record
    left join {{ source('reports', 'statement_words') }} as paid_from
        on paid_from.use = 'paid'
        and paid_from.key = concat_ws('|', case when payment.paid_from_name is null then payment.method end,
                                      payment.paid_from_number, payment.paid_from_name, payment.paid_from_type)
    cross join lateral (values (1, 'Accounts payable'), (-1, paid_from.account)) as step (sign, account)
    where payment.payment_id is not null and expense.deleted_at is null and expense.account_name is not null
        and expense.status not in {{ values('taken_back') }}
),

posted as (
    select chosen.record, chosen.label, chosen.cause, 'rentaxis' as side, rentaxis.day, rentaxis.account, rentaxis.class,
        rentaxis.amount
    from chosen
    inner join rentaxis on rentaxis.record = chosen.record
    union all
    select record, label, cause, 'quickbooks', day, account, class, amount from {{ source('reports', 'quickbooks_lines') }}
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
