{# Deposits entered by hand although their payment is already here and still undeposited: the money is both in the bank account and in
   Undeposited Funds, and counted as income twice. Grain: one line of a deposit.
   looks_like   a payment of that amount, at most two weeks older; the closest in date, if there are several #}
select distinct on (deposit.deposit, deposit.number)
    deposit.deposit,
    deposit.number,
    deposit.day,
    deposit.account,
    deposit.amount,
    waiting.record as looks_like,
    waiting.label,
    waiting.party
from {{ ref('deposits') }} as deposit
inner join {{ ref('undeposited') }} as waiting
    on waiting.amount = deposit.amount and deposit.day between waiting.day and waiting.day + 14
where deposit.is_bare and not exists (select from {{ ref('pairs') }} as ours where ours.record = deposit.deposit)
order by deposit.deposit, deposit.number, waiting.day desc, waiting.record
