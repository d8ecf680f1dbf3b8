{# What the documents book, what they are applied to, and where they belong. Grain: one record, side, kind and account; never zero.
   kind       "booked": an amount on a product or account; "applied": a part of a payment on an invoice or bill;
              "paid from": what a purchase takes from which account; "class" and "location": how much of it belongs there,
              compared only where we wrote one, as an accountant may add one of his own
   account    Item:id or Account:id (booked, paid from), Invoice:id or Bill:id (applied), Class:id, Department:id; Other for
              tax, discounts and the like, so that what is booked always adds up to QuickBooks' total #}
with held as (
    select document.side, document.record, document.entity, link.mapped::jsonb as document
    from {{ ref('documents') }} as document
    inner join {{ ref('pairs') }} as pair on pair.record = document.record
    cross join {{ source('reports', 'parameters') }} as asked
    inner join {{ source('ledger', 'links') }} as link
        on link.realm = asked.realm and link.source_type = pair.source_type and link.source_id = pair.source_id
    where document.side = 'written' and not document.is_void
    union all
    select document.side, document.record, document.entity, kept.object
    from {{ ref('documents') }} as document
    inner join {{ ref('transactions') }} as seen on seen.record = document.record
    cross join {{ source('reports', 'parameters') }} as asked
    inner join {{ source('ledger', 'quickbooks_transactions') }} as kept
        on kept.realm = asked.realm and kept.entity = seen.entity and kept.quickbooks_id = seen.quickbooks_id
    where document.side = 'quickbooks' and not document.is_void
),

of_lines as (
    select held.side, held.record, posting.kind, posting.account, posting.amount
    from held
    cross join lateral jsonb_to_recordset(held.document -> 'Line') as line (
        "Amount" numeric, "SalesItemLineDetail" jsonb, "ItemBasedExpenseLineDetail" jsonb,
        "AccountBasedExpenseLineDetail" jsonb, "LinkedTxn" jsonb
    )
    cross join lateral (
        select
            coalesce(line."SalesItemLineDetail", line."ItemBasedExpenseLineDetail", line."AccountBasedExpenseLineDetail") as detail,
            held.entity in ('Payment', 'BillPayment') as is_payment
    ) as about
    cross join lateral (
        values
            (
                'booked',
                case when not about.is_payment then coalesce(
                    'Item:' || (about.detail #>> '{ItemRef,value}'), 'Account:' || (about.detail #>> '{AccountRef,value}')
                ) end,
                line."Amount"
            ),
            {# Taken off the total below: what no line books is left. #}
            ('booked', case when held.side = 'quickbooks' and not about.is_payment and about.detail is not null then 'Other' end, -line."Amount"),
            (
                'applied',
                case when about.is_payment
                    then (line."LinkedTxn" #>> '{0,TxnType}') || ':' || (line."LinkedTxn" #>> '{0,TxnId}') end,
                line."Amount"
            ),
            ('class', 'Class:' || (about.detail #>> '{ClassRef,value}'), line."Amount")
    ) as posting (kind, account, amount)
    where posting.account is not null
),

of_heads as (
    select held.side, held.record, posting.kind, posting.account, posting.amount
    from held
    cross join {{ source('reports', 'parameters') }} as asked
    cross join lateral jsonb_to_record(held.document) as head (
        "TotalAmt" numeric, "AccountRef" jsonb, "DepositToAccountRef" jsonb, "CheckPayment" jsonb, "CreditCardPayment" jsonb,
        "ClassRef" jsonb, "DepartmentRef" jsonb
    )
    cross join lateral (
        values
            (
                'booked',
                case
                    when held.entity in ('Payment', 'BillPayment') then coalesce('Account:' || coalesce(
                        head."DepositToAccountRef" ->> 'value',
                        head."CheckPayment" #>> '{BankAccountRef,value}',
                        head."CreditCardPayment" #>> '{CCAccountRef,value}',
                        case when held.entity = 'Payment' then asked.undeposited_account end
                    ), 'Other')
                    when held.side = 'quickbooks' then 'Other'
                end,
                head."TotalAmt"
            ),
            ('paid from', case when held.entity = 'Purchase' then 'Account:' || (head."AccountRef" ->> 'value') end, 0),
            ('class', 'Class:' || (head."ClassRef" ->> 'value'), 0),
            ('location', 'Department:' || (head."DepartmentRef" ->> 'value'), 0)
    ) as posting (kind, account, amount)
    where posting.account is not null
)
