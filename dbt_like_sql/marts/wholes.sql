{# Which records the statements compare as one, because RentAxis' ledger may post them together: a settlement of a deposit with what it keeps,
   a payment with its return and the fee. Grain: one record; one that stands alone is its own whole. #}
select
    record,
    case when record like 'credit/deposit-%' then replace(record, 'credit/deposit-', 'deposit_settlement/')
         when record_type in ('payment_returns', 'payment_return_fees') then 'payment/' || split_part(record, '/', 2)
         else record end as whole
from {{ ref('records') }}
