{# The payments of RentAxis' expenses. Grain: one payment.
   record   what it goes by. One that RentAxis only marks goes by the expense's id; so does, where such a payment stands in QuickBooks, one of
            those that have no transaction of their own: the one with its day and amount, otherwise the first #}
with listed as (
    select
        expense.source_id as expense_id,
        payment ->> 'source_id' as payment_id,
        (payment ->> 'paid_on')::date as day,
        round((payment ->> 'amount')::numeric, 2) as amount,
        payment ->> 'method' as method,
        payment #>> '{account,number}' as paid_from_number,
        payment #>> '{account,name}' as paid_from_name,
        payment #>> '{account,type}' as paid_from_type
    from {{ ref('spending') }} as expense
    cross join lateral jsonb_array_elements(expense.payments) as payment
    union all
    select
        source_id,
        null,
        coalesce(paid_day, day),
        round(coalesce(total, 0), 2),
        method,
        paid_from_number,
        paid_from_name,
        paid_from_type
    from {{ ref('spending') }}
    where at_once and payments = '[]'
),

ranked as (
    select
        listed.*,
        whole.record as whole,
        row_number() over (
            partition by listed.expense_id
            order by
                own.record is not null,
                listed.payment_id is not null,
                (listed.day, listed.amount) is distinct from (coalesce(written.redated_from, written.day), written.total),
                listed.day,
                listed.payment_id collate "C"
        ) as place,
        own.record as own
    from listed
    left join {{ ref('pairs') }} as own
        on own.record = 'expense_part_payment/' || listed.expense_id || '~' || listed.payment_id and own.state = 'live'
    left join {{ ref('pairs') }} as whole on whole.record = 'expense_payment/' || listed.expense_id and whole.state = 'live'
    left join {{ source('reports', 'read_documents') }} as written
        on written.side = 'written' and written.document = whole.record
)

select
    case
        when payment_id is null or (whole is not null and own is null and place = 1) then 'expense_payment/' || expense_id
        else 'expense_part_payment/' || expense_id || '~' || payment_id
    end as record,
    expense_id,
    payment_id,
    day,
    amount,
    method,
    paid_from_number,
    paid_from_name,
    paid_from_type
from ranked
