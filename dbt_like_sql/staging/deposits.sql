{# What reached the bank, one row each: a payout of the processor, or checks and cash brought there together; its payments and whatever else
   is in it nested. RentAxis documents neither: the tables are assumed (see the contract), and a folder may leave this model out. #}
with chosen as (
    select deposit.*
    from {{ source('bank_deposits') }} as deposit
    where deposit.organization_id = (select id from {{ ref('organization') }})
        and (:source_id is null or deposit.id::text = :source_id)
        and (:ids is null or deposit.id::text = any(:ids))
        and (:first_day is null or deposit.deposit_date >= :first_day)
        and (:day_after_last is null or deposit.deposit_date < :day_after_last)
),

payments as (
    select
        gathered.deposit_id,
        json_agg(
            json_build_object(
                'payment_id', gathered.payment_id::text,
                'payment_number', nullif(btrim(payment.payment_number), ''),
                'amount', gathered.amount::text
            )
            order by gathered.id
        ) filter (where gathered.deleted_at is null) as payments,
        greatest(max(gathered.updated_at), max(gathered.deleted_at)) as updated_at
    from chosen
    inner join {{ source('bank_deposit_payments') }} as gathered on gathered.deposit_id = chosen.id
    left join {{ source('payments') }} as payment
        on payment.id = gathered.payment_id
        and payment.organization_id = (select id from {{ ref('organization') }})
    group by gathered.deposit_id
),

lines as (
    select
        line.deposit_id,
        json_agg(
            json_build_object(
                'source_id', line.id::text,
                'description', nullif(btrim(line.description), ''),
                'account', account.account,
                'amount', line.amount::text
            )
            order by line.id
        ) filter (where line.deleted_at is null) as lines,
        greatest(max(line.updated_at), max(line.deleted_at)) as updated_at
    from chosen
    inner join {{ source('bank_deposit_lines') }} as line on line.deposit_id = chosen.id
    left join {{ ref('accounts') }} as account on account.id = line.account_id
    group by line.deposit_id
)

select
    chosen.deposit_date as day,
    chosen.organization_id::text as organization_id,
    chosen.id::text as source_id,
    chosen.kind::text as kind,
    chosen.deposit_date,
    account.account as bank_account,
    chosen.total,
    chosen.fee,
    chosen.status::text as status,
    nullif(btrim(chosen.reference), '') as reference,
    coalesce(payments.payments, '[]') as payments,
    coalesce(lines.lines, '[]') as other_lines,
    greatest(chosen.created_at, chosen.updated_at, chosen.deleted_at, payments.updated_at, lines.updated_at) as updated_at,
    chosen.deleted_at,
    null::json as imported_link
from chosen
left join {{ ref('accounts') }} as account on account.id = chosen.account_id
left join payments on payments.deposit_id = chosen.id
left join lines on lines.deposit_id = chosen.id
