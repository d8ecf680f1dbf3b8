{# What the bank deposits in QuickBooks consist of. Grain: one line of one deposit.
   payment   the record of our payment in that line: such a payment can no longer be changed; null for anything else
   is_bare   money that names no transaction: entered directly in the deposit #}
select
    deposit.record as deposit,
    line.number,
    deposit.day,
    account.name as account,
    (line.of ->> 'Amount')::numeric(20, 2) as amount,
    payment.record as payment,
    coalesce(jsonb_array_length(line.of -> 'LinkedTxn'), 0) = 0 as is_bare
from {{ ref('transactions') }} as deposit
cross join {{ source('reports', 'parameters') }} as asked
inner join {{ source('ledger', 'quickbooks_transactions') }} as kept
    on kept.realm = asked.realm and kept.entity = deposit.entity and kept.quickbooks_id = deposit.quickbooks_id
cross join lateral jsonb_array_elements(kept.object -> 'Line') with ordinality as line (of, number)
left join {{ ref('names') }} as account on account.key = 'Account:' || (kept.object #>> '{DepositToAccountRef,value}')
left join {{ ref('transactions') }} as payment
    on payment.entity = 'Payment' and payment.is_linked and payment.quickbooks_id = line.of #>> '{LinkedTxn,0,TxnId}'
    and line.of #>> '{LinkedTxn,0,TxnType}' = 'Payment'
where deposit.entity = 'Deposit' and deposit.gone_at is null
