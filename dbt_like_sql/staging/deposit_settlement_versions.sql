{# When each settlement of a security deposit was last changed. All that changed since an instant; or of those with these ids, the ones that
   changed themselves, whose tenant did, or whose tenant is one of :parties. #}
select
    settlement.organization_id::text as organization_id,
    'deposit_settlement' as source_type,
    settlement.id::text as source_id,
    settlement.settlement_date as day,
    settlement.updated_at as changed_at,
    'tenant' as party_type,
    settlement.tenant_id::text as party_id,
    null::text as party_name,
    payer.updated_at as party_changed_at,
    array[]::text[] as pays
from {{ ref('settled_deposits') }} as settlement
left join {{ ref('payers') }} as payer on payer.kind = 'tenant' and payer.source_id = settlement.tenant_id::text
where (:ids is null or settlement.id::text = any(:ids))
    and (
        :changed_since is null
        or settlement.updated_at > :changed_since
        or (:ids is not null and (payer.updated_at > :changed_since or payer.kind || '/' || payer.source_id = any(:parties)))
    )
