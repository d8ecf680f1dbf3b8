{# What the documents book, and what they are applied to. Grain: one record, side, kind and account; never zero.
   kind       "booked": an amount on a product or account; "applied": a part of a payment on an invoice or bill
   account    Item:id or Account:id (booked), Invoice:id or Bill:id (applied), Other for tax, discounts and the like, so
              that what is booked always adds up to QuickBooks' total #}
with lines as (
    select
        document.side,
        document.record,
        document.entity,
        (line ->> 'Amount')::numeric as amount,
        coalesce(
            'Item:' || (line #>> '{SalesItemLineDetail,ItemRef,value}'),
            'Item:' || (line #>> '{ItemBasedExpenseLineDetail,ItemRef,value}'),
            'Account:' || (line #>> '{AccountBasedExpenseLineDetail,AccountRef,value}')
        ) as booked_to,
        (line #>> '{LinkedTxn,0,TxnType}') || ':' || (line #>> '{LinkedTxn,0,TxnId}') as applied_to
    from {{ ref('documents') }} as document
    cross join lateral jsonb_array_elements(document.document -> 'Line') as line
    where not document.is_void
),

totals as (
    select
        document.side,
        document.record,
        document.entity,
        coalesce(document.total, (document.document ->> 'TotalAmt')::numeric) as total,
        'Account:' || coalesce(
            document.document #>> '{DepositToAccountRef,value}',
            document.document #>> '{CheckPayment,BankAccountRef,value}',
            document.document #>> '{CreditCardPayment,CCAccountRef,value}',
            case when document.entity = 'Payment' then asked.undeposited_account end
        ) as account
    from {{ ref('documents') }} as document
    cross join {{ source('reports', 'parameters') }} as asked
    where not document.is_void
),

postings as (
    select side, record, 'booked' as kind, booked_to as account, amount
    from lines
    where entity in ('Invoice', 'Purchase', 'Bill') and booked_to is not null
    union all
    select side, record, 'booked', coalesce(account, 'Other'), total
    from totals
    where entity in ('Payment', 'BillPayment')
    union all
    select totals.side, totals.record, 'booked', 'Other', totals.total - coalesce(sum(lines.amount), 0)
    from totals
    left join lines
        on lines.side = totals.side and lines.record = totals.record and lines.booked_to is not null
    where totals.side = 'quickbooks' and totals.entity in ('Invoice', 'Purchase', 'Bill')
    group by totals.side, totals.record, totals.total
    union all
    select side, record, 'applied', applied_to, amount
    from lines
    where entity in ('Payment', 'BillPayment') and applied_to is not null
)

select side, record, kind, account, sum(amount)::numeric(20, 2) as amount
from postings
group by side, record, kind, account
having sum(amount) <> 0
