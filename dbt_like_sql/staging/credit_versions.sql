{# When each credit, its lines, and its payer were last changed. All that changed since an instant; or of those with these ids, the ones
   that changed themselves, whose payer did, or whose payer is one of :parties. #}
with lines as (
    select line.credit_source_id, max(line.updated_at) as updated_at
    from {{ ref('given_credit_lines') }} as line
    group by line.credit_source_id
)

select
    credit.organization_id::text as organization_id,
    'credit' as source_type,
    credit.source_id,
    credit.credit_date as day,
    greatest(credit.updated_at, lines.updated_at) as changed_at,
    credit.payer_type as party_type,
    credit.payer_id::text as party_id,
    null::text as party_name,
    payer.updated_at as party_changed_at,
    array[]::text[] as pays
from {{ ref('given_credits') }} as credit
left join lines on lines.credit_source_id = credit.source_id
left join {{ ref('payers') }} as payer on payer.kind = credit.payer_type and payer.source_id = credit.payer_id::text
where (:ids is null or credit.source_id = any(:ids))
    and (
        :changed_since is null
        or greatest(credit.updated_at, lines.updated_at) > :changed_since
        or (:ids is not null and (payer.updated_at > :changed_since or payer.kind || '/' || payer.source_id = any(:parties)))
    )
