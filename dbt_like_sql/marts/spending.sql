{# RentAxis' expenses, and how each was paid. Grain: one expense.
   at_once    whether one payment pays all of it: RentAxis marks it as paid, or it has one payment that comes to its whole amount
   paid_day, method, paid_from_   of that payment #}
select
    expense.source_id,
    expense.status,
    expense.day,
    expense.due_day,
    expense.total,
    expense.vendor_key,
    expense.vendor_name,
    expense.account_number,
    expense.account_name,
    expense.account_type,
    expense.place,
    expense.payments,
    expense.updated_at,
    expense.deleted_at,
    coalesce(
        sole.payment is not null or (expense.status in {{ values('paid') }} and expense.payments = '[]'), false
    ) as at_once,
    case when sole.payment is not null then (sole.payment ->> 'paid_on')::date else expense.paid_day end as paid_day,
    case when sole.payment is not null then sole.payment ->> 'method' else expense.method end as method,
    case when sole.payment is not null then sole.payment #>> '{account,number}' else expense.paid_from_number end as paid_from_number,
    case when sole.payment is not null then sole.payment #>> '{account,name}' else expense.paid_from_name end as paid_from_name,
    case when sole.payment is not null then sole.payment #>> '{account,type}' else expense.paid_from_type end as paid_from_type
from {{ source('reports', 'rentaxis_expenses') }} as expense
left join lateral (
    select expense.payments -> 0 as payment
    where jsonb_array_length(expense.payments) = 1 and (expense.payments -> 0 ->> 'amount')::numeric = expense.total
) as sole on true
