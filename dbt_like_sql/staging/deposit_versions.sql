{# When each bank deposit, what is in it, and the payments it gathers were last changed. All that changed since an instant; or of those with
   these ids, the ones that changed. #}
with changed as (
    select
        deposit.id,
        deposit.organization_id,
        deposit.deposit_date,
        greatest(
            deposit.created_at, deposit.updated_at, deposit.deleted_at,
            (
                select max(greatest(gathered.updated_at, gathered.deleted_at, payment.updated_at, payment.deleted_at))
                from {{ source('bank_deposit_payments') }} as gathered
                left join {{ source('payments') }} as payment on payment.id = gathered.payment_id
                where gathered.deposit_id = deposit.id
            ),
            (
                select max(greatest(line.updated_at, line.deleted_at))
                from {{ source('bank_deposit_lines') }} as line where line.deposit_id = deposit.id
            )
        ) as changed_at
    from {{ source('bank_deposits') }} as deposit
    where deposit.organization_id = (select id from {{ ref('organization') }})
        and (:ids is null or deposit.id::text = any(:ids))
)

select
    changed.organization_id::text as organization_id,
    'deposit' as source_type,
    changed.id::text as source_id,
    changed.deposit_date as day,
    changed.changed_at,
    null::text as party_type,
    null::text as party_id,
    null::text as party_name,
    null::timestamptz as party_changed_at,
    array(
        select 'payment/' || gathered.payment_id
        from {{ source('bank_deposit_payments') }} as gathered
        where gathered.deposit_id = changed.id and gathered.deleted_at is null
    ) as pays
from changed
where :changed_since is null or changed.changed_at > :changed_since
