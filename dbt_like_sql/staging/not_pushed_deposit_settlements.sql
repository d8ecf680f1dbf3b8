{# Settlements of security deposits. The money is what was deducted and refunded, or what is held if neither is known yet. #}
select
    'deposit_settlements' as kind,
    'never_pushed' as reason,
    'deposit_settlement' as source_type,
    settlement.id::text as source_id,
    'Deposit settlement ' || settlement.id || coalesce(' (' || tenant.name || ')', '') as label,
    (coalesce(settlement.finalized_at, settlement.created_at) at time zone :timezone)::date as day,
    coalesce(nullif(settlement.deductions_total + settlement.refund_amount, 0), settlement.deposit_held) as amount
from {{ source('deposit_settlements') }} as settlement
inner join {{ source('leases') }} as lease on lease.id = settlement.lease_id
left join {{ source('tenants') }} as tenant on tenant.id = lease.tenant_id
where lease.organization_id = (select id from {{ ref('organization') }}) and settlement.deleted_at is null
