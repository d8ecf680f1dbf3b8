{# What the documents post, what they are applied to, and where they belong. Grain: one record, side, kind and account; never zero.
   kind       "booked": an amount on a product or account; "applied": a part of a payment on an invoice or bill;
              "paid from": what a purchase takes from an account; "class", "location": how much of it belongs there
   account    Item:id or Account:id (booked, paid from), Invoice:id or Bill:id (applied), Class:id, Department:id; Other for
              tax, discounts and the like, so that what is booked always adds up to QuickBooks' total #}
with held as not materialized (
    select 'written' as side, pair.record, pair.entity, link.mapped::jsonb as document
    from {{ ref('pairs') }} as pair
    cross join {{ source('reports', 'parameters') }} as asked
    inner join {{ source('ledger', 'links') }} as link
        on link.realm = asked.realm and link.source_type = pair.source_type and link.source_id = pair.source_id
    where pair.is_written and pair.state <> 'void'
    union all
    select 'quickbooks', seen.record, seen.entity, kept.object
    from {{ ref('transactions') }} as seen
    cross join {{ source('reports', 'parameters') }} as asked
    inner join {{ source('ledger', 'quickbooks_transactions') }} as kept
        on kept.realm = asked.realm and kept.entity = seen.entity and kept.quickbooks_id = seen.quickbooks_id
    where seen.gone_at is null and seen.is_asked and seen.total <> 0
),

lines as materialized (
    select
        held.side,
        held.record,
        coalesce(
            'Item:' || (detail.of #>> '{ItemRef,value}'), 'Account:' || (detail.of #>> '{AccountRef,value}')
        ) as booked_to,
        case when held.entity = 'Purchase' then 'Account:' || (head."AccountRef" ->> 'value') end as paid_from,
        'Class:' || coalesce(detail.of #>> '{ClassRef,value}', head."ClassRef" ->> 'value') as class,
        'Department:' || (head."DepartmentRef" ->> 'value') as location,
        line."Amount" as amount
    from held
    cross join lateral jsonb_to_record(held.document) as head (
        "AccountRef" jsonb, "ClassRef" jsonb, "DepartmentRef" jsonb, "Line" jsonb
    )
    cross join lateral jsonb_to_recordset(head."Line") as line (
        "Amount" numeric, "SalesItemLineDetail" jsonb, "ItemBasedExpenseLineDetail" jsonb, "AccountBasedExpenseLineDetail" jsonb
    )
    cross join lateral coalesce(
        line."SalesItemLineDetail", line."ItemBasedExpenseLineDetail", line."AccountBasedExpenseLineDetail"
    ) as detail (of)
    where held.entity not in ('Payment', 'BillPayment', 'Deposit') and detail.of is not null
),

in_lines as (
    select record, sum(amount) as amount from lines where side = 'quickbooks' and booked_to is not null group by record
),

postings as (
    select side, record, 'booked' as kind, booked_to as account, amount from lines
    union all
    select side, record, 'paid from', paid_from, amount from lines
    union all
    select side, record, 'class', class, amount from lines
    union all
    select side, record, 'location', location, amount from lines
    union all
    select 'quickbooks', seen.record, 'booked', 'Other', seen.total - coalesce(in_lines.amount, 0)
    from {{ ref('transactions') }} as seen
    left join in_lines on in_lines.record = seen.record
    where seen.gone_at is null and seen.is_asked and seen.entity not in ('Payment', 'BillPayment', 'Deposit')
        and seen.total <> coalesce(in_lines.amount, 0)
    union all
    select
        held.side,
        held.record,
        'booked',
        coalesce('Account:' || coalesce(
            head."DepositToAccountRef" ->> 'value',
            head."CheckPayment" #>> '{BankAccountRef,value}',
            head."CreditCardPayment" #>> '{CCAccountRef,value}',
            case when held.entity = 'Payment' then asked.undeposited_account end
        ), 'Other'),
        head."TotalAmt"
    from held
    cross join {{ source('reports', 'parameters') }} as asked
    cross join lateral jsonb_to_record(held.document) as head (
        "TotalAmt" numeric, "DepositToAccountRef" jsonb, "CheckPayment" jsonb, "CreditCardPayment" jsonb
    )
    where held.entity in ('Payment', 'BillPayment')
    union all
    select
        held.side,
        held.record,
        'applied',
        (line."LinkedTxn" #>> '{0,TxnType}') || ':' || (line."LinkedTxn" #>> '{0,TxnId}'),
        line."Amount"
    from held
    cross join lateral jsonb_to_recordset(held.document -> 'Line') as line ("Amount" numeric, "LinkedTxn" jsonb)
    where held.entity in ('Payment', 'BillPayment')
)

select side, record, kind, account, sum(amount)::numeric(20, 2) as amount
from postings
where account is not null
group by side, record, kind, account
having sum(amount) <> 0
