{# When what each credit is applied to was last changed, or the credit itself, and which invoices it settles. Asked as credit_versions. #}
with allocations as (
    select
        allocation.credit_source_id,
        max(allocation.updated_at) as updated_at,
        array_agg(allocation.invoice_id::text) filter (where allocation.deleted_at is null) as pays
    from {{ ref('given_credit_allocations') }} as allocation
    group by allocation.credit_source_id
)

select
    credit.organization_id::text as organization_id,
    'credit_application' as source_type,
    credit.source_id,
    credit.credit_date as day,
    greatest(credit.updated_at, allocations.updated_at) as changed_at,
    credit.payer_type as party_type,
    credit.payer_id::text as party_id,
    null::text as party_name,
    payer.updated_at as party_changed_at,
    coalesce(allocations.pays, array[]::text[]) as pays
from {{ ref('given_credits') }} as credit
inner join allocations on allocations.credit_source_id = credit.source_id
left join {{ ref('payers') }} as payer on payer.kind = credit.payer_type and payer.source_id = credit.payer_id::text
where (:ids is null or credit.source_id = any(:ids))
    and (
        :changed_since is null
        or greatest(credit.updated_at, allocations.updated_at) > :changed_since
        or (:ids is not null and (payer.updated_at > :changed_since or payer.kind || '/' || payer.source_id = any(:parties)))
    )
