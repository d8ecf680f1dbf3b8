{# Settlements of security deposits, which are pushed only where company.yaml asks for them. The money is what was deducted and refunded, or
   what is held if neither is known yet. #}
select
    'deposit_settlements' as kind,
    case when settlement.settlement_date < :first_day then 'before_first_day'
         when settlement.settlement_date >= :day_after_last then 'after_last_day' else 'never_pushed' end as reason,
    'deposit_settlement' as source_type,
    settlement.id::text as source_id,
    'Deposit settlement ' || settlement.id || coalesce(' (' || tenant.name || ')', '') as label,
    settlement.settlement_date as day,
    coalesce(nullif(settlement.deductions_total + settlement.refund_amount, 0), settlement.deposit_held) as amount
from {{ ref('settled_deposits') }} as settlement
left join {{ source('tenants') }} as tenant on tenant.id = settlement.tenant_id
where settlement.deleted_at is null
    and not exists (select from unnest(:ids) as known (record) where known.record = 'deposit_settlement/' || settlement.id)
