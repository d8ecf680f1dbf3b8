{# When each tenant and program was last changed: those with these ids, or all that changed since an instant. #}
select
    payer.organization_id,
    payer.kind as source_type,
    payer.source_id,
    payer.day,
    payer.updated_at as changed_at,
    null::text as party_type,
    null::text as party_id,
    null::text as party_name,
    null::timestamptz as party_changed_at,
    array[]::text[] as pays
from {{ ref('payers') }} as payer
where (:ids is null or payer.source_id = any(:ids))
    and (:changed_since is null or payer.updated_at > :changed_since)
