{# What reached the bank, which is pushed only where company.yaml asks for it. #}
select
    'deposits' as kind,
    case when deposit.deposit_date < :first_day then 'before_first_day'
         when deposit.deposit_date >= :day_after_last then 'after_last_day' else 'never_pushed' end as reason,
    'deposit' as source_type,
    deposit.id::text as source_id,
    initcap(deposit.kind) || ' ' || coalesce(nullif(btrim(deposit.reference), ''), deposit.id::text) as label,
    deposit.deposit_date as day,
    deposit.total as amount
from {{ source('bank_deposits') }} as deposit
where deposit.organization_id = (select id from {{ ref('organization') }})
    and deposit.deleted_at is null and deposit.status = 'completed'
    and not exists (select from unnest(:ids) as known (record) where known.record = 'deposit/' || deposit.id)
