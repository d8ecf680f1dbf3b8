{# What words_in_use says of records that only some companies push: credits, refunds of payments, bank deposits, settlements of security
   deposits, fees of returned payments. Grain: one record or line of it, and what it needs of the company file. #}
select
    'credit' as use,
    case when line.account_id is null then credit.kind end as word,
    line.account_id,
    credit.source_id as id,
    line.amount
from {{ ref('given_credits') }} as credit
inner join {{ ref('given_credit_lines') }} as line on line.credit_source_id = credit.source_id and line.deleted_at is null
where credit.deleted_at is null
    and lower(btrim(credit.status)) = 'issued'
    and (:first_day is null or credit.credit_date >= :first_day)
union all
select 'return_fee', null, null, payment.id::text, payment.return_fee
from {{ source('payments') }} as payment
where payment.organization_id = (select id from {{ ref('organization') }})
    and payment.deleted_at is null
    and payment.returned_on is not null and payment.return_fee <> 0
    and (:first_day is null or payment.returned_on >= :first_day)
{% if has('payment_refunds') %}
union all
select 'refunded', refund.method::text, refund.account_id, refund.id::text, refund.amount
from {{ source('payment_refunds') }} as refund
inner join {{ source('payments') }} as payment on payment.id = refund.payment_id
where payment.organization_id = (select id from {{ ref('organization') }})
    and refund.deleted_at is null
    and lower(btrim(refund.status::text)) in {{ values('completed') }}
    and (:first_day is null or refund.refund_date >= :first_day)
{% endif %}
{% if has('bank_deposits') %}
union all
{# The bank account it reached, what the processor kept, and what else is in it. #}
select part.use, null, part.account_id, deposit.id::text, part.amount
from {{ source('bank_deposits') }} as deposit
cross join lateral (
    select 'banked' as use, deposit.account_id, deposit.total as amount where deposit.account_id is not null
    union all
    select 'processor_fee', null, deposit.fee where deposit.fee <> 0
    union all
    select 'deposit_line', line.account_id, line.amount
    from {{ source('bank_deposit_lines') }} as line
    where line.deposit_id = deposit.id and line.deleted_at is null
) as part
where deposit.organization_id = (select id from {{ ref('organization') }})
    and deposit.deleted_at is null
    and lower(btrim(deposit.status::text)) in {{ values('completed') }}
    and (:first_day is null or deposit.deposit_date >= :first_day)
{% endif %}
{% if has('deposit_settlements') %}
union all
select 'settled', settlement.method, settlement.paid_from_account_id, settlement.id::text, settlement.refund_amount
from {{ ref('settled_deposits') }} as settlement
where settlement.deleted_at is null
    and settlement.status = 'finalized' and settlement.refund_amount <> 0
    and (:first_day is null or settlement.settlement_date >= :first_day)
{% endif %}
