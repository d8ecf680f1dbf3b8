{# What rentaxis-sync source check compares deposit_settlements.sql with: the table itself, with as little joined as possible. #}
select count(*) as rows, sum(settlement.deposit_held) as money
from {{ source('deposit_settlements') }} as settlement
inner join {{ source('leases') }} as lease on lease.id = settlement.lease_id
where lease.organization_id::text = :organization_id
